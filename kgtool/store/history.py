"""Matrices as they were: how coverage moved."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import zstandard
from msgspec import Struct, json
from sqlalchemy import Row, func, insert, select

from kgtool.store import schema
from kgtool.store.database import Database


class PastTotal(Struct, frozen=True):
    """How many items and gaps a selection had at one time."""

    at: datetime.datetime
    items: int
    gaps: int


class PastMatrix(Struct, frozen=True):
    """One matrix at one time.

    ``matrix`` is measure → what is missing, and the share; ``kept`` is what changed since the one
    before: lists of items, and so larger by far.
    """

    selection: str
    at: datetime.datetime
    reason: str  # daily, before-batch, after-batch, load
    generation: int
    items: int
    matrix: dict[str, tuple[int, float | None]]
    kept: dict[str, Any]


class HistoryStore:
    """Past matrices per selection, packed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, one: PastMatrix) -> bool:
        """Keep a matrix; of daily ones, the first of each day (says whether it was kept)."""
        table = schema.past_matrix
        day = one.at.date()
        with self._database.begin() as connection:
            if one.reason == "daily":
                there = select(table.c.id).where(
                    table.c.selection == one.selection,
                    table.c.day == day,
                    table.c.reason == "daily",
                )
                if connection.execute(there).first() is not None:
                    return False
            connection.execute(
                insert(table).values(
                    selection=one.selection,
                    day=day,
                    reason=one.reason,
                    at=one.at,
                    generation=one.generation,
                    items=one.items,
                    gaps=sum(missing for missing, _ in one.matrix.values()),
                    matrix=zstandard.compress(json.encode(one.matrix)),
                    kept=zstandard.compress(json.encode(one.kept)),
                )
            )
        return True

    def history(
        self, selection: str, *, since: datetime.date | None = None, limit: int = 400
    ) -> list[PastMatrix]:
        """The newest past matrices of a selection, oldest of them first."""
        table = schema.past_matrix
        query = select(table).where(table.c.selection == selection)
        if since is not None:
            query = query.where(table.c.day >= since)
        query = query.order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [_read(row) for row in reversed(rows)]

    def before(self, selection: str, day: datetime.date) -> PastMatrix | None:
        """The newest past matrix of a selection before a day, or none."""
        table = schema.past_matrix
        query = (
            select(table)
            .where(table.c.selection == selection, table.c.day < day)
            .order_by(table.c.at.desc(), table.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _read(row)

    def newest(self) -> int:
        """The number of the newest past matrix; 0 where there is none."""
        with self._database.read() as connection:
            return connection.execute(select(func.max(schema.past_matrix.c.id))).scalar() or 0

    def between(
        self, selections: Sequence[str], begin: datetime.datetime, end: datetime.datetime
    ) -> dict[str, list[PastMatrix]]:
        """Selection → its past matrices in a time, oldest first, after the newest one before it."""
        table = schema.past_matrix
        found: dict[str, list[PastMatrix]] = {}
        with self._database.read() as connection:
            for start in range(0, len(selections), 500):
                some = table.c.selection.in_(selections[start : start + 500])
                newest = (
                    select(func.max(table.c.id))
                    .where(some, table.c.at < begin)
                    .group_by(table.c.selection)
                )
                query = (
                    select(table)
                    .where(
                        some & (table.c.at >= begin) & (table.c.at < end) | table.c.id.in_(newest)
                    )
                    .order_by(table.c.at, table.c.id)
                )
                for row in connection.execute(query):
                    found.setdefault(row.selection, []).append(_read(row))
        return found

    def totals(
        self, selections: Sequence[str], *, since: datetime.date
    ) -> dict[str, list[PastTotal]]:
        """Selection → its totals since a day, oldest first; without those that have none."""
        table = schema.past_matrix
        columns = [table.c[name] for name in ("selection", "at", "items", "gaps")]
        found: dict[str, list[PastTotal]] = {}
        with self._database.read() as connection:
            for start in range(0, len(selections), 500):
                some = selections[start : start + 500]
                query = (
                    select(*columns)
                    .where(table.c.selection.in_(some), table.c.day >= since)
                    .order_by(table.c.at, table.c.id)
                )
                for row in connection.execute(query):
                    found.setdefault(row.selection, []).append(
                        PastTotal(row.at, row.items, row.gaps)
                    )
        return found


def _read(row: Row[Any]) -> PastMatrix:
    return PastMatrix(
        row.selection,
        row.at,
        row.reason,
        row.generation,
        row._mapping["items"],
        json.decode(zstandard.decompress(row.matrix), type=dict[str, tuple[int, float | None]]),
        json.decode(zstandard.decompress(row.kept)),
    )
