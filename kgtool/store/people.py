"""One person in the whole database: where they stand, and how they are taken out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, select, update

from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.store import schema
from kgtool.store.database import Database
from kgtool.store.personal import PERSONAL, Personal
from kgtool.store.seal import Seal


class PersonStore:
    """Finds a person by the name of an account, or by a contact's name or address."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    def check(self) -> None:
        """Go on only where everything that is kept of people can be read.

        :raises UsageError: something is encrypted, and there is no key.
        """
        if self._seal.available:
            return
        with self._database.read() as connection:
            for field in PERSONAL:
                if field.kind != "sealed":
                    continue
                some = select(field.at).where(field.at.is_not(None)).limit(1)
                if connection.execute(some).first() is not None:
                    raise UsageError(
                        Words("error-kept-encrypted"),
                        operator=Words("operator-data-key", ("KGTOOL_DATA_KEY",)),
                    )

    def find(self, name: str) -> dict[str, list[dict[str, Any]]]:
        """Everything kept about *name*: rows by table, with personal fields readable."""
        found: dict[str, list[dict[str, Any]]] = {}
        with self._database.read() as connection:
            for table, row, _ in self._rows_about(connection, name):
                for field in PERSONAL:
                    value = row[field.column] if field.of is table else None
                    if field.kind == "secret":
                        row[field.column] = value and "kept, and not shown"
                    elif isinstance(value, bytes):
                        row[field.column] = self._seal.open(value)
                found.setdefault(table.name, []).append(msgspec.to_builtins(row))
        return found

    def names(self) -> set[str]:
        """The names and addresses of everybody who stands in a field of their own."""
        found: set[str] = set()
        with self._database.read() as connection:
            for field in PERSONAL:
                if field.kind in ("prose", "owned", "secret", "of") or (
                    field.kind == "sealed" and not self._seal.available
                ):
                    continue
                for value in connection.execute(select(field.at).distinct()).scalars():
                    if isinstance(value, bytes):
                        found.add(self._seal.open(value))
                    elif value:
                        found.add(str(value))
        return found - {""}

    def texts(self) -> Iterator[str]:
        """Everything that people wrote and in which anybody may be mentioned."""
        with self._database.read() as connection:
            for field in PERSONAL:
                if field.kind in ("prose", "owned") or (
                    field.kind == "sealed" and self._seal.available
                ):
                    for value in connection.execute(select(field.at)).scalars():
                        opened = self._seal.open(value) if isinstance(value, bytes) else value
                        yield from _texts(opened)

    def forget(self, name: str, instead: str) -> dict[str, int]:
        """Take *name* out; returns how many rows changed, by table.

        Their account, contacts and claims go. Where they acted, and where prose mentions them as
        whole words, *instead* stands.
        """
        changed: dict[str, int] = {}
        with self._database.begin() as connection:
            for table, row, fields in list(self._rows_about(connection, name)):
                here = [key == row[key.name] for key in table.primary_key.columns]
                kinds = {field.kind for field in fields}
                claimed = table is schema.claim
                if (
                    claimed
                    or kinds & {"account", "of", "owned"}
                    or (table is schema.contact and "sealed" in kinds)
                ):
                    connection.execute(delete(table).where(*here))
                else:
                    values = dict(_without(row, fields, name, instead))
                    connection.execute(update(table).where(*here).values(values))
                changed[table.name] = changed.get(table.name, 0) + 1
        return changed

    def compact(self) -> None:
        """Leave nothing of what was taken out in the database's file either."""
        self._database.compact()

    def _rows_about(
        self, connection: Connection, name: str
    ) -> Iterator[tuple[Table, dict[str, Any], list[Personal]]]:
        """Rows in which *name* stands, each with the fields where it does."""
        account = schema.account
        own = connection.execute(select(account.c.id).where(account.c.name == name)).scalar()
        for table in schema.metadata.sorted_tables:
            fields = [field for field in PERSONAL if field.of is table]
            if not fields:
                continue
            for row in connection.execute(select(table)).mappings().all():
                about = [
                    field for field in fields if self._stands(name, own, field, row[field.column])
                ]
                if about:
                    yield table, {str(key): value for key, value in row.items()}, about

    def _stands(self, name: str, own: int | None, field: Personal, value: Any) -> bool:
        match field.kind:
            case _ if not value or field.kind == "secret":
                return False
            case "account":
                return bool(value == name)
            case "of":
                return bool(value == own)
            case "name":  # a token acts under its own name, which may be a person's
                token = str(value).startswith("token ") and pattern(name).search(value)
                return bool(value == name or token)
            case "sealed":
                return self._seal.available and bool(pattern(name).search(self._seal.open(value)))
            case "prose" | "owned":
                return any(pattern(name).search(text) for text in _texts(value))


def pattern(name: str) -> re.Pattern[str]:
    """Finds *name* as whole words; an address however it is written."""
    flags = re.IGNORECASE if "@" in name else 0
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", flags)


def _without(
    row: dict[str, Any], fields: list[Personal], name: str, instead: str
) -> Iterator[tuple[str, Any]]:
    for field in fields:
        if field.kind == "name":
            yield field.column, instead
        elif field.kind == "prose":
            yield field.column, _replaced(row[field.column], name, instead)
        elif field.kind == "sealed":
            yield field.column, None
            yield f"{field.column}_delete_after", None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _replaced(value: Any, name: str, instead: str) -> Any:
    if isinstance(value, str):
        return pattern(name).sub(lambda _: instead, value)
    if isinstance(value, dict):
        return {
            _replaced(key, name, instead): _replaced(one, name, instead)
            for key, one in value.items()
        }
    return [_replaced(one, name, instead) for one in value] if isinstance(value, list) else value
