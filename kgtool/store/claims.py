"""Who works on which gaps, so that two people don't do the same."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import delete, insert, select

from kgtool.store import schema
from kgtool.store.database import Database


class Claim(Struct, frozen=True):
    """One item whose gap ``missing`` somebody works on, until it expires."""

    selection: str
    item: str
    missing: str
    by: str
    expires: datetime.datetime


class ClaimStore:
    """Claims of items; one that has expired is as if it were not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self,
        items: Sequence[str],
        *,
        selection: str,
        missing: str,
        by: str,
        now: datetime.datetime,
        expires: datetime.datetime,
    ) -> list[Claim]:
        """Claim those of *items* that nobody else has; returns what *by* now has of them."""
        table = schema.claim
        with self._database.begin() as connection:
            connection.execute(delete(table).where(table.c.expires <= now))
            held = {
                row.item: row.by
                for start in range(0, len(items), 500)
                for row in connection.execute(
                    select(table.c.item, table.c.by).where(
                        table.c.missing == missing, table.c.item.in_(items[start : start + 500])
                    )
                )
            }
            mine = [item for item in dict.fromkeys(items) if held.get(item, by) == by]
            for item in mine:
                if item in held:
                    renew = (table.c.item == item) & (table.c.missing == missing)
                    connection.execute(delete(table).where(renew))
            made = [Claim(selection, item, missing, by, expires) for item in mine]
            if made:
                connection.execute(insert(table), [asdict(one) for one in made])
        return made

    def release(self, by: str, *, items: Sequence[str], missing: str) -> int:
        """Give claimed items back; returns how many."""
        table = schema.claim
        with self._database.begin() as connection:
            return sum(
                connection.execute(
                    delete(table).where(
                        table.c.by == by, table.c.missing == missing, table.c.item == item
                    )
                ).rowcount
                for item in items
            )

    def claims(
        self,
        now: datetime.datetime,
        *,
        by: str | None = None,
        selection: str | None = None,
        missing: str | None = None,
    ) -> list[Claim]:
        """Claims that stand, soonest to expire first."""
        table = schema.claim
        query = select(table).where(table.c.expires > now).order_by(table.c.expires, table.c.id)
        for column, wanted in (("by", by), ("selection", selection), ("missing", missing)):
            if wanted is not None:
                query = query.where(table.c[column] == wanted)
        with self._database.read() as connection:
            return [
                Claim(row.selection, row.item, row.missing, row.by, row.expires)
                for row in connection.execute(query)
            ]
