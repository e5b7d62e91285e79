"""The database as JSON lines and back: the same on every database, so it also moves between them.

A line is an array: the name of a table, then its row as an object. Times are ISO 8601 in UTC, bytes
are base64 (RFC 4648); what is sealed stays sealed.
"""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Date, Table, delete, func, insert, select, update
from sqlalchemy import types as sql

from kgtool.errors import InputError
from kgtool.store import schema
from kgtool.store.database import Database
from kgtool.store.kinds import Moment

_SLICE = 500


class Copy:
    """Reads everything from a database, or puts everything back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def schema(self) -> str:
        """The revision of the database's schema."""
        return self._database.check()

    def is_empty(self) -> bool:
        """Whether no table has a row."""
        with self._database.read() as connection:
            return not any(_rows(connection, table) for table in _kept())

    def lines(self) -> Iterator[bytes]:
        """Every row as a line, parents before children. Writers wait meanwhile."""
        with self._database.begin() as connection:
            for table in _kept():
                rows = select(table).order_by(*table.primary_key.columns)
                for row in connection.execute(rows).mappings():
                    named = {str(key): value for key, value in row.items()}
                    yield msgspec.json.encode([str(table.name), named]) + b"\n"

    def put_back(self, lines: Iterable[bytes], revision: str) -> dict[str, int]:
        """Replace everything by *lines* of schema *revision*, all or nothing; rows by table.

        Where the revision is older than ours, the schema is brought to the newest afterwards.
        Tokens that were revoked here stay so.

        :raises InputError: a line is not of a backup; says which.
        :raises WorkspaceError: the database cannot be reached.
        """
        current, newest = self._database.revisions()
        revoked = self._revoked() if current else {}
        if revision == newest:
            self._database.upgrade()
        else:
            self._database.downgrade("base")
            self._database.upgrade(revision)
        counts: dict[str, int] = {}
        with self._database.begin() as connection:
            for table in reversed(schema.metadata.sorted_tables):
                connection.execute(delete(table))
            for table, rows in _slices(lines):
                connection.execute(insert(table), rows)
                counts[table.name] = counts.get(table.name, 0) + len(rows)
            for hash, when in revoked.items():
                still = (schema.token.c.hash == hash) & schema.token.c.revoked.is_(None)
                connection.execute(update(schema.token).where(still).values(revoked=when))
            _count_on(connection)
        self._database.upgrade()
        return counts

    def _revoked(self) -> dict[str, datetime.datetime]:
        """When tokens were revoked, by the hash of their secret."""
        table = schema.token
        query = select(table.c.hash, table.c.revoked).where(table.c.revoked.is_not(None))
        with self._database.read() as connection:
            return {row.hash: row.revoked for row in connection.execute(query)}


def _kept() -> list[Table]:
    """All tables but those of what goes on.

    What was asked for then must not be done again, and who had signed out must not be in again.
    """
    passing = (schema.job, schema.worker, schema.session)
    return [table for table in schema.metadata.sorted_tables if table not in passing]


def _slices(lines: Iterable[bytes]) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    waiting: list[dict[str, Any]] = []
    current: Table | None = None
    for number, line in enumerate(lines, start=1):
        table, row = _parse(line, number)
        if waiting and current is not None and (table is not current or len(waiting) == _SLICE):
            yield current, waiting
            waiting = []
        current = table
        waiting.append(row)
    if waiting and current is not None:
        yield current, waiting


def _parse(line: bytes, number: int) -> tuple[Table, dict[str, Any]]:
    try:
        name, given = msgspec.json.decode(line, type=tuple[str, dict[str, Any]])
        table = schema.metadata.tables[name]
        row = {key: _value(table.c[key].type, value) for key, value in given.items()}
    except (msgspec.DecodeError, KeyError, ValueError, TypeError):
        raise InputError(
            f"Line {number} of the database's part is not of a backup.",
            hint="The file is damaged: use another backup.",
        ) from None
    return table, row


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Moment):
        return datetime.datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return datetime.date.fromisoformat(value)
    if isinstance(kind, sql.LargeBinary):
        return base64.b64decode(value, validate=True)
    return value


def _rows(connection: Connection, table: Table) -> int:
    found: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return found


def _count_on(connection: Connection) -> None:
    """Let new rows take numbers after those that were put back; PostgreSQL must be told."""
    if connection.dialect.name != "postgresql":
        return
    for table in schema.metadata.sorted_tables:
        if "id" in table.c and isinstance(table.c.id.type, sql.Integer):
            last = connection.execute(select(func.max(table.c.id))).scalar_one()
            if last is not None:
                sequence = func.pg_get_serial_sequence(f'"{table.name}"', "id")
                connection.execute(select(func.setval(sequence, last)))
