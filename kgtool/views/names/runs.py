"""Sorted runs on disk, merged with little memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kgtool.views.names.arrays import Array, ArrayFile

ROWS = 1 << 20  # that are held at a time, of all runs together
_LEAST = 1024  # … of each run


class Slice(NamedTuple):
    """Rows of one run: which run, from which row to which, and their keys."""

    run: int
    first: int
    last: int
    keys: Array


class Run(NamedTuple):
    """Sorted keys that are read piece by piece."""

    length: int
    read: Callable[[int, int], Array]  # from one row to another

    @classmethod
    def stored(cls, arrays: ArrayFile, name: str) -> Run:
        """An array of a file."""
        return cls(arrays.length(name), lambda first, last: arrays.read(name, first, last))


def side_by_side(
    runs: Sequence[Run], rows: int | None = None, least: int = _LEAST
) -> Iterator[list[Slice]]:
    """All keys, step by step: what is equal in several runs comes in one step, smaller ones before.

    Takes memory for ``rows`` keys (``ROWS``), at ``least`` so many of each run, or for the most
    frequent one.
    """
    step = max(least, (rows or ROWS) // max(1, len(runs)))
    held = [run.read(0, 0) for run in runs]
    at = [0] * len(runs)  # the row at which what is held begins
    while True:
        limit = None
        for n, run in enumerate(runs):
            end = at[n] + len(held[n])
            if len(held[n]) < step // 2 and end < run.length:
                more = run.read(end, min(run.length, end + step))
                held[n] = np.concatenate([held[n], more]) if len(held[n]) else more
            if at[n] + len(held[n]) < run.length:
                limit = held[n][-1] if limit is None else min(limit, held[n][-1])
        taken = []
        for n, keys in enumerate(held):
            count = len(keys) if limit is None else int(np.searchsorted(keys, limit))
            if count:
                taken.append(Slice(n, at[n], at[n] + count, keys[:count]))
                at[n] += count
                held[n] = keys[count:]
        if taken:
            yield taken
        elif limit is None:
            return
        else:  # one key fills all that is held of a run
            for n, run in enumerate(runs):
                end = at[n] + len(held[n])
                if end < run.length and held[n][-1] == limit:
                    more = run.read(end, min(run.length, end + step))
                    held[n] = np.concatenate([held[n], more])


class Spilled:
    """Sorted runs of numbers that are put aside in a file until they are merged."""

    def __init__(self, folder: Path) -> None:
        # Open as long as this object.
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        self.runs: list[Run] = []
        self._end = 0

    def add(self, ordered: Array) -> None:
        """Put a run of 64-bit numbers aside."""
        begin = self._end
        data = ordered.view(np.uint8).data
        while data:
            done = os.pwrite(self._file.fileno(), data, self._end)
            self._end += done
            data = data[done:]

        def read(first: int, last: int) -> Array:
            data = os.pread(self._file.fileno(), 8 * (last - first), begin + 8 * first)
            return np.frombuffer(data, np.uint64)

        self.runs.append(Run(len(ordered), read))

    def close(self) -> None:
        """Give the space back."""
        self._file.close()
