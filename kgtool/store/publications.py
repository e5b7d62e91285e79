"""What was published on wiki pages: which section holds what we wrote last."""

from __future__ import annotations

import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, delete, insert, select

from kgtool.store import schema
from kgtool.store.database import Database


class Publication(Struct, frozen=True):
    """A section of a page.

    ``digest`` is the SHA-256 of what we wrote last, in ``revision``; ``pending`` of what is about
    to be written, noted before it is sent. ``asked`` is what is published there.
    """

    wiki: str
    page: str
    name: str
    digest: str
    pending: str
    revision: int
    asked: dict[str, Any]
    at: datetime.datetime
    by: str


class PublicationStore:
    """The sections, one row each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, wiki: str, page: str, name: str) -> Publication | None:
        """What is known of a section."""
        table = schema.publication
        wanted = (table.c.wiki == wiki) & (table.c.page == page) & (table.c.name == name)
        with self._database.read() as connection:
            row = connection.execute(select(table).where(wanted)).one_or_none()
        return None if row is None else _publication(row)

    def keep(self, one: Publication) -> None:
        """Keep how a section stands; what was known of it goes."""
        table = schema.publication
        same = (table.c.wiki == one.wiki) & (table.c.page == one.page) & (table.c.name == one.name)
        with self._database.begin() as connection:
            connection.execute(delete(table).where(same))
            connection.execute(
                insert(table).values(
                    wiki=one.wiki,
                    page=one.page,
                    name=one.name,
                    digest=one.digest,
                    pending=one.pending,
                    revision=one.revision,
                    asked=one.asked,
                    at=one.at,
                    by=one.by,
                )
            )

    def find(self, wiki: str) -> list[Publication]:
        """All sections on a wiki, by page."""
        table = schema.publication
        query = select(table).where(table.c.wiki == wiki).order_by(table.c.page, table.c.name)
        with self._database.read() as connection:
            return [_publication(row) for row in connection.execute(query)]


def _publication(row: Row[Any]) -> Publication:
    return Publication(
        row.wiki,
        row.page,
        row.name,
        row.digest,
        row.pending,
        row.revision,
        row.asked,
        row.at,
        row.by,
    )
