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

# Cells from which on it pays for a service to have compiled code: it takes 125 MB and a second.
MANY = 2000
_ready = False


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
    missing = items[:, None] - counts[:, :, HAVE]
    for state in (NO_VALUE, UNKNOWN_VALUE, BARRED, NOT_EXPECTED):
        missing -= counts[:, :, state]
    counts[:, :, MISSING] = missing


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


def text(counts: Counts, measures: Sequence[str], image: str, between: Sequence[bytes]) -> bytes:
    """What msgspec makes of :func:`values` as JSON, written without making them.

    ``between`` are the texts before the first row, between the rows and after the last one.
    """
    from kgtool.coverage.letters import words, write  # only here, as a compiler comes with it

    keys = [b"%b%b:{" % (b"," if at else b"{", _json(one)) for at, one in enumerate(measures)]
    names = [b"%b:" % _json(name) for name in Cell.__struct_fields__]
    states = [names[0], *[b"," + name for name in names[1:]], b"}"]
    close = b"}" if measures else b"{}"
    between = [between[0], *[close + one for one in between[1:]]]
    shares = _json(_shares(counts).ravel().tolist())
    cell = sum(map(len, states)) + len(states) * len(str(counts.max(initial=0)))
    most = sum(map(len, between)) + len(shares)
    most += len(counts) * (sum(map(len, keys)) + len(keys) * cell)
    out = np.empty(most, np.uint8)
    width = write(
        np.ascontiguousarray(counts),
        np.frombuffer(shares, np.uint8),
        words(between),
        words(keys),
        words(states),
        measures.index(image) if image in measures else -1,
        out,
    )
    return out[:width].tobytes()


def prepare() -> None:
    """Load the compiled code of :func:`text`; after an installation it is compiled, for seconds."""
    global _ready
    text(np.zeros((1, 1, 7), np.int64), ["P18"], "", [b"", b""])
    _ready = True


def ready() -> bool:
    """Whether :func:`text` is prepared; else it is quicker to write values."""
    return _ready


def _json(value: object) -> bytes:
    return msgspec.json.encode(value)


def _shares(counts: Counts) -> npt.NDArray[np.float64]:
    answered = counts[:, :, HAVE] + counts[:, :, NO_VALUE] + counts[:, :, UNKNOWN_VALUE]
    with np.errstate(invalid="ignore"):
        shares: npt.NDArray[np.float64] = answered / (answered + counts[:, :, MISSING])
    return shares
