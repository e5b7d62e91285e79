"""Arrays and texts in one file: written once, then read through a memory map."""

from __future__ import annotations

import math
import mmap
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


_ALIGNED = 64


class ArrayWriter:
    """Writes arrays into one file, whole or bit by bit; :meth:`close` gives their directory.

    Used in a ``with`` statement, at whose end the file is closed whatever happened.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._end = 0
        self._directory: dict[str, Entry] = {}

    def __enter__(self) -> ArrayWriter:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def add(self, arrays: Mapping[str, Array]) -> None:
        """Write each array under its name."""
        for name, array in arrays.items():
            self.room(name, array.dtype, array.shape).write(array)

    def room(self, name: str, dtype: Any, shape: tuple[int, ...]) -> Room:
        """Keep room for an array, to be filled from its begin on."""
        self._end += -self._end % _ALIGNED
        entry = Entry(np.dtype(dtype).str, list(shape), self._end)
        self._directory[name] = entry
        self._end += math.prod(shape) * np.dtype(dtype).itemsize
        return Room(self._file.fileno(), entry)

    def close(self) -> dict[str, Entry]:
        """Force all to the disk."""
        self._file.truncate(self._end)
        os.fsync(self._file.fileno())
        self._file.close()
        return self._directory


class Room:
    """Room for one array in a file that is being written."""

    def __init__(self, file: int, entry: Entry) -> None:
        self._file, self._at, self._dtype = file, entry.at, np.dtype(entry.dtype)

    def write(self, values: Array) -> None:
        """Write what comes next in the array."""
        left = np.ascontiguousarray(values, self._dtype).reshape(-1).view(np.uint8).data
        while left:
            done = os.pwrite(self._file, left, self._at)
            self._at += done
            left = left[done:]


class Entry(msgspec.Struct, frozen=True):
    """Where an array lies in the file, in bytes from its begin."""

    dtype: str
    shape: list[int]
    at: int


class ArrayReader:
    """The arrays of one file: one memory map, from which every array is a view."""

    def __init__(self, path: Path, directory: Mapping[str, Entry]) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._map: mmap.mmap | bytes = (
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
            )
        self._directory = directory

    def __getitem__(self, name: str) -> Array:
        entry = self._directory[name]
        count = math.prod(entry.shape)
        flat: Array = np.frombuffer(self._map, entry.dtype, count, entry.at)
        return flat.reshape(entry.shape)


class ArrayFile:
    """The arrays of one file, read piece by piece: what is read takes memory, nothing else.

    The file is open only while something is read: there may be more files than a process may open.
    """

    def __init__(self, path: Path, directory: Mapping[str, Entry]) -> None:
        self._path = path
        self._directory = directory

    def length(self, name: str) -> int:
        """How many rows an array has."""
        return self._directory[name].shape[0]

    def read(self, name: str, first: int = 0, last: int | None = None) -> Array:
        """Rows from ``first`` to ``last``, or to the end."""
        entry = self._directory[name]
        dtype = np.dtype(entry.dtype)
        last = entry.shape[0] if last is None else last
        row = dtype.itemsize * math.prod(entry.shape[1:])
        data = bytearray((last - first) * row)
        left = memoryview(data)
        with self._path.open("rb", buffering=0) as file:
            file.seek(entry.at + first * row)
            while left:
                done = file.readinto(left)
                if not done:
                    raise EOFError(f"{self._path} ends too early.")
                left = left[done:]
        rows: Array = np.frombuffer(data, dtype)
        return rows.reshape(-1, *entry.shape[1:])


class Texts:
    """Many texts as one: item *i* is ``blob[offsets[i]:offsets[i + 1]]``, UTF-8."""

    def __init__(self, blob: Array, offsets: Array) -> None:
        self.letters = blob
        self._blob = blob.data.cast("B")
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def raw(self, i: int) -> bytes:
        """One text, as UTF-8."""
        return bytes(self._blob[int(self._offsets[i]) : int(self._offsets[i + 1])])

    def __getitem__(self, i: int) -> str:
        return str(self._blob[int(self._offsets[i]) : int(self._offsets[i + 1])], "utf-8")

    def many(self, indices: Array) -> list[str]:
        """The texts of *indices*; much quicker than one by one."""
        blob = self._blob
        starts = self._offsets[indices].tolist()
        ends = self._offsets[indices + 1].tolist()
        return [str(blob[a:b], "utf-8") for a, b in zip(starts, ends, strict=True)]

    def spans(self, indices: Array) -> tuple[Array, Array]:
        """Where in ``letters`` the texts of *indices* begin, and how long they are, in bytes."""
        starts = self._offsets[indices]
        return starts, self._offsets[indices + 1] - starts

    @staticmethod
    def open(arrays: ArrayReader, name: str) -> Texts:
        """The texts that :meth:`arrays` saved under *name*."""
        return Texts(arrays[f"{name}_blob"], arrays[f"{name}_at"])

    @staticmethod
    def arrays(name: str, texts: Iterable[str | bytes]) -> dict[str, Array]:
        """The two arrays to save *texts* under *name*."""
        raw = [text.encode() if isinstance(text, str) else text for text in texts]
        return {
            f"{name}_blob": np.frombuffer(b"".join(raw), np.uint8),
            f"{name}_at": offsets([len(text) for text in raw]),
        }


def offsets(lengths: Any) -> Array:
    """Where each of consecutive parts begins, and where the last one ends."""
    at = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=at[1:])
    return at


def ranges(starts: Array, lengths: Array) -> Array:
    """``starts[i] … starts[i] + lengths[i] - 1`` for each *i*, one after the other."""
    total = int(lengths.sum())
    if not total:
        return np.zeros(0, np.int64)
    ends = np.cumsum(lengths)
    joined: Array = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return joined


class Parts:
    """An array that grows by parts; :meth:`take` joins them and forgets them."""

    def __init__(self, dtype: Any) -> None:
        self._dtype = np.dtype(dtype)
        self._parts: list[Array] = []
        self.size = 0

    def add(self, values: Any) -> None:
        """Put *values*, an array or a list, at the end."""
        part = np.asarray(values, self._dtype)
        self._parts.append(part)
        self.size += len(part)

    def take(self) -> Array:
        """All as one array."""
        parts, self._parts = self._parts, []
        whole = np.empty(self.size, self._dtype)
        at = 0
        for i, part in enumerate(parts):
            whole[at : at + len(part)] = part
            at += len(part)
            parts[i] = part[:0]  # given back as soon as copied
        self.size = 0
        return whole


class Numbers(dict[Any, int]):
    """Numbers things from 0 in the order in which they are first asked for."""

    def __missing__(self, thing: Any) -> int:
        number = self[thing] = len(self)
        return number


class Postings:
    """Lists of numbers by row: row *i* is ``values[at[i]:at[i + 1]]``."""

    def __init__(self, at: Array, values: Array) -> None:
        self.at = at
        self.values = values

    def __getitem__(self, row: int) -> Array:
        return self.values[int(self.at[row]) : int(self.at[row + 1])]

    def gather(self, rows: Array) -> tuple[Array, Array]:
        """The lists of *rows* joined, and the length of each."""
        starts = self.at[rows]
        lengths = self.at[rows + 1] - starts
        return self.values[ranges(starts, lengths)], lengths

    @staticmethod
    def open(arrays: ArrayReader, name: str) -> Postings:
        """The lists that :meth:`arrays` saved under *name*."""
        return Postings(arrays[f"{name}_at"], arrays[name])

    @staticmethod
    def arrays(name: str, rows: Array, values: Array, count: int) -> dict[str, Array]:
        """The two arrays for pairs (row, value) of *count* rows; order within a row is kept."""
        order = np.argsort(rows, kind="stable")
        return {name: values[order], f"{name}_at": offsets(np.bincount(rows, minlength=count))}
