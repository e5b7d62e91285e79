"""Rows of a segment's Parquet tables, taken item by item, as arrays for compiled code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kgtool.views.names.arrays import Array, Numbers, offsets

_BATCH = 1 << 16  # rows that are read at a time


class Rows(NamedTuple):
    """Rows of a table: of which item, columns of numbers, and texts somewhere in ``letters``."""

    item: Array
    numbers: tuple[Array, ...]
    start: Array
    end: Array
    letters: Array

    def cut(self, first: int, last: int) -> Rows:
        """Some of the rows, and of the letters only theirs."""
        start, end = self.start[first:last], self.end[first:last]
        begin, stop = (int(start[0]), int(end[-1])) if len(start) else (0, 0)
        return Rows(
            self.item[first:last],
            tuple(column[first:last] for column in self.numbers),
            start - begin,
            end - begin,
            self.letters[begin:stop],
        )


class Table:
    """A table whose rows are taken item by item; its items come in the order of the others."""

    def __init__(
        self,
        path: Path,
        columns: list[str],
        convert: Callable[[pa.RecordBatch], Rows | None],
    ) -> None:
        self._file = pq.ParquetFile(path)
        self._batches = self._file.iter_batches(_BATCH, columns=columns)
        self._convert = convert
        self._held: list[Rows] = []
        self._width = len(columns)

    def of(self, items: Array) -> tuple[Array, Rows]:
        """The rows of these items, which come next: where those of each begin, and all."""
        order = np.argsort(items)
        ordered = items[order]
        taken: list[Rows] = []
        places: list[Array] = []
        while True:
            if not self._held:
                batch = next(self._batches, None)
                if batch is None:
                    break
                rows = self._convert(batch)
                if rows is not None and len(rows.item):
                    self._held.append(rows)
                continue
            rows = self._held.pop()
            at = np.minimum(np.searchsorted(ordered, rows.item), len(ordered) - 1)
            here = ordered[at] == rows.item
            count = len(here) if here.all() else int(here.argmin())
            if count:
                taken.append(rows.cut(0, count))
                places.append(order[at[:count]])
            if count < len(here):
                self._held.append(rows.cut(count, len(here)))
                break
        of = np.concatenate([np.zeros(0, np.int64), *places])
        return offsets(np.bincount(of, minlength=len(items))), _joined(taken, self._width)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def living(alive: Array, at: Array, rows: Rows) -> tuple[Array, Rows]:
    """Only the rows of items that are alive."""
    counts = np.diff(at)
    kept = np.flatnonzero(np.repeat(alive, counts))
    numbers = tuple(column[kept] for column in rows.numbers)
    living = Rows(rows.item[kept], numbers, rows.start[kept], rows.end[kept], rows.letters)
    return offsets(counts[alive]), living


def _joined(parts: list[Rows], width: int) -> Rows:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        none = np.zeros(0, np.int64)
        return Rows(none, (none,) * width, none, none, frozen(np.zeros(0, np.uint8)))
    shift = offsets([len(part.letters) for part in parts])[:-1].tolist()
    return Rows(
        np.concatenate([part.item for part in parts]),
        tuple(map(np.concatenate, zip(*(part.numbers for part in parts), strict=True))),
        np.concatenate([part.start + by for part, by in zip(parts, shift, strict=True)]),
        np.concatenate([part.end + by for part, by in zip(parts, shift, strict=True)]),
        frozen(np.concatenate([part.letters for part in parts])),
    )


class Codes:
    """Numbers for the words of dictionary columns, which differ from batch to batch."""

    def __init__(self) -> None:
        self._known = Numbers()
        self.longest = 0
        self.tables = self._tables()

    @property
    def words(self) -> list[str]:
        """All words, in the order of their numbers."""
        return list(self._known)

    def numbers(self, words: list[str]) -> Array:
        """The number of each word."""
        before = len(self._known)
        numbers = np.array([self._known[word] for word in words], np.int64)
        if len(self._known) > before:
            self.tables = self._tables()
            self.longest = max(len(word.encode()) for word in self._known)
        return numbers

    def _tables(self) -> tuple[Array, Array]:
        raws = [word.encode() for word in self._known]
        return offsets(list(map(len, raws))), np.frombuffer(b"".join(raws), np.uint8)


def numbers_in(batch: pa.RecordBatch, name: str) -> Array:
    """A column of whole numbers, as numbers of 64 bits."""
    numbers: Array = batch.column(name).to_numpy().astype(np.int64)
    return numbers


def coded(column: pa.DictionaryArray) -> tuple[list[str], Array]:
    """The words of a column, and of each row its word's number, or -1."""
    codes: Array = column.indices.fill_null(-1).to_numpy().astype(np.int64)
    return column.dictionary.to_pylist(), codes


def texts_in(column: pa.StringArray) -> tuple[Array, Array, Array]:
    """Where each text begins and ends, and the letters."""
    _, ends, letters = column.buffers()
    at = np.frombuffer(ends, np.int32)[column.offset : column.offset + len(column) + 1]
    at = at.astype(np.int64)
    found = np.zeros(0, np.uint8) if letters is None else np.frombuffer(letters, np.uint8)
    return at[:-1], at[1:], frozen(found)


def frozen(values: Array) -> Array:
    """The same array, not to be written to: compiled code is compiled apart for those that may."""
    view = values.view()
    view.flags.writeable = False
    return view
