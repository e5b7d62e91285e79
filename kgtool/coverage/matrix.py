"""The matrix: how much of each measure each group of a selection has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


class MatrixAnswer(Struct, frozen=True):
    """A matrix as scripts read it: the JSON of the command line and the API."""

    partner: str
    generation: int
    rank: str
    groups: list[Group]
    as_of: str


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
        return MatrixAnswer(self.partner, self.generation, self.rank, self.groups, self.as_of)

    def to_json(self) -> bytes:
        """The answer, as JSON, written without making the values."""
        before, after = _around(self.partner, self)
        parts = [part for group in _group_texts(self) for part in (*group, b",")]
        return b"".join([before, *parts[:-1], after])


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
        """A list of the answers of all, as JSON, written without making the values."""
        parts: list[bytes | memoryview] = []
        for partner, group in zip(self.partners, _group_texts(self), strict=True):
            before, after = _around(partner, self)
            parts += [before, *group, after, b","]
        return b"".join([b"[", *parts[:-1], b"]"])


def _groups(table: Matrix | Totals) -> list[Group]:
    made = cells.values(table.counts, table.measures, table.image)
    return [
        Group(head.kind, head.group, label, items, measures)
        for head, label, items, measures in zip(
            table.heads, table.labels, table.items.tolist(), made, strict=True
        )
    ]


def _group_texts(table: Matrix | Totals) -> Iterator[tuple[bytes | memoryview, ...]]:
    """The JSON of each group, in pieces."""
    written = cells.texts(table.counts, table.measures, table.image)
    for head, label, items, measures in zip(
        table.heads, table.labels, table.items.tolist(), written, strict=True
    ):
        group = msgspec.json.encode(Group(head.kind, head.group, label, items, {}))
        yield group.removesuffix(b"{}}"), measures, b"}"


def _around(partner: str, table: Matrix | Totals) -> tuple[bytes, bytes]:
    """The JSON of an answer before and after its groups."""
    empty = MatrixAnswer(partner, table.generation, table.rank, [], table.as_of)
    before, of, after = msgspec.json.encode(empty).partition(b'"groups":[')
    return before + of, after
