"""Followed items one part after the other: only what may have moved is decoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import pyarrow as pa
from msgspec import Struct

from kgtool.entities import Item
from kgtool.partners.fate import Fate, Written, fates
from kgtool.partners.link_fate import LinkFate, link_fates
from kgtool.partners.slots import Version
from kgtool.service.followed import Followed
from kgtool.service.past import PastState
from kgtool.service.versions import Known, Line, of_workspace
from kgtool.sources.revisions import History
from kgtool.views.classes import Numbers
from kgtool.views.snapshot import Snapshot

_TOGETHER = 500  # items that are looked at at once


class Part(Struct, frozen=True):
    """Some of the items, in order.

    ``still`` stand in the workspace as they stood then; of all others, ``moving``, only their
    versions tell. ``seen`` is when the wiki was last asked of those it was asked of, at the
    earliest; of ``unread`` of those that stand still, it was not.
    """

    ids: list[str]
    moving: list[str]
    still: list[str]
    unread: int
    seen: str


class Looked(Struct, frozen=True):
    """One item: its versions, what became of its statements and sitelinks.

    ``seen`` is when the wiki was asked; empty where the workspace tells.
    """

    id: str
    line: Line
    statements: list[Fate]
    links: list[LinkFate]
    seen: str


class Walk:
    """Goes through followed items since a day (ISO 8601), over one state of the workspace."""

    def __init__(
        self, snapshot: Snapshot, revisions: History, past: PastState, followed: Followed, day: str
    ) -> None:
        self._snapshot = snapshot
        self._revisions = revisions
        self._past = past
        self._followed = followed
        self._day = day
        self._here = Here(snapshot.tables(), followed.items)

    def parts(self, items: Numbers) -> Iterator[Part]:
        """What can be told without decoding anything."""
        for start in range(0, len(items), _TOGETHER):
            yield self._part(items[start : start + _TOGETHER])

    def look(self, ids: Sequence[str]) -> Iterator[Looked]:
        """The versions of some items of one part."""
        edits = {id: self._followed.edits.get(id, []) for id in ids}
        entities = self._snapshot.entities.many(ids)
        known = Known.of(
            self._revisions,
            ids,
            self._day,
            {
                one
                for some in edits.values()
                for edit in some
                for one in (edit.revision, edit.parent)
            },
            {id: one for id, one in entities.items() if isinstance(one, Item)},
        )
        lines = {id: known.line(id) for id in ids}
        old = self._past.many(id for id, line in lines.items() if line is None)
        for id in ids:
            line, seen = lines[id], ""
            if line is None:
                line = of_workspace(id, old.get(id), known.entities.get(id), self._past.begins)
            else:
                seen = known.pages[id].seen
            ours = [
                Written(edit.revision, edit.batch, edit.key, known.slots(edit, line))
                for edit in edits[id]
            ]
            concern = self._followed.concern
            made = fates(id, line.versions, concern, ours, base=line.base, heir=line.heir)
            yield Looked(id, line, made, link_fates(id, line.versions, base=line.base), seen)

    def _part(self, numbers: Numbers) -> Part:
        ids = ids_of(numbers)
        pages = self._revisions.pages(ids)
        here = self._here.of(numbers)
        changed = self._past.differing(
            self._snapshot.entities, (id for id in ids if id not in pages)
        )
        moving, still = list[str](), list[str]()
        for id, revision in zip(ids, here, strict=True):
            page = pages.get(id)
            if id in self._followed.edits or revision is None:
                stands = False
            elif page is None:
                stands = id not in changed
            else:
                stands = page.changed < self._day and page.latest == revision
            (still if stands else moving).append(id)
        seen = [pages[id].seen for id in still if id in pages]
        return Part(ids, moving, still, len(still) - len(seen), min(seen, default=""))


def later(line: Line) -> list[Version]:
    """The versions that were made since the day."""
    return line.versions[1:] if line.base else line.versions


def numbers_of(ids: Sequence[str]) -> Numbers:
    """Ids of items as numbers."""
    return np.fromiter((int(id[1:]) for id in ids), np.uint32, len(ids))


def ids_of(numbers: Numbers) -> list[str]:
    """Numbers of items as ids."""
    return [f"Q{number}" for number in numbers.tolist()]


class Here:
    """Which revisions of followed items the workspace has."""

    def __init__(self, tables: duckdb.DuckDBPyConnection, items: Numbers) -> None:
        tables.register("followed", pa.table({"item": items}))
        rows = tables.execute(
            "SELECT item, coalesce(revision, 0) AS revision FROM items "
            "SEMI JOIN followed USING (item) ORDER BY item"
        ).fetchnumpy()
        self._items = np.asarray(rows["item"], dtype=np.uint32)
        self._revisions = np.asarray(rows["revision"], dtype=np.int64)

    def of(self, numbers: Numbers) -> list[int | None]:
        """Of each item its revision: 0 where it is not known, none where the item is not here."""
        if not len(self._items):
            return [None] * len(numbers)
        places = np.minimum(np.searchsorted(self._items, numbers), len(self._items) - 1)
        here = (self._items[places] == numbers).tolist()
        found = self._revisions[places].tolist()
        return [one if is_here else None for one, is_here in zip(found, here, strict=True)]
