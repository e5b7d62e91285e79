"""The matrix: how much of each measure each group of a selection has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from kgtool.coverage import cells
from kgtool.coverage.cells import Cell, Counts
from kgtool.coverage.columns import Rank
from kgtool.coverage.groups import GroupKind, Head


class Group(Struct, frozen=True):
    """A group of items: ``kind`` is total, value, none (has no such value) or unknown."""

    kind: GroupKind
    group: str | None
    label: str
    items: int
    measures: dict[str, Cell]


class MatrixAnswer(Struct, frozen=True, omit_defaults=True):
    """A matrix as scripts read it: the JSON of the command line and the API.

    ``warnings`` are there if a measure names what nothing in the workspace has.
    """

    partner: str
    generation: int
    rank: str
    groups: list[Group]
    as_of: str
    warnings: list[str] = []


@dataclass(frozen=True)
class Matrix:
    """Groups × measures; the first group is the total, which is distinct.

    ``counts`` has the shape (groups, measures, 7). ``asked`` says of each measure whether it is
    expected of any of the items. ``by`` is what was grouped by, or empty; ``left_out`` is how many
    groups there are beside these.
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
    left_out: int = 0
    image: str = ""
    warnings: Sequence[str] = ()
    row_of: tuple[Totals, int] | None = None  # the totals of many partners that this is one of

    @cached_property
    def groups(self) -> list[Group]:
        """The same as values, one for each group."""
        if self.row_of:
            totals, row = self.row_of
            return totals.groups[row : row + 1]  # made for all rows at once, which is far quicker
        return _groups(self)

    def answer(self) -> MatrixAnswer:
        """As scripts read it."""
        return MatrixAnswer(
            self.partner,
            self.generation,
            self.rank,
            self.groups,
            self.as_of,
            list(self.warnings),
        )

    def to_json(self) -> bytes:
        """The answer, as JSON."""
        if not cells.ready():
            return msgspec.json.encode(self.answer())
        (before,), after = _around([self.partner], self)
        first, *others = _heads(self)
        between = [before + first, *[b"}," + one for one in others], b"}" + after]
        return _written(self, between)


@dataclass(frozen=True)
class Totals(Sequence[Matrix]):
    """The totals of many partners: a sequence of matrices of one group each.

    ``items`` has one number for each partner, ``counts`` the shape (partners, measures, 7),
    ``asked`` (partners, measures).
    """

    partners: Sequence[str]
    generation: int
    as_of: str
    rank: Rank
    measures: Sequence[str]
    asked: npt.NDArray[np.bool_]
    labels: Sequence[str]
    items: Counts
    counts: Counts
    image: str = ""
    warnings: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.partners)

    @overload
    def __getitem__(self, row: int) -> Matrix: ...
    @overload
    def __getitem__(self, row: slice) -> list[Matrix]: ...
    def __getitem__(self, row: int | slice) -> Matrix | list[Matrix]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        if not 0 <= row < len(self):
            raise IndexError(row)
        return Matrix(
            partner=self.partners[row],
            generation=self.generation,
            as_of=self.as_of,
            rank=self.rank,
            by="",
            measures=self.measures,
            asked=self.asked[row].tolist(),
            heads=[Head("total")],
            labels=self.labels[row : row + 1],
            items=self.items[row : row + 1],
            counts=self.counts[row : row + 1],
            image=self.image,
            warnings=self.warnings,
            row_of=(self, row),
        )

    @property
    def heads(self) -> Sequence[Head]:
        """What each row is: the total of a partner."""
        return [Head("total")] * len(self)

    @cached_property
    def groups(self) -> list[Group]:
        """The same as values, one for each partner."""
        return _groups(self)

    def to_json(self) -> bytes:
        """A list of the answers of all, as JSON."""
        if not cells.ready():
            return msgspec.json.encode([one.answer() for one in self])
        befores, after = _around(self.partners, self)
        heads = zip(befores, _heads(self), strict=True)
        first, *others = [before + head for before, head in heads]
        end = b"}" + after
        return _written(self, [b"[" + first, *[end + b"," + one for one in others], end + b"]"])


def _groups(table: Matrix | Totals) -> list[Group]:
    made = cells.values(table.counts, table.measures, table.image)
    return [
        Group(head.kind, head.group, label, items, measures)
        for head, label, items, measures in zip(
            table.heads, table.labels, table.items.tolist(), made, strict=True
        )
    ]


def _written(table: Matrix | Totals, between: Sequence[bytes]) -> bytes:
    return cells.text(table.counts, table.measures, table.image, between)


def _heads(table: Matrix | Totals) -> list[bytes]:
    """The JSON of each group up to its measures."""
    return [
        msgspec.json.encode(Group(head.kind, head.group, label, items, {})).removesuffix(b"{}}")
        for head, label, items in zip(table.heads, table.labels, table.items.tolist(), strict=True)
    ]


def _around(partners: Sequence[str], table: Matrix | Totals) -> tuple[list[bytes], bytes]:
    """The JSON of each partner's answer before its groups, and that behind them."""
    empty = msgspec.json.encode(
        MatrixAnswer("", table.generation, table.rank, [], table.as_of, list(table.warnings))
    )
    before, of, after = empty.partition(b'"groups":[')
    first, _, second = before.partition(b'""')
    return [first + msgspec.json.encode(one) + second + of for one in partners], after
