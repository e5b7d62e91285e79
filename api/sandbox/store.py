"""Pages and their revisions in SQLite (WAL): any number of readers, one writer at a time."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from .records import Author, Page, Raw, Revision, terms_of

NAMESPACE = {"item": 0, "property": 120}
_SCHEMA = Path(__file__).with_name("schema.sql")
_BATCH = 500


class Store:
    """The wiki's content in ``folder/wiki.sqlite``.

    ``clock`` gives seconds since 1970; tests pass their own. A process that is killed at any
    instant leaves every edit that was answered.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "wiki.sqlite"
        self.clock = clock
        self._lock = threading.RLock()
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._writing = False
        self._writer = self._open()
        self._writer.executescript(_SCHEMA.read_text(encoding="utf-8"))
        self.datatypes: dict[str, str] = {
            row[0]: msgspec.json.decode(row[1])["datatype"]
            for row in self._writer.execute(
                "SELECT p.entity, r.content FROM page p JOIN revision r ON r.id = p.latest "
                "WHERE p.ns = 120 AND NOT p.deleted"
            )
        }

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, timeout=60, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -8192")  # KB; a connection a thread
        self._opened.append(connection)
        return connection

    def close(self) -> None:
        """Close every connection. Nothing may be running."""
        for connection in self._opened:
            connection.close()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction of the one writer; nested ones join the outermost."""
        with self._lock:
            if self._writing:
                yield self._writer
                return
            self._writer.execute("BEGIN IMMEDIATE")
            self._writing = True
            try:
                yield self._writer
            except BaseException:  # also where a thread is told to end: nothing half stays
                self._writer.execute("ROLLBACK")
                raise
            else:
                self._writer.execute("COMMIT")
            finally:
                self._writing = False

    def ask(self, sql: str, *values: Any) -> list[Any]:
        """The rows of a query, inside the running transaction if this thread holds it."""
        if self._writing and self._lock.acquire(blocking=False):
            try:
                if self._writing:
                    return self._writer.execute(sql, values).fetchall()
            finally:
                self._lock.release()
        reader: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = self._open()
        return reader.execute(sql, values).fetchall()

    # Reading

    def page(self, entity: str) -> Page | None:
        """The page of an entity, also if deleted or a redirect; None if there never was one."""
        found = self.pages([entity])
        return found.get(entity)

    def pages(self, entities: Iterable[str]) -> dict[str, Page]:
        """The pages of those entities that have one."""
        wanted = list(dict.fromkeys(entities))
        found: dict[str, Page] = {}
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            marks = ",".join("?" * len(part))
            for row in self.ask(f"SELECT * FROM page WHERE entity IN ({marks})", *part):  # noqa: S608 (only marks)
                found[row[1]] = Page(*row)
        return found

    def page_by_id(self, id: int) -> Page | None:
        """The page with that number."""
        rows = self.ask("SELECT entity FROM page WHERE id = ?", id)
        return self.page(rows[0][0]) if rows else None

    def revision(self, id: int) -> Revision | None:
        """One revision."""
        rows = self.ask("SELECT * FROM revision WHERE id = ?", id)
        return Revision(*rows[0]) if rows else None

    def revisions(self, ids: Iterable[int]) -> dict[int, Revision]:
        """Several revisions."""
        wanted = list(ids)
        found: dict[int, Revision] = {}
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            marks = ",".join("?" * len(part))
            for row in self.ask(f"SELECT * FROM revision WHERE id IN ({marks})", *part):  # noqa: S608 (only marks)
                found[row[0]] = Revision(*row)
        return found

    def latest(self, page: Page) -> Revision:
        """The revision that stands."""
        found = self.revision(page.latest)
        assert found
        return found

    def entities(self, after: int = 0) -> Iterator[tuple[Page, Revision]]:
        """All entities that stand and have changed after a revision, in order of these."""
        for row in self.ask(
            "SELECT entity FROM page WHERE latest > ? AND NOT deleted AND ns IN (0, 120) "
            "ORDER BY latest",
            after,
        ):
            page = self.page(row[0])
            if page and not page.deleted:
                yield page, self.latest(page)

    # Writing

    def next_id(self, kind: str) -> str:
        """Burn a new id for an item or property."""
        with self.write() as db:
            rows = db.execute(
                "INSERT INTO counter VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 "
                "RETURNING value",
                (kind,),
            ).fetchall()
        return f"{'Q' if kind == 'item' else 'P'}{rows[0][0]}"

    def set_counter(self, kind: str, last: int) -> None:
        """Say which number was given out last."""
        with self.write() as db:
            db.execute("INSERT OR REPLACE INTO counter VALUES (?, ?)", (kind, last))

    def save(self, entity: Raw, author: Author) -> Revision:
        """A new revision of the entity ``entity["id"]``; makes its page if there is none."""
        id = entity["id"]
        kind = entity.get("type", "item")
        with self.write() as db:
            page = self.page(id)
            if page is None:
                db.execute("INSERT INTO page (entity, ns) VALUES (?, ?)", (id, NAMESPACE[kind]))
                page = self.page(id)
                assert page
            content = msgspec.json.encode(entity)
            revision = self._add(db, page, content, author)
            target = entity.get("redirect")
            db.execute(
                "UPDATE page SET latest = ?, redirect = ?, deleted = 0 WHERE id = ?",
                (revision.id, target, page.id),
            )
            self._index(db, id, {} if target else entity)
        if "datatype" in entity:
            self.datatypes[id] = entity["datatype"]
        return revision

    def save_text(self, title: str, ns: int, text: bytes, author: Author) -> Revision:
        """A new revision of a page with wikitext; makes the page if there is none."""
        with self.write() as db:
            if self.page(title) is None:
                db.execute("INSERT INTO page (entity, ns) VALUES (?, ?)", (title, ns))
            page = self.page(title)
            assert page
            revision = self._add(db, page, text, author)
            db.execute(
                "UPDATE page SET latest = ?, deleted = 0 WHERE id = ?", (revision.id, page.id)
            )
        return revision

    def _add(self, db: sqlite3.Connection, page: Page, content: bytes, author: Author) -> Revision:
        parent = page.latest
        old = db.execute("SELECT length(content) FROM revision WHERE id = ?", (parent,)).fetchone()
        now = int(self.clock())
        tags = "|".join(author.tags)
        values = (page.id, parent, author.id, author.name, now, author.comment, tags, content)
        id = db.execute(
            "INSERT INTO revision (page, parent, user_id, user, time, comment, tags, content) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
        assert id
        db.execute(
            "INSERT INTO change (type, page, revision, parent, bot, old_size, new_size, time, "
            "user, comment, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                "edit" if old else "new",
                page.id,
                id,
                parent,
                author.bot,
                old[0] if old else 0,
                len(content),
                now,
                author.name,
                author.comment,
                tags,
            ),
        )
        return Revision(id, *values)

    def _index(self, db: sqlite3.Connection, id: str, entity: Raw) -> None:
        db.execute("DELETE FROM term WHERE entity = ?", (id,))
        db.execute("DELETE FROM sitelink WHERE entity = ?", (id,))
        db.executemany("INSERT INTO term VALUES (?, ?, ?, ?)", terms_of(id, entity))
        db.executemany(
            "INSERT INTO sitelink VALUES (?, ?, ?)",
            [(site, link["title"], id) for site, link in entity.get("sitelinks", {}).items()],
        )

    def delete(self, page: Page, author: Author) -> int:
        """Delete a page; gives the number of the log entry."""
        with self.write() as db:
            db.execute("UPDATE page SET deleted = 1, redirect = NULL WHERE id = ?", (page.id,))
            self._index(db, page.entity, {})
            cursor = db.execute(
                "INSERT INTO change (type, page, revision, parent, bot, old_size, new_size, time, "
                "user, comment, tags, log) VALUES ('log', ?, 0, 0, ?, 0, 0, ?, ?, ?, '', 'delete')",
                (page.id, author.bot, int(self.clock()), author.name, author.comment),
            )
        self.datatypes.pop(page.entity, None)
        assert cursor.lastrowid
        return cursor.lastrowid

    def protect(self, entity: str, *, on: bool = True) -> None:
        """Let only those with ``editprotected`` edit a page."""
        with self.write() as db:
            db.execute("UPDATE page SET protected = ? WHERE entity = ?", (on, entity))
