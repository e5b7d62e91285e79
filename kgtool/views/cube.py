"""The cube view: one bit an item for each state of each measure that is kept ready.

Every item stands once, at a *place*. Items of the same *signature*, which is the set of collections
that they are directly in and the set of their types, stand side by side and make up a *segment*,
which starts at a whole byte. So a partner, a type or a collection is a union of segments, nothing
is counted twice, and what counts bits can sum them up by segment. Places between segments are
empty; all planes have 0 there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kgtool.views.classes import Numbers, ranges
from kgtool.views.generation import Generation
from kgtool.views.stored import stored

Bits = npt.NDArray[np.uint8]  # a plane: place n is bit n % 8 of byte n // 8
Places = npt.NDArray[np.int64]

NO_TYPE = 0  # stands in a type set for: no statement with a value
UNKNOWN_TYPE = 2**32 - 1  # … for: a statement whose value is unknown
STATES = ("have", "unknown_value", "no_value")


@dataclass(frozen=True, slots=True)
class Answer:
    """Items and the states that a measure has there in each scope: 3 have, 2 unknown, 1 none.

    State 0 is nothing. An item may stand more than once; then the highest state counts.
    """

    items: Numbers
    states: dict[str, npt.NDArray[np.uint8]]


class Sets:
    """Sets of numbers, named by their place in a list."""

    def __init__(self, folder: Path, name: str) -> None:
        self.offsets: npt.NDArray[np.int64] = stored(folder / f"{name}_offsets.npy")
        self.values: Numbers = stored(folder / f"{name}_values.npy")

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def pairs(self, of: npt.NDArray[np.integer]) -> tuple[Places, Numbers]:
        """For a list of sets: every member with the place in the list that it comes from."""
        first, last = self.offsets[of], self.offsets[np.asarray(of) + 1]
        return np.repeat(np.arange(len(first)), last - first), self.values[ranges(first, last)]


class Cube:
    """A cube, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.items: Numbers = _mapped(folder / "items.npy")  # by place; 0: empty
        self._sorted: Numbers = _mapped(folder / "sorted.npy")
        self._places: Numbers = _mapped(folder / "places.npy")
        segments = stored(folder / "segments.npy")
        self.starts: npt.NDArray[np.int64] = segments[0].astype(np.int64)  # byte of each segment
        self.sizes: npt.NDArray[np.int64] = segments[1].astype(np.int64)  # items of each segment
        self.collection_set: Numbers = segments[2]
        self.type_set: Numbers = segments[3]
        self.collections = Sets(folder, "collections")
        self.types = Sets(folder, "types")
        self.known: Numbers = stored(folder / "known.npy")  # every collection found, sorted
        self.above = Sets(folder, "above")  # of each of `known`: it and those it is a part of
        self._planes: dict[str, list[int]] = {}
        if (folder / "planes.json").exists():
            self._planes = json.loads((folder / "planes.json").read_text())

    @classmethod
    def open(cls, generation: Generation) -> Cube:
        """The cube of a generation; :meth:`Snapshot.once` keeps it open."""
        return cls(generation.path / "cube")

    @property
    def width(self) -> int:
        """Bytes of a plane."""
        return len(self.items) // 8

    @cached_property
    def present(self) -> Bits:
        """Which places hold an item."""
        return np.packbits(self.items != 0, bitorder="little")

    @cached_property
    def segment_of_byte(self) -> Numbers:
        """The segment that each byte of a plane belongs to."""
        lengths = np.diff(self.starts, append=self.width)
        return np.repeat(np.arange(len(self.starts), dtype=np.uint32), lengths)

    @cached_property
    def _bits(self) -> npt.NDArray[np.uint8]:
        return _mapped(self._folder / "planes.npy")

    def planes(self, key: str) -> list[Bits | None] | None:
        """The planes of STATES of a measure, or none if it is not kept; an empty plane is None."""
        if key not in self._planes:
            return None
        return [None if row < 0 else self._bits[row] for row in self._planes[key]]

    def find(self, items: Numbers) -> tuple[Places, npt.NDArray[np.bool_]]:
        """Where those of the items stand that are here, and which of them are."""
        if not len(self._sorted):
            return np.zeros(0, np.int64), np.zeros(len(items), np.bool_)
        wanted = np.asarray(items, dtype=np.uint32)
        at = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        here: npt.NDArray[np.bool_] = self._sorted[at] == wanted
        return self._places[at[here]].astype(np.int64), here

    def places(self, items: Numbers) -> Places:
        """Where those of the items stand that are here."""
        return self.find(items)[0]

    def pack(self, items: Numbers) -> Bits:
        """The plane with a bit for each of the items."""
        bits = np.zeros(len(self.items), dtype=np.bool_)
        bits[self.places(items)] = True
        return np.packbits(bits, bitorder="little")

    def states(self, answer: Answer) -> dict[str, list[Bits | None]]:
        """For each scope the planes of STATES that say the same; an empty plane is None."""
        planes: dict[str, list[Bits | None]] = {}
        for scope, states in answer.states.items():
            higher: Bits | None = None
            planes[scope] = []
            for state in (3, 2, 1):
                items = answer.items[states == state]
                plane = self.pack(items) if len(items) else None
                if plane is not None and higher is not None:
                    plane &= ~higher
                planes[scope].append(plane)
                if plane is not None:
                    higher = plane if higher is None else higher | plane
        return planes

    def of_segments(self, chosen: npt.NDArray[np.bool_]) -> Bits:
        """The plane of all items in the chosen segments."""
        lengths = np.diff(self.starts, append=self.width)
        mask = np.repeat(np.where(chosen, np.uint8(255), np.uint8(0)), lengths)
        return mask & self.present

    def below(self, collection: int) -> Numbers:
        """A collection and its sub-collections, however deep, sorted."""
        at, wholes = self.above.pairs(np.arange(len(self.known)))
        return np.union1d(
            self.known[at[wholes == collection]], np.array([collection], dtype=np.uint32)
        )

    @cached_property
    def nodes(self) -> Nodes:
        """Every collection with the segments that belong to it or to a sub-collection."""
        return Nodes(self)


def _mapped(path: Path) -> npt.NDArray[Any]:
    """An array in a file; as a plain array, since what ``memmap`` adds to it costs time."""
    return np.asarray(stored(path, mapped=True))


class Nodes:
    """Collections, each with the segments below it: ``segments[offsets[n]:offsets[n + 1]]``."""

    def __init__(self, cube: Cube) -> None:
        # segment → set of collections → each collection → everything above it
        segment, collection = cube.collections.pairs(cube.collection_set)
        back, node = cube.above.pairs(np.searchsorted(cube.known, collection))
        pairs = np.unique(node.astype(np.uint64) << np.uint64(32) | segment[back].astype(np.uint64))
        self.segments = (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
        self.qids, first = np.unique((pairs >> np.uint64(32)).astype(np.uint32), return_index=True)
        self.offsets = np.append(first, len(pairs)).astype(np.int64)
        # Segments side by side make up a run: one stretch of bytes.
        ends = np.append(cube.starts[1:], cube.width)
        breaks = np.append(True, np.diff(self.segments) != 1)[: len(self.segments)]
        breaks[self.offsets[:-1]] = True
        begin = np.flatnonzero(breaks)
        self._first = cube.starts[self.segments[begin]]
        self._last = ends[self.segments[np.append(begin, len(breaks))[1:] - 1]]
        self._runs = np.searchsorted(begin, self.offsets[:-1])
        self._count = len(cube.starts)
        self._keys = np.repeat(np.arange(len(self.qids)), np.diff(self.offsets)) * self._count
        self._keys += self.segments

    def sizes(self, plane: Bits) -> npt.NDArray[np.int64]:
        """How many items of a plane each node has; each item counts once."""
        if not len(self.qids):
            return np.zeros(0, np.int64)
        before = np.zeros(len(plane) + 1, np.int64)
        np.cumsum(np.bitwise_count(plane), out=before[1:])
        return np.add.reduceat(before[self._last] - before[self._first], self._runs)

    def find(self, collection: int) -> int | None:
        """The number of a collection's node, if anything belongs to it."""
        node = int(self.places([collection])[0])
        return node if node >= 0 else None

    def places(self, collections: Sequence[int]) -> Places:
        """The numbers of the nodes of collections; -1 where nothing belongs to one."""
        wanted = np.array(collections, dtype=np.int64)
        at = np.searchsorted(self.qids, wanted.astype(np.uint32))
        found = np.append(self.qids, np.uint32(0))[at] == wanted
        return np.where(found, at, -1)

    def holds(self, nodes: Places, segments: Places) -> npt.NDArray[np.bool_]:
        """Whether each node has the segment beside it."""
        if not len(self._keys):
            return np.zeros(len(nodes), dtype=np.bool_)
        wanted = nodes * self._count + segments
        at = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        found: npt.NDArray[np.bool_] = self._keys[at] == wanted
        return found

    def chosen(self, collections: Iterable[int]) -> npt.NDArray[np.bool_]:
        """Which segments belong to any of these collections."""
        mask = np.zeros(self._count, dtype=np.bool_)
        for collection in collections:
            node = self.find(collection)
            if node is not None:
                mask[self.segments[self.offsets[node] : self.offsets[node + 1]]] = True
        return mask
