"""The history of items: their revisions, kept in a file.

A revision never changes, so it is kept for good in ``<home>/revisions.sqlite``; the file can be
deleted at any time and is then read anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from kgtool.disk import is_shared
from kgtool.sources.revision import Page, Revision

_SCHEMA = """
CREATE TABLE IF NOT EXISTS revision (
    id INTEGER PRIMARY KEY, item TEXT NOT NULL, parent INTEGER NOT NULL, at TEXT NOT NULL,
    user TEXT NOT NULL, comment TEXT NOT NULL, content BLOB
);
CREATE INDEX IF NOT EXISTS revision_item ON revision (item, id);
CREATE TABLE IF NOT EXISTS page (
    item TEXT PRIMARY KEY, latest INTEGER NOT NULL, changed TEXT NOT NULL,
    back_to TEXT NOT NULL, read_to INTEGER NOT NULL, seen TEXT NOT NULL,
    gone_by TEXT NOT NULL, gone_at TEXT NOT NULL
) WITHOUT ROWID;
"""
_RENAMING = (
    "UPDATE revision SET user = account(user) WHERE user <> account(user)",
    "UPDATE revision SET comment = text(comment) WHERE comment <> text(comment)",
    "UPDATE page SET gone_by = account(gone_by) WHERE gone_by <> account(gone_by)",
)
_MANY = 500


class History:
    """Revisions kept in a file. Every write is a transaction: a kill loses at most one request."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pages(self, ids: Iterable[str]) -> dict[str, Page]:
        """What is known of these items' pages."""
        rows = self._many("SELECT * FROM page WHERE item IN ({})", list(ids))
        return {row[0]: Page(*row) for row in rows}

    def since(self, ids: Iterable[str], day: str) -> dict[str, list[Revision]]:
        """The kept revisions of items that were made on or after a day, oldest first."""
        found: dict[str, list[Revision]] = {}
        sql = "SELECT * FROM revision WHERE item IN ({}) AND at >= ? ORDER BY id"
        for row in self._many(sql, list(ids), day):
            found.setdefault(row[1], []).append(_revision(row))
        return found

    def revisions(self, ids: Iterable[int]) -> dict[int, Revision]:
        """Kept revisions by their numbers."""
        rows = self._many("SELECT * FROM revision WHERE id IN ({})", list(ids))
        return {row[0]: _revision(row) for row in rows}

    def known(self, ids: Iterable[int]) -> set[int]:
        """Those of the numbers whose revisions are kept."""
        return {row[0] for row in self._many("SELECT id FROM revision WHERE id IN ({})", list(ids))}

    def add(self, revisions: Iterable[Revision] = (), pages: Iterable[Page] = ()) -> None:
        """Keep what one request brought."""
        packed = zstandard.ZstdCompressor()
        with self._open() as db, db:
            db.executemany(
                "INSERT OR REPLACE INTO revision VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(one.id, one.item, one.parent, one.at, one.user, one.comment),
                        None if one.content is None else packed.compress(one.content),
                    )
                    for one in revisions
                ],
            )
            db.executemany(
                "INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [msgspec.structs.astuple(page) for page in pages],
            )

    def users(self) -> set[str]:
        """The accounts that kept revisions and deletions name."""
        sql = "SELECT user FROM revision UNION SELECT gone_by FROM page"
        return {row[0] for row in self._all(sql)} - {""}

    def comments(self) -> Iterator[str]:
        """The edit summaries of kept revisions."""
        return (row[0] for row in self._all("SELECT comment FROM revision WHERE comment <> ''"))

    def renamed(self, account: Callable[[str], str], text: Callable[[str], str]) -> bool:
        """Put accounts and edit summaries through functions; says whether any changed.

        What stood there before is not left in the file's free pages either.
        """
        if not self._path.exists():
            return False
        with self._open() as db:
            db.create_function("account", 1, account, deterministic=True)
            db.create_function("text", 1, text, deterministic=True)
            with db:
                changed = sum(db.execute(sql).rowcount for sql in _RENAMING)
            if changed:
                db.execute("VACUUM")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return changed > 0

    def stamp(self) -> tuple[float, ...]:
        """Changes with anything that is kept."""
        beside = (self._path, self._path.with_name(f"{self._path.name}-wal"))
        return tuple(path.stat().st_mtime for path in beside if path.exists())

    def _all(self, sql: str) -> Iterator[Any]:
        if self._path.exists():
            with self._open() as db:
                yield from db.execute(sql)

    def _many(self, sql: str, values: Sequence[str | int], *more: str) -> Iterator[Any]:
        if not self._path.exists():
            return
        with self._open() as db:
            for start in range(0, len(values), _MANY):
                part = values[start : start + _MANY]
                yield from db.execute(sql.format(",".join("?" * len(part))), (*part, *more))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = not self._path.exists()
        with closing(sqlite3.connect(self._path, timeout=60)) as db:
            if new and not is_shared(self._path.parent):  # where WAL would lose data
                db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)
            yield db


def _revision(row: Any) -> Revision:
    id, item, parent, at, user, comment, packed = row
    content = None if packed is None else zstandard.decompress(packed)
    return Revision(id, item, parent, at, user, comment, content)
