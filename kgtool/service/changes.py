"""What happened to a partner's data: each statement written for it or citing it, since a day."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from msgspec import Struct

from kgtool.coverage.selection import OfPartners, Selection
from kgtool.coverage.worklist import page
from kgtool.entities import Item, Profile
from kgtool.errors import Busy
from kgtool.partners.concern import Concern, concern_of
from kgtool.partners.fate import Fate, LinkFate, Written, counts, fates, link_fates
from kgtool.partners.told import Reach, Told
from kgtool.service.edits import Edit, Edits
from kgtool.service.history import History as CoverageHistory
from kgtool.service.measuring import Measuring, selected
from kgtool.service.past import Past
from kgtool.service.versions import Known, of_workspace
from kgtool.sources.revisions import History, HistoryReader, Progress
from kgtool.sources.wikibase import Wikibase
from kgtool.views.snapshot import Snapshot

_TOGETHER = 500  # items that are judged at once
_REMEMBERED = 8  # answers


class Reading(Struct, frozen=True):
    """How reading went: ``finished`` or stopped; ``requests`` were made for ``items``."""

    finished: bool
    items: int
    requests: int


class Followed(Struct, frozen=True):
    """Whom a question is about: items, what makes a statement count, and our own edits of them."""

    name: str
    items: list[str]
    concern: Concern
    edits: dict[str, list[Edit]]


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
        coverage: Callable[[], CoverageHistory],
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._snapshots = snapshots
        self._measuring = measuring
        self._profile = profile
        self._wiki = wiki
        self._revisions = revisions
        self._edits = edits
        self._past = past
        self._coverage = coverage
        self._clock = clock
        self._answers: dict[Hashable, Told] = {}
        self._reading = threading.Lock()

    def read(
        self,
        selection: str | Selection,
        since: datetime.date,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Progress = lambda what, done, all: None,
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
            raise Busy("Somebody is reading the wiki's history.", hint="Try again in a moment.")
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
        followed = self._followed(selection, since)
        wiki, now = self._wiki(), self._clock()
        before = wiki.requests
        reader = HistoryReader(
            wiki, self._profile, self._revisions, _iso(now), stop=stop, progress=progress
        )
        ours = [edit for edits in followed.edits.values() for edit in edits]
        finished = reader.read(
            followed.items, since.isoformat(), self._here(), _iso(now - fresh)
        ) and reader.contents(
            [one for edit in ours for one in (edit.revision, edit.parent)], "our own edits"
        )
        return Reading(finished, len(followed.items), wiki.requests - before)

    def told(self, selection: str | Selection, since: datetime.date) -> Told:
        """What happened since a day, from what was read; asks nobody.

        :raises NotInWorkspace: a partner was never loaded.
        """
        snapshot = self._snapshots()
        key = (selected(selection), since, snapshot.generation.number, *self._stamps())
        found = self._answers.get(key)
        if found is None:
            found = self._told(snapshot, self._followed(selection, since), since)
            while len(self._answers) >= _REMEMBERED:
                self._answers.pop(next(iter(self._answers)))
            self._answers[key] = found
        return found

    def _told(self, snapshot: Snapshot, followed: Followed, since: datetime.date) -> Told:
        day = since.isoformat()
        statements: list[Fate] = []
        links: list[LinkFate] = []
        touched, people = 0, set[str]()
        unread = hidden = deleted = 0
        seen: list[str] = []
        with self._past.before(since) as past:
            for items in _parts(followed.items):
                known = self._known(items, day, snapshot, followed)
                old = past.many(items)
                for id in items:
                    line = known.line(id)
                    if line is None:
                        unread += 1
                        line = of_workspace(id, old.get(id), known.entities.get(id), past.begins)
                    else:
                        seen.append(known.pages[id].seen)
                    hidden += line.hidden
                    deleted += line.deleted
                    ours = [
                        Written(edit.revision, edit.batch, edit.key, known.slots(edit, line))
                        for edit in followed.edits.get(id, [])
                    ]
                    concern = followed.concern
                    made = fates(id, line.versions, concern, ours, base=line.base, heir=line.heir)
                    statements += made
                    links += link_fates(id, line.versions, base=line.base)
                    later = line.versions[1:] if line.base else line.versions
                    touched += bool(later)
                    people |= {version.user for version in later if version.user}
            local = unread == len(followed.items) and bool(unread)
            begins = past.begins if local else day
        return Told(
            followed.name,
            day,
            past.as_of if local or not seen else min(seen),
            Reach(
                "workspace" if local else "wiki",
                begins,
                not (local or unread or hidden),
                unread,
                hidden,
                deleted,
            ),
            len(followed.items),
            touched,
            len(people),
            counts(statements),
            statements,
            links,
        )

    def _known(
        self, items: Sequence[str], day: str, snapshot: Snapshot, followed: Followed
    ) -> Known:
        ours = [edit for id in items for edit in followed.edits.get(id, [])]
        entities = snapshot.entities.many(items)
        return Known.of(
            self._revisions,
            items,
            day,
            {number for edit in ours for number in (edit.revision, edit.parent)},
            {id: one for id, one in entities.items() if isinstance(one, Item)},
        )

    def _followed(self, selection: str | Selection, since: datetime.date) -> Followed:
        snapshot, opened = self._measuring.current()
        named = selected(selection)
        chosen = self._measuring.find(snapshot, opened, named)
        below = {f"Q{number}" for number in chosen.partners}
        below |= set(named.qids) if isinstance(named, OfPartners) else set()
        partners = snapshot.entities.many(below).values()
        concern = concern_of(
            (one for one in partners if isinstance(one, Item)), below, self._profile
        )
        if not below:
            concern = Concern(everything=True)
        cube = opened.planes.cube
        numbers = dict.fromkeys(page(cube, chosen.bits, 0, None).items.tolist())
        if below:
            numbers |= dict.fromkeys(self._past.citing(snapshot, concern))
            numbers |= dict.fromkeys(self._left(str(named), since))
        items = {f"Q{number}": None for number in numbers}
        edits = self._edits.by_item(
            lambda edit: (
                edit.item in items
                or any(
                    concern.ground(statement) not in (None, "selected")
                    for several in edit.wanted.claims.values()
                    for statement in several
                )
            )
        )
        ordered = sorted({*items, *edits}, key=lambda id: int(id[1:]))
        return Followed(chosen.name, ordered, concern, edits)

    def _left(self, name: str, since: datetime.date) -> Iterable[int]:
        """Items that belonged to a selection whose history is recorded, and left it since."""
        return (item for step in self._coverage().steps(name, since) for item in step.gone)

    def _here(self) -> dict[str, int]:
        rows = self._snapshots().tables().execute("SELECT item, revision FROM items").fetchall()
        return {f"Q{item}": int(revision) for item, revision in rows if revision}

    def _stamps(self) -> tuple[Hashable, ...]:
        return (self._revisions.stamp(), self._edits.stamp())


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _TOGETHER):
        yield ids[start : start + _TOGETHER]


def _iso(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
