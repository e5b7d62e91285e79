"""The history of items: their revisions since a day, read once each and kept.

A revision never changes, so it is kept for good in ``<home>/revisions.sqlite``; the file can be
deleted at any time and is then read anew. 50 pages or revisions a request, as the Action API lets
anybody ask for; only the history of a page that changed takes a request of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from msgspec import Struct

from kgtool.disk import is_shared
from kgtool.entities import Item, Profile, parse_entity
from kgtool.errors import InputError
from kgtool.sources.wikibase import Wikibase, batches

Progress = Callable[[str, int, int], None]

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


class Revision(Struct, frozen=True):
    """One revision; ``content`` is its JSON, none where the wiki hides it. ``at`` is ISO 8601."""

    id: int
    item: str
    parent: int
    at: str
    user: str
    comment: str
    content: bytes | None


class Page(Struct, frozen=True):
    """What is known of an item's page.

    ``latest`` is the revision that stood when it was ``seen``, made at ``changed``; all revisions
    from ``back_to`` to the one numbered ``read_to`` are kept (0: none had to be). A page that is
    not there any more has ``latest`` 0 and, if the log told, who deleted it when.
    """

    item: str
    latest: int
    changed: str
    back_to: str = ""
    read_to: int = 0
    seen: str = ""
    gone_by: str = ""
    gone_at: str = ""


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


class HistoryReader:
    """Reads what :class:`History` lacks. ``now`` is the time noted as *seen*, in ISO 8601.

    ``stop`` is asked before each request; what was read stays.
    """

    def __init__(
        self,
        wiki: Wikibase,
        profile: Profile,
        history: History,
        now: str,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Progress = lambda what, done, all: None,
    ) -> None:
        self._wiki = wiki
        self._profile = profile
        self._history = history
        self._now = now
        self._stop = stop
        self._progress = progress

    def read(
        self, ids: Collection[str], day: str, here: Mapping[str, int], seen_after: str
    ) -> bool:
        """All revisions of items since a day, and the ones before; says whether nothing is left.

        ``here`` are the revisions that the workspace has: these states are not read again. Pages
        that were seen after ``seen_after`` are taken as they were then.
        """
        pages = self._history.pages(ids)
        old = [id for id in ids if id not in pages or pages[id].seen <= seen_after]
        for done, batch in _counted(old):
            if self._stop():
                return False
            self._progress("pages", done, len(old))
            self._look(batch, pages)
        pages = self._history.pages(ids)
        changed = [
            page
            for page in pages.values()
            if page.latest
            and page.changed >= day
            and not (page.read_to == page.latest and page.back_to <= day)
        ]
        for done, page in enumerate(changed):
            if self._stop():
                return False
            self._progress("histories", done, len(changed))
            self._read_page(page, day)
        return self._read_bases(ids, day, here) and self._read_heirs(ids)

    def contents(self, revisions: Iterable[int], what: str = "revisions") -> bool:
        """Single revisions by their numbers; says whether all are here now, or cannot be had."""
        wanted = list(dict.fromkeys(one for one in revisions if one))
        known = self._history.known(wanted)
        wanted = [one for one in wanted if one not in known]
        for start in range(0, len(wanted), 50):
            if self._stop():
                return False
            self._progress(what, start, len(wanted))
            part = wanted[start : start + 50]
            found: list[Revision] = []
            for answer in self._wiki.query(
                prop="revisions", revids="|".join(map(str, part)), rvprop=_PROPS, rvslots="main"
            ):
                found += _revisions_of(answer)
            # Those of deleted pages are not shown; noted as hidden, they are not asked for again.
            here = {one.id for one in found}
            found += [Revision(id, "", 0, "", "", "", None) for id in part if id not in here]
            self._history.add(found)
        return True

    def _look(self, batch: list[str], known: dict[str, Page]) -> None:
        """Which revision of each page stands, of up to 50 pages in one request."""
        id_of = {self._profile.page_title(id): id for id in batch}
        pages: dict[str, Page] = {}
        for answer in self._wiki.query(
            prop="revisions", titles="|".join(id_of), rvprop="ids|timestamp"
        ):
            for raw in answer.get("pages", []):
                id = id_of.get(str(raw.get("title")))
                newest = (raw.get("revisions") or [None])[0]
                if id is not None and newest is not None:
                    latest, changed = int(newest["revid"]), str(newest["timestamp"])
                    before = known.get(id, Page(id, 0, ""))
                    pages[id] = Page(id, latest, changed, before.back_to, before.read_to, self._now)
        for id in batch:
            if id not in pages:
                pages[id] = self._deleted(id)
        self._history.add(pages=pages.values())

    def _deleted(self, id: str) -> Page:
        for answer in self._wiki.query(
            list="logevents",
            letype="delete",
            letitle=self._profile.page_title(id),
            lelimit="1",
            leprop="user|timestamp|type",
        ):
            for event in answer.get("logevents", []):
                by, at = str(event.get("user", "")), str(event.get("timestamp", ""))
                return Page(id, 0, at, seen=self._now, gone_by=by, gone_at=at)
        return Page(id, 0, "", seen=self._now)

    def _read_page(self, page: Page, day: str) -> None:
        """The history of one page since a day, with contents: 50 revisions a request.

        Where it is kept back to that day, only what came since.
        """
        covered = page.read_to and page.back_to <= day
        end = {"rvendid": str(page.read_to)} if covered else {"rvend": f"{day}T00:00:00Z"}
        found: list[Revision] = []
        for answer in self._wiki.query(
            prop="revisions",
            titles=self._profile.page_title(page.item),
            rvprop=_PROPS,
            rvslots="main",
            rvlimit="50",
            **end,
        ):
            found += _revisions_of(answer)
        latest = max((one.id for one in found), default=page.latest)
        back_to = page.back_to if covered else day
        self._history.add(
            found,
            [
                msgspec.structs.replace(
                    page, latest=latest, back_to=back_to, read_to=latest, seen=self._now
                )
            ],
        )

    def _read_bases(self, ids: Collection[str], day: str, here: Mapping[str, int]) -> bool:
        """The revision of each item that stood at the beginning of the day."""
        since = self._history.since(ids, day)
        pages = self._history.pages(ids)
        bases = [
            since[id][0].parent if id in since else page.latest
            for id, page in pages.items()
            if id in since or page.latest != here.get(id)
        ]
        return self.contents(bases, "states at the beginning")

    def _read_heirs(self, ids: Collection[str]) -> bool:
        """Where a page is a redirect now: the item that it leads to, as it stands."""
        pages = self._history.pages(ids)
        standing = self._history.revisions(page.latest for page in pages.values())
        heirs = {redirect_of(one) for one in standing.values()} - {""} - pages.keys()
        for done, batch in _counted(sorted(heirs)):
            if self._stop():
                return False
            self._progress("merged items", done, len(heirs))
            self._look(batch, {})
        found = self._history.pages(heirs)
        return self.contents([page.latest for page in found.values()], "merged items")


_PROPS = "ids|timestamp|user|comment|content"


def item_of(revision: Revision) -> Item | None:
    """The item as it was; none for a redirect, hidden content, or another kind of entity."""
    if revision.content is None or redirect_of(revision):
        return None
    try:
        entity = parse_entity(revision.content)
    except InputError:
        return None
    return entity if isinstance(entity, Item) else None


def redirect_of(revision: Revision) -> str:
    """The item that a redirect leads to; empty where the revision is none."""
    if revision.content is None or b'"redirect"' not in revision.content:
        return ""
    raw = msgspec.json.decode(revision.content)
    target = raw.get("redirect") if isinstance(raw, dict) and "labels" not in raw else None
    return str(target) if target else ""


def _revisions_of(answer: dict[str, Any]) -> list[Revision]:
    found = []
    for page in answer.get("pages", []):
        id = str(page.get("title", "")).rpartition(":")[2]
        for raw in page.get("revisions", []):
            content = raw.get("slots", {}).get("main", {}).get("content")
            found.append(
                Revision(
                    int(raw["revid"]),
                    id,
                    int(raw.get("parentid", 0)),
                    str(raw.get("timestamp", "")),
                    str(raw.get("user", "")),
                    str(raw.get("comment", "")),
                    None if content is None else str(content).encode(),
                )
            )
    return found


def _counted(ids: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    done = 0
    for batch in batches(ids):
        yield done, batch
        done += len(batch)


def _revision(row: Any) -> Revision:
    id, item, parent, at, user, comment, packed = row
    content = None if packed is None else zstandard.decompress(packed)
    return Revision(id, item, parent, at, user, comment, content)
