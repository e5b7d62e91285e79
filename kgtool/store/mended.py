"""Rows of worklists that were found mended on the wiki, until the workspace has them anew."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select

from kgtool.store import schema
from kgtool.store.database import Database

# What no sync has brought by then, will not be remembered.
_KEPT = datetime.timedelta(days=30)


class MendedStore:
    """By condition of a worklist: items, and the revision in which each met it no more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, condition: str, found: Mapping[str, int], now: datetime.datetime) -> None:
        """Remember items (id → revision) that do not stand on a worklist any more."""
        table, key = schema.mended, _key(condition)
        with self._database.begin() as connection:
            connection.execute(delete(table).where(table.c.at < now - _KEPT))
            for item, revision in found.items():
                same = (table.c.item == item) & (table.c.condition == key)
                connection.execute(delete(table).where(same))
                connection.execute(
                    insert(table).values(item=item, condition=key, revision=revision, at=now)
                )

    def drop(self, condition: str, items: Sequence[str]) -> None:
        """Forget items: they are back on the list, or the workspace knows better."""
        table = schema.mended
        with self._database.begin() as connection:
            for start in range(0, len(items), 500):
                some = table.c.item.in_(items[start : start + 500])
                connection.execute(delete(table).where(table.c.condition == _key(condition), some))

    def of(self, condition: str) -> dict[str, int]:
        """The items that are remembered for a worklist, with their revisions."""
        if not self._database.exists():
            return {}
        table = schema.mended
        wanted = select(table.c.item, table.c.revision).where(table.c.condition == _key(condition))
        with self._database.read() as connection:
            return {row.item: row.revision for row in connection.execute(wanted)}


def _key(condition: str) -> str:
    return hashlib.sha256(condition.encode()).hexdigest()
