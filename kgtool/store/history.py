"""Matrices as they were: how coverage moved."""

from __future__ import annotations

import datetime
from typing import Any

import zstandard
from msgspec import Struct, json
from sqlalchemy import insert, select

from kgtool.store import schema
from kgtool.store.database import Database


class PastMatrix(Struct, frozen=True):
    """One matrix at one time; ``matrix`` is as the API answers it."""

    selection: str
    at: datetime.datetime
    reason: str  # daily, before-batch, after-batch, load
    generation: int
    matrix: dict[str, Any]


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
                    matrix=zstandard.compress(json.encode(one.matrix)),
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
        return [
            PastMatrix(
                row.selection,
                row.at,
                row.reason,
                row.generation,
                json.decode(zstandard.decompress(row.matrix)),
            )
            for row in reversed(rows)
        ]
