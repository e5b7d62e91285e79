"""Measures as bit planes over the items of a cube: kept ready there, or answered from columns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import numpy as np

from kgtool.coverage.columns import Barred, Columns, Question, Rank
from kgtool.coverage.measures import (
    PARTNER,
    And,
    Conforms,
    HasProperty,
    HasQualifier,
    Measure,
    Not,
    Or,
    atoms,
    names_partner,
)
from kgtool.coverage.memory import Memory
from kgtool.entities.profile import Profile
from kgtool.views.classes import Numbers, ranges
from kgtool.views.cube import Answer, Bits, Cube, Places

T = TypeVar("T")

_REMEMBERED = 512 * 2**20  # bytes of planes, values and counts that were asked for

Partners = frozenset[int]  # the numbers that @partner stands for: a partner and what is below it


@dataclass(frozen=True, slots=True)
class States:
    """Where a measure has which state; where none of them, it is absent. None: nowhere."""

    have: Bits | None = None
    unknown_value: Bits | None = None
    no_value: Bits | None = None
    barred: Bits | None = None
    uploadable: Bits | None = None  # it is absent, and what would fill it is at hand


class Planes:
    """The planes of one generation; safe to share between threads."""

    def __init__(self, cube: Cube, columns: Columns, profile: Profile) -> None:
        self.cube = cube
        self.columns = columns
        self.profile = profile
        self._memory = Memory(_REMEMBERED)

    def states(self, measure: Measure, rank: Rank, partners: Partners = frozenset()) -> States:
        """Where the measure has which state. A combination is there or absent, nothing between."""
        if isinstance(measure, Not | And | Or):
            return States(have=self.holds(measure, rank, partners))
        have, unknown, none = self._atom(measure, rank, partners)
        if str(measure) != self.profile.properties.image:
            return States(have, unknown, none)
        absent = self.cube.present & ~union(self.cube, [have, unknown, none])
        barred = self._atom(Barred(str(measure)), rank, partners)[0]
        upload = self._has(self.profile.properties.uploadable_image, rank)
        free = absent if barred is None else absent & ~barred
        return States(
            have,
            unknown,
            none,
            None if barred is None else absent & barred,
            None if upload is None else free & upload,
        )

    def holds(self, measure: Measure, rank: Rank, partners: Partners = frozenset()) -> Bits:
        """Where the measure holds: for an atom, where its state is *have*."""
        match measure:
            case Not(of=inner):
                return self.cube.present & ~self.holds(inner, rank, partners)
            case And(of=parts):
                return reduce(np.bitwise_and, (self.holds(part, rank, partners) for part in parts))
            case Or(of=parts):
                return reduce(np.bitwise_or, (self.holds(part, rank, partners) for part in parts))
            case _:
                have = self._atom(measure, rank, partners)[0]
                return np.zeros(self.cube.width, np.uint8) if have is None else have

    def missing(
        self,
        measure: Measure,
        rank: Rank,
        partners: Partners = frozenset(),
        expected: Bits | None = None,
    ) -> Bits:
        """Where the measure is absent, expected (where ``expected`` says so) and not barred."""
        found = self.states(measure, rank, partners)
        there = [found.have, found.unknown_value, found.no_value, found.barred]
        absent = self.cube.present & ~union(self.cube, there)
        return absent if expected is None else absent & expected

    def named_in(self, atom: HasQualifier, rank: Rank) -> tuple[Places, Numbers]:
        """Where a qualifier names which items, sorted by the item that it names."""

        def read() -> tuple[Places, Numbers]:
            items, values = self.columns.qualifier_values(atom, rank)
            order = np.argsort(values, kind="stable")
            return self.cube.places(items)[order], values[order]

        return self.remembered(("named", atom.property, atom.qualifier, rank), read)

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, asked once as long as it is among the last that were used."""
        return self._memory.get(key, make)

    def _has(self, property: str, rank: Rank) -> Bits | None:
        return self._atom(HasProperty(property), rank, frozenset())[0] if property else None

    def _atom(self, atom: Question, rank: Rank, partners: Partners) -> list[Bits | None]:
        kept = self.cube.planes(f"{atom} {rank}")
        if kept is not None:
            return kept
        if isinstance(atom, HasQualifier) and atom.item == PARTNER:
            return [self._names_partner(atom, rank, partners), None, None]
        return self.remembered(atom, lambda: self.cube.states(self.columns.answer(atom)))[rank]

    def _names_partner(self, atom: HasQualifier, rank: Rank, partners: Partners) -> Bits:
        places, values = self.named_in(atom, rank)
        wanted = np.fromiter(sorted(partners), np.uint32, len(partners))
        first = np.searchsorted(values, wanted, side="left")
        last = np.searchsorted(values, wanted, side="right")
        bits = np.zeros(len(self.cube.items), dtype=np.bool_)
        bits[places[ranges(first, last)]] = True
        return np.packbits(bits, bitorder="little")


def union(cube: Cube, planes: Iterable[Bits | None]) -> Bits:
    """Where any of the planes has a bit."""
    there = [plane for plane in planes if plane is not None]
    return reduce(np.bitwise_or, there) if there else np.zeros(cube.width, np.uint8)


def to_keep(measures: Iterable[Measure], profile: Profile) -> list[Question]:
    """The atoms whose planes make these measures quick: each once, without those of shapes."""
    found: dict[Question, None] = {}
    for measure in measures:
        for atom in atoms(measure):
            if names_partner(atom) or isinstance(atom, Conforms):
                continue
            found[atom] = None
            if str(atom) == profile.properties.image:
                found[Barred(str(atom))] = None
                found[HasProperty(profile.properties.uploadable_image)] = None
    return list(found)


def answers(columns: Columns, kept: Iterable[Question]) -> Iterator[tuple[str, Answer]]:
    """What the cube keeps of these atoms: their answers, by name."""
    for atom, answer in columns.answers(kept):
        yield str(atom), answer
