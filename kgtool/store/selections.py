"""Selections that somebody saved under a name."""

from __future__ import annotations

import datetime
import re
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, insert, select

from kgtool.errors import NotFound, UsageError
from kgtool.messages.words import Words
from kgtool.store import schema
from kgtool.store.database import Database


class SavedSelection(Struct, frozen=True):
    """A selection under a name; ``definition`` is as the service's selections read it."""

    name: str
    title: str
    definition: dict[str, Any]
    by: str
    made: datetime.datetime


class SelectionStore:
    """Saved selections by name; a name is lower-case letters, digits and hyphens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, one: SavedSelection) -> None:
        """Keep a selection; one of the same name by the same person is replaced.

        :raises UsageError: the name is malformed, or is somebody else's.
        """
        if not re.fullmatch(r"[a-z][a-z0-9-]{1,78}[a-z0-9]", one.name):
            raise UsageError(
                Words("error-selection-name", (one.name[:80],)),
                hint=Words("error-selection-letters"),
            )
        table = schema.selection
        with self._database.begin() as connection:
            owner = connection.execute(
                select(table.c.by).where(table.c.name == one.name)
            ).scalar_one_or_none()
            if owner not in (None, one.by):
                raise UsageError(
                    Words("error-selection-taken", (one.name,)), hint=Words("error-choose-name")
                )
            connection.execute(delete(table).where(table.c.name == one.name))
            row = {name: getattr(one, name) for name in one.__struct_fields__}
            connection.execute(insert(table).values(row))

    def get(self, name: str) -> SavedSelection:
        """The selection of that name.

        :raises NotFound: there is none.
        """
        query = select(schema.selection).where(schema.selection.c.name == name)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(
                Words("error-no-selection", (name,)),
                hint=Words("error-partner-by-qid"),
            )
        return SavedSelection(row.name, row.title, row.definition, row.by, row.made)

    def find(self, *, after: str = "", limit: int = 100) -> list[SavedSelection]:
        """Selections by name, those after *after*."""
        table = schema.selection
        query = select(table).where(table.c.name > after).order_by(table.c.name).limit(limit)
        with self._database.read() as connection:
            return [
                SavedSelection(row.name, row.title, row.definition, row.by, row.made)
                for row in connection.execute(query)
            ]

    def remove(self, name: str, *, by: str | None) -> None:
        """Delete a selection; where *by* is given, only that person's.

        :raises NotFound: there is none.
        """
        table = schema.selection
        query = delete(table).where(table.c.name == name)
        if by is not None:
            query = query.where(table.c.by == by)
        with self._database.begin() as connection:
            if not connection.execute(query).rowcount:
                raise NotFound(Words("error-selection-remove", (name,)))
