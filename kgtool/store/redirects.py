"""Ids that lead to another since their items were merged on the wiki."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy import delete, insert, select, update

from kgtool.store import schema
from kgtool.store.database import Database
from kgtool.store.moving import move_mentions, rename_partner


class Moved(Struct, frozen=True):
    """What became of partners: ``renamed`` go on under their new id; ``open`` are pairs of which
    both are registered, so that a person decides. Old id → new."""

    renamed: dict[str, str]
    open: dict[str, str]


class RedirectStore:
    """Remembers where old ids lead, and lets what is kept under them go on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def follow(self, redirects: Mapping[str, str], now: datetime.datetime) -> Moved:
        """Remember redirects and follow them everywhere in the database, all or nothing.

        May be told the same again. What names a partner that awaits a decision stays as it is.
        """
        table, partner = schema.redirect, schema.partner
        renamed: dict[str, str] = {}
        open_ones: dict[str, str] = {}
        with self._database.begin() as connection:
            for source, target in redirects.items():
                if source == target:
                    continue
                # An item that was brought back leads nowhere any more.
                connection.execute(delete(table).where(table.c.source.in_([source, target])))
                connection.execute(insert(table).values(source=source, target=target, seen=now))
                connection.execute(
                    update(table).where(table.c.target == source).values(target=target)
                )
                both = select(partner.c.qid).where(partner.c.qid.in_([source, target]))
                registered = set(connection.execute(both).scalars())
                if {source, target} <= registered:
                    open_ones[source] = target
                    continue
                if source in registered:
                    rename_partner(connection, source, target)
                    renamed[source] = target
                move_mentions(connection, source, target)
        return Moved(renamed, open_ones)

    def returned(self, ids: set[str]) -> None:
        """Forget redirects of ids that are items of their own (again)."""
        table = schema.redirect
        if back := self.all().keys() & ids:
            with self._database.begin() as connection:
                connection.execute(delete(table).where(table.c.source.in_(back)))

    def all(self) -> dict[str, str]:
        """Old id → where it leads in the end. None where there is no database yet."""
        if not self._database.exists():
            return {}
        query = select(schema.redirect.c.source, schema.redirect.c.target)
        with self._database.read() as connection:
            return {row.source: row.target for row in connection.execute(query)}

    def open(self) -> dict[str, str]:
        """Old id → new of partners that await a decision: both are registered."""
        table, partner = schema.redirect, schema.partner
        registered = select(partner.c.qid)
        query = select(table.c.source, table.c.target).where(
            table.c.source.in_(registered), table.c.target.in_(registered)
        )
        with self._database.read() as connection:
            return {row.source: row.target for row in connection.execute(query)}
