"""Groupings: by what a matrix is divided. Groups may overlap; counting stays exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from kgtool.coverage.cells import Counts
from kgtool.views.cube import Bits, Cube, Places

GroupKind: TypeAlias = Literal["total", "value", "none", "unknown"]
Codes = npt.NDArray[np.int64]

NONE, UNKNOWN = -2, -1  # codes of the groups that have no value


@dataclass(frozen=True, slots=True)
class Head:
    """What a group is: ``group`` is a QID, a text, or none where ``kind`` says it all."""

    kind: GroupKind
    group: str | None = None


@dataclass(frozen=True)
class Tally:
    """The items of a plane, and how to count other planes over them, in all and by segment.

    ``bytes`` are the bytes of a plane in which the items stand, ``mask`` their bits in these.
    """

    cube: Cube
    chosen: Bits
    bytes: Places
    mask: Bits

    @classmethod
    def of(cls, cube: Cube, chosen: Bits) -> Tally:
        """A tally of the items in a plane."""
        at = np.flatnonzero(chosen)
        return cls(cube, chosen, at, chosen[at])

    def popcounts(self, plane: Bits | None) -> npt.NDArray[np.uint8]:
        """How many of the items each byte holds that are in the plane; none: in any."""
        here = self.mask if plane is None else plane[self.bytes] & self.mask
        return np.bitwise_count(here)

    @cached_property
    def runs(self) -> tuple[Places, Places]:
        """The segments that the items are in, and where the bytes of each begin."""
        segments = self.cube.segment_of_byte[self.bytes].astype(np.int64)
        first = np.flatnonzero(np.append(True, segments[1:] != segments[:-1])[: len(segments)])
        return segments[first], first

    def by_segment(self, plane: Bits | None) -> Counts:
        """Items in the plane for each segment of ``runs``."""
        segments, first = self.runs
        if not len(segments):
            return np.zeros(0, np.int64)
        return np.add.reduceat(self.popcounts(plane), first, dtype=np.int64)


class Total:
    """One group of all items."""

    heads: Sequence[Head] = (Head("total"),)

    def count(self, tally: Tally, plane: Bits | None) -> Counts:
        """Items of the tally in the plane (none: all of them), by group."""
        return np.array([int(tally.popcounts(plane).sum())], dtype=np.int64)


class BySegment:
    """Groups that are unions of segments, of those that the tally's items are in."""

    def __init__(self, heads: Sequence[Head], runs: Places, groups: Codes) -> None:
        """Segment ``runs[i]`` of those of ``Tally.runs`` belongs to group ``groups[i]``."""
        self.heads = heads
        order = np.argsort(groups, kind="stable")
        self._runs = runs[order]
        self._first = np.searchsorted(groups[order], np.arange(len(heads)))

    def count(self, tally: Tally, plane: Bits | None) -> Counts:
        """Items of the tally in the plane (none: all of them), by group."""
        if not len(self.heads):
            return np.zeros(0, np.int64)
        return np.add.reduceat(tally.by_segment(plane)[self._runs], self._first)


class ByPlace:
    """Any groups: item by item."""

    def __init__(self, heads: Sequence[Head], places: Places, groups: Codes) -> None:
        """The item at ``places[i]`` belongs to group ``groups[i]`` of ``heads``."""
        self.heads = heads
        order = np.argsort(groups, kind="stable")
        self._places = places[order]
        self._first = np.searchsorted(groups[order], np.arange(len(heads)))
        self._sizes = np.diff(self._first, append=len(places))

    def count(self, tally: Tally, plane: Bits | None) -> Counts:
        """Items of the tally in the plane (none: all of them), by group."""
        if plane is None or not len(self.heads):
            return self._sizes
        inside = np.unpackbits(plane, bitorder="little")[self._places]
        return np.add.reduceat(inside, self._first, dtype=np.int64)


Grouping: TypeAlias = Total | BySegment | ByPlace


def by_place(
    tally: Tally, places: Places, codes: Codes, names: Callable[[Codes], list[str]]
) -> ByPlace:
    """Group the items of a tally by codes given for places; those without are in the group *none*.

    ``names`` says what sorted codes stand for; ``UNKNOWN`` is the group *unknown*.
    """
    chosen = np.unpackbits(tally.chosen, bitorder="little")
    inside = chosen[places] != 0
    places, codes = places[inside], codes[inside]
    chosen[places] = 0
    alone = np.flatnonzero(chosen)
    places = np.concatenate([places, alone])
    codes = np.concatenate([codes, np.full(len(alone), NONE, dtype=np.int64)])
    found, groups = np.unique(codes, return_inverse=True)
    return ByPlace(_heads(found, names), places, groups.astype(np.int64))


def by_segment(tally: Tally, segments: Places, codes: Codes) -> BySegment:
    """Group segments by codes; those in which the tally has no item are left out."""
    used = tally.runs[0]
    place_of = np.full(len(tally.cube.starts), -1, dtype=np.int64)
    place_of[used] = np.arange(len(used))
    runs = place_of[segments]
    found, groups = np.unique(codes[runs >= 0], return_inverse=True)
    return BySegment(_heads(found, _qids), runs[runs >= 0], groups.astype(np.int64))


def _heads(codes: Codes, names: Callable[[Codes], list[str]]) -> list[Head]:
    special = {NONE: Head("none"), UNKNOWN: Head("unknown")}
    known = [special[code] for code in codes[codes < 0].tolist()]
    return known + [Head("value", name) for name in names(codes[codes >= 0])]


def _qids(codes: Codes) -> list[str]:
    return [f"Q{code}" for code in codes.tolist()]
