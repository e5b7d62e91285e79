"""Groupings: by what a matrix is divided. Groups may overlap; counting stays exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from kgtool.views.cube import Bits, Cube, Places

GroupKind: TypeAlias = Literal["total", "value", "none", "unknown"]
Counts = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int64]

NONE, UNKNOWN = -2, -1  # codes of the groups that have no value


@dataclass(frozen=True, slots=True)
class Head:
    """What a group is: ``group`` is a QID, a text, or none where ``kind`` says it all."""

    kind: GroupKind
    group: str | None = None


@dataclass(frozen=True)
class Tally:
    """Some items of a cube, and how to count planes over them, all together and by segment.

    ``bytes`` are the bytes of a plane in which the items stand, ``mask`` their bits in these.
    """

    cube: Cube
    bytes: Places
    mask: Bits

    @classmethod
    def of(cls, cube: Cube, chosen: Bits) -> Tally:
        """A tally of the items in a plane."""
        at = np.flatnonzero(chosen)
        return cls(cube, at, chosen[at])

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

    def __init__(self, heads: Sequence[Head], segments: Places, groups: Codes) -> None:
        """``segments[i]`` belongs to group ``groups[i]`` of ``heads``."""
        self.heads = heads
        order = np.argsort(groups, kind="stable")
        self._segments = segments[order]
        self._first = np.searchsorted(groups[order], np.arange(len(heads)))

    def count(self, tally: Tally, plane: Bits | None) -> Counts:
        """Items of the tally in the plane (none: all of them), by group."""
        if not len(self.heads):
            return np.zeros(0, np.int64)
        at = np.searchsorted(tally.runs[0], self._segments)
        counts = tally.by_segment(plane)[at]
        return np.add.reduceat(counts, self._first, dtype=np.int64)


class ByPlace:
    """Any groups: item by item."""

    def __init__(self, heads: Sequence[Head], places: Places, groups: Codes) -> None:
        """The item at ``places[i]`` belongs to group ``groups[i]`` of ``heads``."""
        self.heads = heads
        self._bytes = places >> 3
        self._bits = np.uint8(1) << (places & 7).astype(np.uint8)
        self._groups = groups

    def count(self, tally: Tally, plane: Bits | None) -> Counts:
        """Items of the tally in the plane (none: all of them), by group."""
        if plane is None:
            return np.bincount(self._groups, minlength=len(self.heads))
        inside = (plane[self._bytes] & self._bits) != 0
        return np.bincount(self._groups[inside], minlength=len(self.heads))


Grouping: TypeAlias = Total | BySegment | ByPlace


def by_place(
    cube: Cube, chosen: Bits, places: Places, codes: Codes, names: dict[int, str] | None = None
) -> ByPlace:
    """Group the chosen items by codes given for places; those without are in the group *none*.

    A code names a QID, or a text where ``names`` has it; ``UNKNOWN`` the group *unknown*.
    """
    inside = (chosen[places >> 3] >> (places & 7).astype(np.uint8)) & 1 != 0
    places, codes = places[inside], codes[inside]
    grouped = np.zeros(len(cube.items), dtype=np.bool_)
    grouped[places] = True
    members = np.flatnonzero(np.unpackbits(chosen, bitorder="little"))
    alone = members[~grouped[members]]
    places = np.concatenate([places, alone])
    codes = np.concatenate([codes, np.full(len(alone), NONE, dtype=np.int64)])
    found, groups = np.unique(codes, return_inverse=True)
    return ByPlace(_heads(found, names), places, groups.astype(np.int64))


def by_segment(cube: Cube, segments: Places, codes: Codes) -> BySegment:
    """Group segments by codes; see :func:`by_place`."""
    found, groups = np.unique(codes, return_inverse=True)
    return BySegment(_heads(found, None), segments, groups.astype(np.int64))


def _heads(codes: Codes, names: dict[int, str] | None) -> list[Head]:
    special = {NONE: Head("none"), UNKNOWN: Head("unknown")}
    return [
        special.get(code) or Head("value", f"Q{code}" if names is None else names[code])
        for code in codes.tolist()
    ]
