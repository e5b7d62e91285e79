"""The matrix: how much of each measure each group of a selection has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from msgspec import Struct

from kgtool.coverage.columns import Rank
from kgtool.coverage.groups import Counts, Grouping, GroupKind, Head, Tally
from kgtool.coverage.measures import Measure
from kgtool.coverage.planes import Partners, Planes, States, union
from kgtool.views.cube import Bits

# Columns of a counts array; `missing` is what the others leave of the items.
HAVE, NO_VALUE, UNKNOWN_VALUE, BARRED, MISSING, NOT_EXPECTED, UPLOADABLE = range(7)


class Cell(Struct, frozen=True, omit_defaults=True):
    """One measure in one group: how many items are in which state.

    ``items = have + no_value + unknown_value + barred + missing + not_expected``; ``share`` is
    ``(have + no_value + unknown_value) / (have + no_value + unknown_value + missing)``, none where
    that is 0/0. Of those missing, ``ready_to_upload`` could be filled now (images only).
    """

    have: int
    no_value: int
    unknown_value: int
    barred: int
    missing: int
    not_expected: int
    share: float | None
    ready_to_upload: int | None = None


class Group(Struct, frozen=True):
    """A group of items: ``kind`` is total, value, none (has no such value) or unknown."""

    kind: GroupKind
    group: str | None
    label: str
    items: int
    measures: dict[str, Cell]


@dataclass(frozen=True)
class Matrix:
    """Groups × measures; the first group is the total, which is distinct.

    ``counts`` has the shape (groups, measures, 7). ``asked`` says of each measure whether it is
    expected of any of the items. ``by`` is what was grouped by, or empty.
    """

    partner: str
    generation: int
    as_of: str
    rank: Rank
    by: str
    measures: Sequence[str]
    asked: Sequence[bool]
    heads: Sequence[Head]
    labels: Sequence[str]
    items: Counts
    counts: Counts
    image: str = ""
    row_of: tuple[Matrix, int] | None = None  # the table of many partners that this is one row of

    @cached_property
    def groups(self) -> list[Group]:
        """The same as values, one for each group."""
        if self.row_of:
            table, row = self.row_of
            return table.groups[row : row + 1]  # made for all rows at once, which is far quicker
        answered = self.counts[:, :, :BARRED].sum(axis=2)
        wanted = answered + self.counts[:, :, MISSING]
        with np.errstate(invalid="ignore"):
            shares = (answered / wanted).ravel().tolist()
        states = [self.counts[:, :, state].ravel().tolist() for state in range(UPLOADABLE)]
        made = list(map(Cell, *states, (None if share != share else share for share in shares)))
        if self.image in self.measures:
            image, width = self.measures.index(self.image), len(self.measures)
            for group, ready in enumerate(self.counts[:, image, UPLOADABLE].tolist()):
                at = group * width + image
                made[at] = msgspec.structs.replace(made[at], ready_to_upload=ready)
        cells = iter(made)
        return [
            Group(
                head.kind, head.group, label, items, dict(zip(self.measures, cells, strict=False))
            )
            for head, label, items in zip(self.heads, self.labels, self.items.tolist(), strict=True)
        ]

    def answer(self) -> MatrixAnswer:
        """As scripts read it: the JSON of the command line and the API."""
        return MatrixAnswer(self.partner, self.generation, self.rank, self.groups, self.as_of)

    def to_json(self) -> bytes:
        """The answer, as JSON."""
        return msgspec.json.encode(self.answer())


class MatrixAnswer(Struct, frozen=True):
    """A matrix as JSON."""

    partner: str
    generation: int
    rank: str
    groups: list[Group]
    as_of: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure with the planes of its states, as one answer needs them."""

    name: str
    states: States
    expected: Bits | None  # none: of every item
    not_expected: Bits | None

    @property
    def columns(self) -> list[tuple[int, Bits | None]]:
        """The planes by their column in a counts array."""
        states = self.states
        return [
            (HAVE, states.have),
            (NO_VALUE, states.no_value),
            (UNKNOWN_VALUE, states.unknown_value),
            (BARRED, _within(states.barred, self.expected)),
            (NOT_EXPECTED, self.not_expected),
            (UPLOADABLE, _within(states.uploadable, self.expected)),
        ]


def measured(
    planes: Planes,
    measure: Measure,
    rank: Rank,
    partners: Partners,
    condition: Measure | None,
) -> Measured:
    """The planes of a measure that is expected where ``condition`` holds; none: everywhere."""
    states = planes.states(measure, rank, partners)
    if condition is None:
        return Measured(str(measure), states, None, None)
    # What an item is, and so what is expected of it, its best statements say, whatever the rank.
    expected = planes.remembered(("expected", condition), lambda: planes.holds(condition, "truthy"))
    there = union(planes.cube, [states.have, states.unknown_value, states.no_value])
    return Measured(str(measure), states, expected, planes.cube.present & ~there & ~expected)


def tabulate(
    tally: Tally, grouping: Grouping, measures: Sequence[Measured]
) -> tuple[Counts, Counts]:
    """Count: the items of each group, and the counts array."""
    items = grouping.count(tally, None)
    counts = np.zeros((len(grouping.heads), len(measures), 7), dtype=np.int64)
    for number, one in enumerate(measures):
        for column, plane in one.columns:
            if plane is not None:
                counts[:, number, column] = grouping.count(tally, plane)
    settle(items, counts)
    return items, counts


def settle(items: Counts, counts: Counts) -> None:
    """Fill in what is missing: the items that are in no other state."""
    counts[:, :, MISSING] = items[:, None] - counts[:, :, :UPLOADABLE].sum(axis=2)


def _within(plane: Bits | None, expected: Bits | None) -> Bits | None:
    return plane if plane is None or expected is None else plane & expected
