"""What happened to a partner's data: each statement written for it or citing it, since a day."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import numpy as np
from msgspec import Struct

from kgtool.coverage.selection import Selection
from kgtool.entities import Profile
from kgtool.errors import Busy
from kgtool.messages.words import Words
from kgtool.partners.fate import Fate
from kgtool.partners.link_fate import LinkFate
from kgtool.partners.slot_walk import State
from kgtool.partners.told import Told
from kgtool.service.answers import Answer, Answers, stamp_of
from kgtool.service.edits import Edits
from kgtool.service.followed import Followed, Following
from kgtool.service.measuring import Measuring, selected
from kgtool.service.past import Past, PastState
from kgtool.service.telling import Telling
from kgtool.service.walk import Here, Looked, Walk, ids_of, numbers_of
from kgtool.sources.revision_reader import HistoryReader, Progress
from kgtool.sources.revisions import History
from kgtool.sources.wikibase import Wikibase
from kgtool.views.snapshot import Snapshot

# A selection of so many items, in a workspace of so many, is told while somebody waits.
_AT_ONCE = 2_000
_WORKSPACE_AT_ONCE = 100_000


class Reading(Struct, frozen=True):
    """How reading went: ``finished`` or stopped; ``requests`` were made for ``items``."""

    finished: bool
    items: int
    requests: int


def _unheard(what: str, done: int, all: int) -> None:
    """Progress that nobody watches."""


class Changes:
    """Follows statements through the wiki's revisions, the kept generations and the journals."""

    def __init__(
        self,
        snapshots: Callable[[], Snapshot],
        measuring: Measuring,
        profile: Profile,
        wiki: Callable[[], Wikibase],
        revisions: History,
        edits: Edits,
        past: Past,
        following: Following,
        answers: Answers[Told],
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._snapshots = snapshots
        self._measuring = measuring
        self._profile = profile
        self._wiki = wiki
        self._revisions = revisions
        self._edits = edits
        self._past = past
        self._following = following
        self._answers = answers
        self._clock = clock
        self._reading = threading.Lock()

    def read(
        self,
        selection: str | Selection,
        since: datetime.date,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Progress = _unheard,
        fresh: datetime.timedelta = datetime.timedelta(0),
    ) -> Reading:
        """Read from the wiki what :meth:`told` needs; what was read is kept and not read again.

        Asks ``stop`` before each request: called again, it goes on where it stopped. Pages that
        were looked at within ``fresh`` are taken as they were.

        :raises NotInWorkspace: a partner was never loaded.
        :raises Busy: somebody else reads in this process.
        :raises RemoteError: the wiki failed; what was read is kept.
        """
        if not self._reading.acquire(blocking=False):
            raise Busy(Words("error-history-busy"), hint=Words("error-try-moment"))
        try:
            return self._read(selection, since, stop, progress, fresh)
        finally:
            self._reading.release()

    def _read(
        self,
        selection: str | Selection,
        since: datetime.date,
        stop: Callable[[], bool],
        progress: Progress,
        fresh: datetime.timedelta,
    ) -> Reading:
        followed = self._following.of(selection, since)
        ids = ids_of(followed.items)
        here = Here(self._snapshots().tables(), followed.items).of(followed.items)
        known = {id: revision for id, revision in zip(ids, here, strict=True) if revision}
        wiki, now = self._wiki(), self._clock()
        before = wiki.requests
        reader = HistoryReader(
            wiki, self._profile, self._revisions, _iso(now), stop=stop, progress=progress
        )
        ours = [edit for edits in followed.edits.values() for edit in edits]
        finished = reader.read(
            ids, since.isoformat(), known, _iso(now - fresh)
        ) and reader.contents(
            [one for edit in ours for one in (edit.revision, edit.parent)], "our own edits"
        )
        return Reading(finished, len(ids), wiki.requests - before)

    def kept(self, selection: str | Selection, since: datetime.date) -> tuple[Told, bool] | None:
        """The answer that is kept and whether nothing has changed since; none where none is.

        :raises NotFound: no selection is saved under that name.
        """
        named = selected(selection)
        found = self._answers.get(named, since)
        if found is None:
            return None
        return found.told, found.stamp == self._stamp(self._snapshots(), named)

    def at_once(self, selection: str | Selection) -> bool:
        """Whether an answer is made so soon that somebody can wait for it.

        :raises NotInWorkspace: a partner was never loaded.
        """
        whole = self._snapshots().generation.meta.items
        return whole <= _WORKSPACE_AT_ONCE and self._following.size(selection) <= _AT_ONCE

    def told(
        self, selection: str | Selection, since: datetime.date, *, progress: Progress = _unheard
    ) -> Told:
        """What happened since a day, from what was read; asks nobody. It is kept.

        :raises NotInWorkspace: a partner was never loaded.
        """
        snapshot, named = self._snapshots(), selected(selection)
        stamp = self._stamp(snapshot, named)
        found = self._answers.get(named, since)
        if found is None or found.stamp != stamp:
            followed = self._following.of(named, since)
            with self._walk(snapshot, followed, since) as (walk, past):
                told = Telling(followed, since.isoformat()).told(
                    snapshot, walk, past, lambda done, all: progress("items", done, all)
                )
            found = Answer(stamp, told)
            self._answers.keep(found, named, since)
        return found.told

    def statements(
        self,
        selection: str | Selection,
        since: datetime.date,
        states: Collection[State] | None = None,
        after: tuple[str, str] | None = None,
    ) -> Iterator[Fate]:
        """Every statement, or those of some states, by item; those after an item and its slot.

        They are found as they are asked for. Raises as :meth:`told` does.
        """
        every = states is None or "kept" in states
        item, slot = after or ("", "")
        for one in self._looked(selection, since, every=every, begin=item):
            found = one.statements
            if one.id == item:
                slots = [fate.slot for fate in found]
                found = found[slots.index(slot) + 1 :] if slot in slots else []
            yield from (fate for fate in found if states is None or fate.state in states)

    def sitelinks(self, selection: str | Selection, since: datetime.date) -> Iterator[LinkFate]:
        """Every sitelink that was gained or lost, by item."""
        for one in self._looked(selection, since, every=False):
            yield from one.links

    def written(self, selection: str | Selection, since: datetime.date) -> list[Fate]:
        """What became of what our own batches wrote."""
        followed = self._following.of(selection, since)
        items = np.sort(numbers_of(list(followed.edits)))
        with self._walk(self._snapshots(), followed, since) as (walk, _):
            looked = (one for part in walk.parts(items) for one in walk.look(part.ids))
            return [fate for one in looked for fate in one.statements if fate.key]

    def _looked(
        self, selection: str | Selection, since: datetime.date, *, every: bool, begin: str = ""
    ) -> Iterator[Looked]:
        """The items that may have moved, or every one, from one of them on."""
        followed = self._following.of(selection, since)
        items = followed.items
        if begin:
            items = items[np.searchsorted(items, int(begin[1:])) :]
        with self._walk(self._snapshots(), followed, since) as (walk, _):
            for part in walk.parts(items):
                ids = part.ids if every else part.moving
                yield from walk.look(ids) if ids else ()

    @contextmanager
    def _walk(
        self, snapshot: Snapshot, followed: Followed, since: datetime.date
    ) -> Iterator[tuple[Walk, PastState]]:
        with self._past.before(since) as past:
            yield Walk(snapshot, self._revisions, past, followed, since.isoformat()), past

    def _stamp(self, snapshot: Snapshot, selection: Selection) -> str:
        return stamp_of(
            self._measuring.resolved(selection),
            snapshot.generation.number,
            self._revisions.stamp(),
            self._edits.stamp(),
        )


def _iso(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
