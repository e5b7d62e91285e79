"""Words that come again and again, numbered in the order in which they come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kgtool.views.extract.compiled import compiled

LISTS = ("detail", "language", "site")  # the columns that each have words of their own
DETAIL, LANGUAGE, SITE = range(3)
FULL = -3


class Tables(NamedTuple):
    """A hash table by open addressing for each of LISTS."""

    slots: npt.NDArray[np.int32]  # number of a word + 1, or 0
    ends: npt.NDArray[np.int64]  # of word n, in letters: from ends[n] to ends[n + 1]
    letters: npt.NDArray[np.uint8]
    counts: npt.NDArray[np.int64]  # how many words there are
    seen: npt.NDArray[np.int64]  # of each word: the last map in which it was a key


class Words:
    """The words so far."""

    def __init__(self, lists: Sequence[str] = LISTS) -> None:
        self._lists = lists
        self.tables = _tables(len(lists), 256, 4096)

    def grow(self) -> None:
        """Make room for as many words again."""
        old = self.tables
        rows, slots = old.slots.shape
        self.tables = _tables(rows, slots * 2, old.letters.shape[1] * 2)
        _take_over(*old[:4], *self.tables[:4])

    def spelled(self, name: str) -> list[bytes]:
        """All words of one of the lists, by number."""
        row = self._lists.index(name)
        count = int(np.int64(self.tables.counts[row]))
        ends = self.tables.ends[row, : count + 1].tolist()
        letters = self.tables.letters[row, : ends[-1]].tobytes()
        return [letters[a:b] for a, b in pairwise(ends)]


def _tables(rows: int, slots: int, letters: int) -> Tables:
    return Tables(
        np.zeros((rows, slots), np.int32),
        np.zeros((rows, slots + 1), np.int64),
        np.zeros((rows, letters), np.uint8),
        np.zeros(rows, np.int64),
        np.zeros((rows, slots), np.int64),
    )


@compiled
def intern(
    data: npt.NDArray[np.uint8],
    start: int,
    end: int,
    row: int,
    slots: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int64],
    letters: npt.NDArray[np.uint8],
    counts: npt.NDArray[np.int64],
) -> int:
    """The number of a word in list ``row``; ``FULL`` where there is no room for another one."""
    hashed = np.uint64(14695981039346656037)  # FNV-1a
    for n in range(start, end):
        hashed = (hashed ^ np.uint64(data[n])) * np.uint64(1099511628211)
    mask = slots.shape[1] - 1
    slot = int(np.int64((hashed ^ (hashed >> np.uint64(32))) & np.uint64(mask)))
    size = end - start
    while slots[row, slot] != 0:
        number = int(np.int64(slots[row, slot])) - 1
        at = ends[row, number]
        if ends[row, number + 1] - at == size:
            equal = True
            for n in range(size):
                if letters[row, at + n] != data[start + n]:
                    equal = False
                    break
            if equal:
                return number
        slot = (slot + 1) & mask
    number = int(np.int64(counts[row]))
    at = ends[row, number]
    if number * 2 >= slots.shape[1] or at + size > letters.shape[1]:
        return FULL
    for n in range(size):
        letters[row, at + n] = data[start + n]
    ends[row, number + 1] = at + size
    counts[row] = number + 1
    slots[row, slot] = number + 1
    return number


@compiled
def _take_over(
    slots: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int64],
    letters: npt.NDArray[np.uint8],
    counts: npt.NDArray[np.int64],
    new_slots: npt.NDArray[np.int32],
    new_ends: npt.NDArray[np.int64],
    new_letters: npt.NDArray[np.uint8],
    new_counts: npt.NDArray[np.int64],
) -> None:
    """Number all words of a table in another one that has room for them."""
    for row in range(slots.shape[0]):
        for n in range(counts[row]):
            intern(
                letters[row],
                ends[row, n],
                ends[row, n + 1],
                row,
                new_slots,
                new_ends,
                new_letters,
                new_counts,
            )
