"""Who changed what, and when."""

from __future__ import annotations

import datetime
from contextlib import AbstractContextManager
from typing import Any

from msgspec import Struct
from sqlalchemy import insert, select

from kgtool.store import schema
from kgtool.store.database import Database


class Event(Struct, frozen=True):
    """One change: ``object`` names what was changed (``partner Q42``, ``request 7``)."""

    at: datetime.datetime
    by: str
    action: str
    object: str
    detail: dict[str, Any]


class AuditStore:
    """A log that only grows; see :class:`PersonStore` for forgetting who acted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def together(self) -> AbstractContextManager[object]:
        """What is kept within the block is kept with the events noted in it, or neither is."""
        return self._database.begin()

    def note(self, event: Event) -> None:
        """Add one event. ``detail`` names fields and states, never a personal value.

        :raises RuntimeError: it is not noted with its change, within :meth:`together`.
        """
        if not self._database.begun:
            raise RuntimeError(f"The event {event.action} is noted apart from its change.")
        row = {name: getattr(event, name) for name in event.__struct_fields__}
        with self._database.begin() as connection:
            connection.execute(insert(schema.audit).values(row))

    def events(
        self, *, object: str | None = None, by: str | None = None, limit: int = 100
    ) -> list[Event]:
        """Events, newest first."""
        table = schema.audit
        query = select(table).order_by(table.c.id.desc()).limit(limit)
        if object is not None:
            query = query.where(table.c.object == object)
        if by is not None:
            query = query.where(table.c.by == by)
        with self._database.read() as connection:
            return [
                Event(row.at, row.by, row.action, row.object, row.detail)
                for row in connection.execute(query)
            ]
