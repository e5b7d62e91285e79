"""Sync: the workspace brought up to what the wiki says now, with as few requests as that takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import msgspec

from kgtool.coverage.selection import OfPartners, Selection
from kgtool.entities import Entity, EntityIdValue, Profile, best_statements, to_json
from kgtool.errors import (
    Busy,
    KgtoolError,
    NotFound,
    RateLimited,
    RemoteError,
    TimedOut,
    UsageError,
)
from kgtool.locks import alone
from kgtool.messages.words import Words
from kgtool.service.loading import Loading
from kgtool.service.sync_state import Memory, State, Wish
from kgtool.service.wishes import Wishes
from kgtool.sources.changes import Changes
from kgtool.sources.membership import MemberRole
from kgtool.sources.mentions import mentions
from kgtool.sources.sync import Progress, Reader, Spool, spooled
from kgtool.sources.wikibase import BATCH, Wikibase
from kgtool.views.generation import Workspace
from kgtool.views.snapshot import Snapshots

# An interrupted sync is taken up within this time; later it is cheaper to begin anew.
_RESUMABLE = timedelta(days=1)


class Synced(msgspec.Struct):
    """What a sync did. ``read`` counts entities, ``gone`` those deleted or merged away."""

    requests: dict[str, int]
    read: int
    gone: int
    redirects: dict[str, str]
    generation: int
    seconds: float


class Expected(msgspec.Struct):
    """What a sync would do: ``new`` and ``changed`` entities to read, in how many requests.

    What these mention besides is read too; that shows only on the way. ``requests`` holds what was
    asked for this answer; ``seconds`` is how long reading takes at the pace of these.
    """

    members: int
    new: int
    changed: int
    requests: dict[str, int]
    seconds: float


class Sync:
    """Brings the entities of selections, and what they mention, from the wiki.

    ``wishes`` gets a function to call for each request that it makes. ``on_read`` is told which ids
    lead elsewhere now, and which were found to be entities, so that what people keep under old ids
    goes on. ``clock`` gives seconds, for durations only.
    """

    def __init__(
        self,
        workspace: Workspace,
        snapshots: Snapshots,
        loading: Loading,
        profile: Profile,
        wiki: Wikibase,
        wishes: Callable[[Callable[[], None]], Wishes],
        *,
        on_read: Callable[[Mapping[str, str], Collection[str]], object] = lambda moved, here: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workspace = workspace
        self._snapshots = snapshots
        self._loading = loading
        self._profile = profile
        self._wiki = wiki
        self._asked = 0
        self._wishes = wishes(self._count)
        self._on_read = on_read
        self._clock = clock
        self._folder = workspace.home / "sync"
        self._spool = self._folder / "spool.jsonl"
        self._memory = Memory.of(workspace.home, profile)

    def run(
        self,
        selection: Selection | None = None,
        progress: Progress = lambda what, done, all: None,
        *,
        roles: Sequence[MemberRole] = (),
    ) -> Synced:
        """Sync a selection; without one, all that were synced before and all that is here.

        Of partners, what belongs to them in these ``roles``; in every one, if none is named.

        An interrupted run is taken up where it stopped. Nothing is published where nothing changed.

        :raises UsageError: there is nothing to sync yet, or the selection cannot be synced.
        :raises NotFound: the wiki has no such partner.
        :raises Busy: another process syncs or loads.
        :raises RemoteError: the wiki or an endpoint failed; what was read is kept for the next run.
        """
        with self._alone():
            return self._run(self._wishes.of(selection, roles), progress)

    def _run(self, asked: Wish | None, progress: Progress) -> Synced:
        begun = self._clock()
        self._asked, before = 0, self._wiki.requests
        state = self._memory.state()
        wanted = self._wanted(asked, state)
        known = self._known()
        changes = Changes(self._wiki)
        now = changes.now()
        key = f"{self._profile.action_api} {msgspec.json.encode(asked).decode()}"
        spool = Spool(self._spool, key, now, now - _RESUMABLE)
        stale = changes.stale(known, state.cursor)
        to_find_out = self._wiki.requests - before
        reader = Reader(self._wiki, spool, progress)
        new = [id for id in wanted if id not in known]
        reader.read([*new, *sorted(stale)], "items and what changed")
        self._check_partners(asked, spool)
        self._read_around(reader, spool, set(wanted), known)
        gone = {id for id in (*spool.missing, *spool.redirects) if id in known} - spool.here
        source = f"sync {self._profile.name}"
        generation = self._loading.apply(spool.entities(), sorted(gone), source=source)
        # Before this run is noted as done: a killed one is told the same again.
        self._on_read(spool.redirects, spool.here)
        self._memory.keep(state.after(asked, spool.started, spool.redirects))
        spool.remove()
        return Synced(
            {
                "membership": self._asked,
                "changes": to_find_out,
                "entities": self._wiki.requests - before - to_find_out,
            },
            len(spool.here),
            len(gone),
            spool.redirects,
            generation,
            round(self._clock() - begun, 3),
        )

    def expected(
        self, selection: Selection | None = None, *, roles: Sequence[MemberRole] = ()
    ) -> Expected:
        """What :meth:`run` would do; only asks. Raises as it does."""
        begun = self._clock()
        self._asked, before = 0, self._wiki.requests
        state = self._memory.state()
        wanted = self._wanted(self._wishes.of(selection, roles), state)
        known = self._known()
        stale = Changes(self._wiki).stale(known, state.cursor)
        new = sum(id not in known for id in wanted)
        asked = self._asked + self._wiki.requests - before
        pace = (self._clock() - begun) / max(1, asked)
        requests = -(-(new + len(stale)) // BATCH)
        return Expected(
            len(wanted),
            new,
            len(stale),
            {"asked": asked, "entities": requests},
            round(requests * pace, 1),
        )

    def follow(
        self,
        selection: Selection | None,
        stop: Event,
        *,
        roles: Sequence[MemberRole] = (),
        every: float = 60.0,
        progress: Progress = lambda what, done, all: None,
    ) -> Iterator[Synced | KgtoolError]:
        """Sync again and again until ``stop`` is set, at most once in ``every`` seconds.

        Once it has succeeded, what fails for a while (the wiki, an endpoint, another process that
        syncs) is handed out instead of raised, and tried again the next time.
        """
        succeeded = False
        while not stop.is_set():
            wait = every
            try:
                yield self.run(selection, progress, roles=roles)
                succeeded = True
            except (RemoteError, TimedOut, Busy) as error:
                if not succeeded:
                    raise
                if isinstance(error, RateLimited):
                    wait = max(wait, error.retry_after)
                yield error
            stop.wait(wait)

    def kept(self) -> int:
        """How many entities an interrupted sync has read, with which the next one goes on."""
        return spooled(self._spool)

    def _wanted(self, asked: Wish | None, state: State) -> list[str]:
        if asked is not None:
            return self._wishes.ids(asked)
        if not state.wishes and self._workspace.current() == 0:
            raise UsageError(
                Words("error-sync-nothing"),
                operator=Words("operator-sync-partner", ("kgtool sync Q190804",)),
            )
        found = {id: None for one in state.wishes for id in self._wishes.ids(one)}
        return list(found)

    def _known(self) -> dict[str, int]:
        """The entities of the workspace with their revisions; 0 where none is known."""
        if self._workspace.current() == 0:
            return {}
        snapshot = self._snapshots.current()
        rows = snapshot.tables().execute("SELECT item, coalesce(revision, 0) FROM items").fetchall()
        known = {f"Q{item}": int(revision) for item, revision in rows}
        for id, entity in snapshot.entities.properties().items():
            known[id] = entity.lastrevid or 0
        return known

    def _check_partners(self, asked: Wish | None, spool: Spool) -> None:
        selection = asked.selection if asked is not None else None
        named = selection.qids if isinstance(selection, OfPartners) else ()
        absent = [qid for qid in named if qid in spool.missing]
        if absent:
            raise NotFound(
                Words("error-wiki-no-item", (self._profile.title, ", ".join(absent))),
                hint=Words("error-id-right"),
            )

    def _read_around(
        self, reader: Reader, spool: Spool, wanted: set[str], known: Mapping[str, int]
    ) -> None:
        """Read what the wanted entities mention, and the classes above their own."""
        around: set[str] = set()
        classes: set[str] = set()
        for entity in spool.entities(wanted):
            around |= {id.decode() for id in mentions(to_json(entity))}
            classes |= _values(entity, self._profile.properties.instance_of)
        reader.read(sorted(around - known.keys() - spool.here), "what they mention")
        above = self._profile.properties.subclass_of
        seen: set[str] = set()
        while fresh := classes - seen:
            seen |= fresh
            reader.read(sorted(fresh - known.keys() - spool.here), "classes")
            classes = set()
            for entity in self._here(fresh, spool):
                classes |= _values(entity, above)

    def _here(self, ids: set[str], spool: Spool) -> Iterator[Entity]:
        read = ids & spool.here
        if read:
            yield from spool.entities(read)
        if self._workspace.current():
            yield from self._snapshots.current().entities.many(ids - read).values()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the one lease of this workspace's syncs.

        :raises Busy: another process holds it.
        """
        busy = Busy(
            Words("error-sync-busy", (str(self._workspace.home),)), hint=Words("error-sync-wait")
        )
        with alone(self._folder / "lock", busy):
            yield

    def _count(self) -> None:
        self._asked += 1


def _values(entity: Entity, property: str) -> set[str]:
    """The items that the best statements of a property name."""
    values = (
        statement.mainsnak.datavalue
        for statement in best_statements(entity.claims.get(property, []))
    )
    return {value.value.id for value in values if isinstance(value, EntityIdValue)}
