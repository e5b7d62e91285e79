"""Counting: planes of measures → how many items of each group are in which state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgtool.coverage.cells import (
    BARRED,
    HAVE,
    NO_VALUE,
    NOT_EXPECTED,
    UNKNOWN_VALUE,
    UPLOADABLE,
    Counts,
    settle,
)
from kgtool.coverage.columns import Rank
from kgtool.coverage.groups import Grouping, Tally, total
from kgtool.coverage.measures import Measure, names_partner
from kgtool.coverage.planes import Partners, Planes, States, union
from kgtool.views.cube import Bits


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure with the planes of its states, as one answer needs them."""

    name: str
    states: States
    expected: Bits | None  # none: of every item
    not_expected: Bits | None

    @property
    def columns(self) -> list[tuple[int, Bits]]:
        """The planes by their column in a counts array; those that are empty are left out."""
        states = self.states
        planes = [
            (HAVE, states.have),
            (NO_VALUE, states.no_value),
            (UNKNOWN_VALUE, states.unknown_value),
            (BARRED, _within(states.barred, self.expected)),
            (NOT_EXPECTED, self.not_expected),
            (UPLOADABLE, _within(states.uploadable, self.expected)),
        ]
        return [(column, plane) for column, plane in planes if plane is not None]


def measured(
    planes: Planes,
    measure: Measure,
    rank: Rank,
    partners: Partners,
    condition: Measure | None,
) -> Measured:
    """The planes of a measure that is expected where ``condition`` holds; none: everywhere."""
    if names_partner(measure):
        return _measured(planes, measure, rank, partners, condition)
    return planes.remembered(
        ("measured", measure, rank, condition),
        lambda: _measured(planes, measure, rank, partners, condition),
    )


def _measured(
    planes: Planes, measure: Measure, rank: Rank, partners: Partners, condition: Measure | None
) -> Measured:
    states = planes.states(measure, rank, partners)
    if condition is None:
        return Measured(str(measure), states, None, None)
    # What an item is, and so what is expected of it, its best statements say, whatever the rank.
    expected = planes.remembered(("expected", condition), lambda: planes.holds(condition, "truthy"))
    there = union(planes.cube, [states.have, states.unknown_value, states.no_value])
    return Measured(str(measure), states, expected, planes.cube.present & ~there & ~expected)


def tabulate(
    tally: Tally, grouping: Grouping | None, measures: Sequence[Measured]
) -> tuple[Counts, Counts]:
    """Count all items and those of each group: their numbers, and the counts array."""

    def count(plane: Bits | None) -> Counts:
        groups = grouping.count(tally, plane) if grouping else ()
        return np.append(total(tally, plane), groups).astype(np.int64)

    items = count(None)
    # What is counted at a time lies side by side, and what nothing is counted of is not touched.
    counts = np.zeros((7, len(measures), len(items)), dtype=np.int64).transpose(2, 1, 0)
    for number, measure in enumerate(measures):
        for column, plane in measure.columns:
            counts[:, number, column] = count(plane)
    settle(items, counts)
    return items, counts


def _within(plane: Bits | None, expected: Bits | None) -> Bits | None:
    return plane if plane is None or expected is None else plane & expected
