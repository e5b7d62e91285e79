"""Cells: what a matrix says of one measure in one group, as values and as the text of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

Counts = npt.NDArray[np.int64]

# Columns of a counts array; `missing` is what the others leave of the items.
HAVE, NO_VALUE, UNKNOWN_VALUE, BARRED, MISSING, NOT_EXPECTED, UPLOADABLE = range(7)

_AT_ONCE = 1 << 15  # cells that are written together: some megabytes


class Cell(Struct, frozen=True, omit_defaults=True, gc=False):
    """One measure in one group: how many items are in which state.

    ``items = have + no_value + unknown_value + barred + missing + not_expected``; ``share`` is
    ``(have + no_value + unknown_value) / (have + no_value + unknown_value + missing)``, none where
    that is 0/0. Of those missing, ``ready_to_upload`` could be filled now (images only).
    """

    have: int
    no_value: int
    unknown_value: int
    barred: int
    missing: int
    not_expected: int
    share: float | None
    ready_to_upload: int | None = None


def settle(items: Counts, counts: Counts) -> None:
    """Fill in what is missing: the items that are in no other state."""
    counts[:, :, MISSING] = items[:, None] - counts[:, :, :UPLOADABLE].sum(axis=2)


def values(counts: Counts, measures: Sequence[str], image: str) -> Iterator[dict[str, Cell]]:
    """The cells of each row of ``counts`` (rows, measures, 7), by measure.

    ``image`` is the measure of which some can be ready to upload.
    """
    shares = [None if share != share else share for share in _shares(counts).ravel().tolist()]
    states = [counts[:, :, state].ravel().tolist() for state in range(UPLOADABLE)]
    made = list(map(Cell, *states, shares))
    if image in measures:
        at, width = measures.index(image), len(measures)
        for row, ready in enumerate(counts[:, at, UPLOADABLE].tolist()):
            cell = made[row * width + at]
            made[row * width + at] = msgspec.structs.replace(cell, ready_to_upload=ready)
    cells = iter(made)
    for _ in range(len(counts)):
        yield dict(zip(measures, cells, strict=False))


def texts(counts: Counts, measures: Sequence[str], image: str) -> Iterator[memoryview]:
    """What msgspec makes of :func:`values` as JSON, but written for many rows at once.

    So that all cells are of the same width, shorter numbers have spaces beside them. Texts are
    looked at, not copied: a megabyte more or less is what this costs.
    """
    if not measures:
        yield from [memoryview(b"{}")] * len(counts)
        return
    rows = max(1, _AT_ONCE // len(measures))
    for start in range(0, len(counts), rows):
        laid = _laid_out(counts[start : start + rows], measures, image)
        width = laid.shape[1] * laid.shape[2]
        written = laid.reshape(-1).data
        for begin in range(0, len(written), width):
            yield written[begin : begin + width]


def _laid_out(counts: Counts, measures: Sequence[str], image: str) -> npt.NDArray[np.uint8]:
    """Cells as letters: (rows, measures, letters)."""
    columns: list[bytes | npt.NDArray[np.uint8]] = []
    for state, name in enumerate(Cell.__struct_fields__[:UPLOADABLE]):
        numbers = counts[:, :, state]
        first = int(numbers[0, 0])
        same = bool((numbers == first).all())
        columns += [b'"%b":' % name.encode(), b"%d" % first if same else _digits(numbers), b","]
    columns += [b'"share":', _decimals(_shares(counts))]
    if image in measures:
        at = measures.index(image)
        ready = _letters([b',"ready_to_upload":%d' % n for n in counts[:, at, UPLOADABLE].tolist()])
        beside = np.full((*counts.shape[:2], ready.shape[1]), _SPACE, np.uint8)
        beside[:, at] = ready
        columns.append(beside)
    keys = [b"," + msgspec.json.encode(one) + b":{" for one in measures]
    keys[0] = b"{" + keys[0][1:]
    begins, widest = [], max(map(len, keys))
    cell = b""
    for column in columns:
        begins.append(widest + len(cell))
        cell += column if isinstance(column, bytes) else b" " * column.shape[2]
    ends = [b"}"] * (len(measures) - 1) + [b"}}"]
    template = _letters(
        [key.ljust(widest) + cell + end for key, end in zip(keys, ends, strict=True)]
    )
    laid = np.empty((len(counts), *template.shape), np.uint8)
    laid[:] = template
    for begin, column in zip(begins, columns, strict=True):
        if not isinstance(column, bytes):
            laid[:, :, begin : begin + column.shape[2]] = column
    return laid


def _shares(counts: Counts) -> npt.NDArray[np.float64]:
    answered = counts[:, :, :BARRED].sum(axis=2)
    with np.errstate(invalid="ignore"):
        shares: npt.NDArray[np.float64] = answered / (answered + counts[:, :, MISSING])
    return shares


_SPACE = ord(" ")


def _letters(texts: Sequence[bytes]) -> npt.NDArray[np.uint8]:
    """Texts, one below the other, the shorter ones with spaces behind."""
    width = max(map(len, texts))
    letters = np.frombuffer(b"".join(text.ljust(width) for text in texts), np.uint8)
    return letters.reshape(-1, width)


# The numbers below 10,000 as four letters: with zeros in front; with spaces; and no 0 at all.
_FULL = np.frombuffer(b"".join(b"%04d" % n for n in range(10_000)), np.uint32)
_SHORT = np.frombuffer(b"".join(b"%4d" % n for n in range(10_000)), np.uint32)
_ABSENT = np.append(np.frombuffer(b"    ", np.uint32), _SHORT[1:])


def _digits(numbers: Counts) -> npt.NDArray[np.uint8]:
    """Numbers that are not negative, in letters, with spaces in front of the shorter ones."""
    width = len(str(numbers.max()))
    size = -(-width // 4)
    words: npt.NDArray[np.uint32] = np.empty((*numbers.shape, size), np.uint32)
    rest, short = numbers, _SHORT
    for at in range(size - 1, 0, -1):
        rest, low = np.divmod(rest, 10_000)
        words[:, :, at] = np.where(rest > 0, _FULL[low], short[low])
        short = _ABSENT
    words[:, :, 0] = short[rest]
    letters: npt.NDArray[np.uint8] = words.view(np.uint8)
    return letters[:, :, -width:]


def _decimals(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Fractions in letters, ``null`` where there is none, with spaces behind the shorter ones."""
    listed = msgspec.json.encode(shares.ravel().tolist())  # [0.5,null,1.0]
    text = np.frombuffer(listed, np.uint8)
    ends = np.append(np.flatnonzero(text == ord(",")), len(text) - 1)
    starts = np.append(1, ends[:-1] + 1)
    width = int((ends - starts).max())
    spaced = np.append(text, np.full(width, _SPACE, np.uint8))
    found = np.lib.stride_tricks.sliding_window_view(spaced, width)[starts]
    found[np.arange(width) >= (ends - starts)[:, None]] = _SPACE
    letters: npt.NDArray[np.uint8] = found.reshape(*shares.shape, width)
    return letters
