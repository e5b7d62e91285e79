"""Arrays and texts in a folder: written once, then read through memory maps."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def save_arrays(folder: Path, arrays: Mapping[str, Array]) -> None:
    """Write each array as ``<name>.npy`` and force it to the disk."""
    for name, array in arrays.items():
        with (folder / f"{name}.npy").open("wb") as file:
            np.save(file, array)
            file.flush()
            os.fsync(file.fileno())


def open_array(folder: Path, name: str) -> Array:
    """One array of the folder, mapped, as a plain ndarray (its views are cheaper)."""
    array: Array = np.load(folder / f"{name}.npy", mmap_mode="r")
    return array.view(np.ndarray) if array.size else np.array(array)


class Texts:
    """Many texts as one: item *i* is ``blob[offsets[i]:offsets[i + 1]]``, UTF-8."""

    def __init__(self, blob: Array, offsets: Array) -> None:
        self._blob = np.ascontiguousarray(blob).data.cast("B")
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def raw(self, i: int) -> bytes:
        return bytes(self._blob[int(self._offsets[i]) : int(self._offsets[i + 1])])

    def __getitem__(self, i: int) -> str:
        return str(self._blob[int(self._offsets[i]) : int(self._offsets[i + 1])], "utf-8")

    def many(self, indices: Array) -> list[str]:
        """The texts of *indices*; much quicker than one by one."""
        blob = self._blob
        starts = self._offsets[indices].tolist()
        ends = self._offsets[indices + 1].tolist()
        return [str(blob[a:b], "utf-8") for a, b in zip(starts, ends, strict=True)]

    @staticmethod
    def open(folder: Path, name: str) -> Texts:
        return Texts(open_array(folder, f"{name}_blob"), open_array(folder, f"{name}_at"))

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
    def open(folder: Path, name: str) -> Postings:
        return Postings(open_array(folder, f"{name}_at"), open_array(folder, name))

    @staticmethod
    def arrays(name: str, rows: Array, values: Array, count: int) -> dict[str, Array]:
        """The two arrays for pairs (row, value) of *count* rows; order within a row is kept."""
        order = np.argsort(rows, kind="stable")
        return {name: values[order], f"{name}_at": offsets(np.bincount(rows, minlength=count))}
