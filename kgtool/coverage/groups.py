"""Groupings: by what a matrix is divided. Groups may overlap; counting stays exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from kgtool.coverage.cells import Counts
from kgtool.views.classes import ranges
from kgtool.views.cube import Bits, Cube, Places

GroupKind: TypeAlias = Literal["total", "value", "none", "unknown"]
Codes = npt.NDArray[np.int64]

NONE, UNKNOWN = -2, -1  # codes of the groups that have no value


class Head(Struct, frozen=True, gc=False):
    """What a group is: ``group`` is a QID, a text, or none where ``kind`` says it all."""

    kind: GroupKind
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Groups:
    """What the groups of a grouping are, by codes; to name those that are shown is enough.

    ``names`` says what codes stand for; ``keys`` gives numbers that sort as the names do.
    """

    codes: Codes
    names: Callable[[Codes], list[str]]
    keys: Callable[[Codes], Codes] = lambda codes: codes

    def __len__(self) -> int:
        return len(self.codes)

    def heads(self) -> list[Head]:
        """What each group is."""
        special = {NONE: Head("none"), UNKNOWN: Head("unknown")}
        names = iter(self.names(self.codes[self.codes >= 0]))
        return [
            special[code] if code < 0 else Head("value", next(names))
            for code in self.codes.tolist()
        ]

    def largest_first(self, sizes: Counts, most: int | None) -> Places:
        """The order of groups: values by number of items and then by name, then none, then unknown.

        ``most`` is how many are asked for; without it, all.
        """
        values = np.flatnonzero(self.codes >= 0)
        if most is not None and most < len(values):
            least = np.partition(sizes[values], -most)[-most] if most else np.inf
            values = values[sizes[values] >= least]
        order = np.lexsort((self.keys(self.codes[values]), -sizes[values]))
        others = np.flatnonzero(self.codes < 0)  # UNKNOWN is the greater number
        found = np.concatenate([values[order], others[np.argsort(self.codes[others])]])
        return found[:most]

    def only(self, which: Places) -> Groups:
        """Some of the groups, in this order."""
        return replace(self, codes=self.codes[which])


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

    @cached_property
    def stretches(self) -> tuple[Places, Places]:
        """Where the bytes that lie side by side begin and end."""
        apart = np.flatnonzero(np.diff(self.bytes) != 1)
        return self.bytes[np.append(0, apart + 1)[: len(self.bytes)]], (
            self.bytes[np.append(apart, len(self.bytes) - 1)[: len(self.bytes)]] + 1
        )

    def by_segment(self, plane: Bits | None) -> Counts:
        """Items in the plane for each segment of ``runs``."""
        segments, first = self.runs
        if not len(segments):
            return np.zeros(0, np.int64)
        return np.add.reduceat(self.popcounts(plane), first, dtype=np.int64)


class BySegment:
    """Groups that are unions of segments, of those that the tally's items are in."""

    def __init__(self, groups: Groups, runs: Places, first: Places, last: Places) -> None:
        """Group ``n`` has the segments ``runs[first[n]:last[n]]`` of those of ``Tally.runs``."""
        self.groups = groups
        self._runs, self._first, self._last = runs, first, last

    def only(self, which: Places) -> BySegment:
        """Some of the groups, in this order."""
        first, last = self._first[which], self._last[which]
        return BySegment(self.groups.only(which), self._runs, first, last)

    def count(self, tally: Tally, plane: Bits | None) -> Counts:
        """Items of the tally in the plane (none: all of them), by group."""
        return _sums(tally.by_segment(plane)[self._runs], self._first, self._last)


class ByPlace:
    """Any groups: item by item."""

    def __init__(self, groups: Groups, places: Places, first: Places, last: Places) -> None:
        """Group ``n`` has the items at ``places[first[n]:last[n]]``."""
        self.groups = groups
        self._places, self._first, self._last = places, first, last

    def only(self, which: Places) -> ByPlace:
        """Some of the groups, in this order."""
        first, last = self._first[which], self._last[which]
        ends = np.cumsum(last - first)
        places = self._places[ranges(first, last)]
        return ByPlace(self.groups.only(which), places, ends - (last - first), ends)

    def count(self, tally: Tally, plane: Bits | None) -> Counts:
        """Items of the tally in the plane (none: all of them), by group."""
        if plane is None:
            return self._last - self._first
        inside = (plane[self._bytes] & self._masks) != 0
        return _sums(inside, self._first, self._last)

    @cached_property
    def _bytes(self) -> Places:
        return self._places >> 3

    @cached_property
    def _masks(self) -> Bits:
        masks: Bits = np.left_shift(1, self._places & 7).astype(np.uint8)
        return masks


Grouping: TypeAlias = BySegment | ByPlace


def total(tally: Tally, plane: Bits | None) -> int:
    """Items of the tally in the plane (none: all of them)."""
    return int(tally.popcounts(plane).sum(dtype=np.int64))


def by_place(
    tally: Tally,
    places: Places,
    codes: Codes,
    names: Callable[[Codes], list[str]],
    keys: Callable[[Codes], Codes] = lambda codes: codes,
) -> ByPlace:
    """Group the items of a tally by codes given for places; those without are in the group *none*.

    ``places`` are in order. ``names`` and ``keys`` are those of :class:`Groups`; ``UNKNOWN`` is
    the group *unknown*.
    """
    begin, end = tally.stretches
    near = ranges(np.searchsorted(places, 8 * begin), np.searchsorted(places, 8 * end))
    places, codes = places[near], codes[near]
    chosen = np.unpackbits(tally.chosen, bitorder="little").view(np.bool_)
    inside = chosen[places]
    places, codes = places[inside], codes[inside]
    chosen[places] = False
    alone = np.flatnonzero(chosen)
    places = np.concatenate([places, alone])
    codes = np.concatenate([codes, np.full(len(alone), NONE, dtype=np.int64)])
    found, order, first, last = _runs(codes)
    return ByPlace(Groups(found, names, keys), places[order], first, last)


def by_segment(tally: Tally, segments: Places, codes: Codes) -> BySegment:
    """Group segments by codes; those in which the tally has no item are left out."""
    used = tally.runs[0]
    place_of = np.full(len(tally.cube.starts), -1, dtype=np.int64)
    place_of[used] = np.arange(len(used))
    runs = place_of[segments]
    here = runs >= 0
    found, order, first, last = _runs(codes[here])
    return BySegment(Groups(found, _qids), runs[here][order], first, last)


def _runs(codes: Codes) -> tuple[Codes, Places, Places, Places]:
    """Each code once, in order; the places of codes in that order; where those of each lie."""
    order = np.argsort(codes, kind="stable")
    found = codes[order]
    first = np.flatnonzero(np.append(True, found[1:] != found[:-1])[: len(found)])
    return found[first], order, first, np.append(first, len(found))[1:]


def _sums(values: npt.NDArray[Any], first: Places, last: Places) -> Counts:
    """The sum of each stretch of values."""
    before = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=before[1:])
    return before[last] - before[first]


def _qids(codes: Codes) -> list[str]:
    return [f"Q{code}" for code in codes.tolist()]
