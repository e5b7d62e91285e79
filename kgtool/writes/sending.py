"""Sending for a batch: at a pace, until asked to stop, with everything journaled."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from kgtool.entities import Profile
from kgtool.messages.words import Words
from kgtool.settings import Settings
from kgtool.writes.batch import Batch
from kgtool.writes.client import WikiClient
from kgtool.writes.journal import Entry, State
from kgtool.writes.outcomes import Confirmed, Held, Outcome, SessionLost, TokenExpired
from kgtool.writes.reading import Contribution
from kgtool.writes.summary import token

# How often one thing is tried again after waiting, before the run gives up on it.
MOST_WAITS = 30
# Our clock and the wiki's may differ by so much.
CLOCK_SLACK = 600.0


class Stopped(Exception):
    """Somebody asked the run to stop; everything sent is journaled. Never leaves a run."""


class Progress(Struct, frozen=True):
    """One step done: for a progress bar or a log."""

    step: str
    key: str
    state: str
    message: str = ""


class Sender:
    """What every run needs. ``stopping`` is asked between edits and while waiting; ``accounts`` are
    others that may have written at the batch.
    """

    def __init__(
        self,
        batch: Batch,
        settings: Settings,
        profile: Profile,
        *,
        stopping: Callable[[], bool] = lambda: False,
        progress: Callable[[Progress], None] = lambda done: None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        accounts: Collection[str] = (),
    ) -> None:
        self._accounts = accounts
        self.batch = batch
        self.settings = settings
        self.profile = profile
        self._asked = stopping
        self.progress = progress
        self._sleep = sleep
        self.clock = clock
        self.client = WikiClient(settings, profile, self.wait)
        self._next_edit = 0.0
        # What ended the run early: an outcome that a person must see to, or somebody's asking.
        self.stopped_by: Outcome | None = None
        self.stopped = False

    def wait(self, seconds: float) -> None:
        """Sleep, but wake up when asked to stop.

        :raises Stopped: somebody asked.
        """
        end = self.clock() + seconds
        while (left := end - self.clock()) > 0:
            self.check_stop()
            self._sleep(min(left, 0.25))

    def check_stop(self) -> None:
        """Go on, unless somebody asked to stop.

        :raises Stopped: somebody did.
        """
        if self._asked() or self.batch.stop_asked():
            raise Stopped

    def send_once(self, id: str, send: Callable[[], Outcome], *, item: str, base: int) -> Outcome:
        """Send something that is no step of the plan (an undo), journaled under ``id``."""
        journal, account = self.batch.journal, self.client.account.name

        def note(state: State, outcome: Outcome | None = None, revision: int = 0) -> None:
            at = self.clock()
            journal.add(Entry(id, state, at, "", item, revision, base, outcome, account=account))

        outcome: Outcome = Held(Words("why-not-tried"))
        for attempt in range(1, MOST_WAITS):
            self.check_stop()
            self.pace()
            note("sent")
            outcome = send()
            match outcome.next:
                case "again":
                    note("planned", outcome)
                    self.mend(outcome)
                case "wait":
                    note("planned", outcome)
                    self.wait(float(getattr(outcome, "seconds", 5.0)) * min(attempt, 6))
                case "look":
                    note("unknown", outcome)
                    return outcome
                case _:
                    revision = outcome.revision if isinstance(outcome, Confirmed) else 0
                    note("confirmed" if outcome.written else "planned", outcome, revision)
                    return outcome
        return outcome

    def settle(self, ids: Collection[str]) -> None:
        """Find out which of such sendings were made, also those that the journal lacks."""
        journal = self.batch.journal
        vague = [journal.entries[i] for i in ids if journal.state(i) in ("sent", "unknown")]
        if vague:
            last = max(entry.at for entry in vague)
            self.wait(max(0.0, last + self.settings.quiet_seconds - self.clock()))
        found = self.ours(self.made() - CLOCK_SLACK)
        for id in ids:
            made = found.get(token(self.batch.id, id))
            entry = journal.entries.get(id)
            now = self.clock()
            if made is not None and journal.state(id) != "confirmed":
                entry = entry or Entry(id, "planned", now, account=self.client.account.name)
                done = replace(entry, item=made.item, revision=made.revision)
                journal.add(replace(done, state="confirmed", at=now))
            elif made is None and entry in vague:
                journal.add(replace(entry, state="planned", at=now))

    def mend(self, outcome: Outcome) -> None:
        """Put right what stood in the way of an edit that may be tried again."""
        if isinstance(outcome, TokenExpired):
            self.client.fresh_token()
        elif isinstance(outcome, SessionLost):
            self.client.sign_in()

    def ours(self, since: float) -> dict[str, Contribution]:
        """Edits of this batch by token; the oldest counts.

        Of every account that wrote at it or that is known to write from this workspace.
        """
        journaled = {entry.account for entry in self.batch.journal.entries.values()}
        accounts = sorted({self.client.account.name, *journaled, *self._accounts} - {""})
        return self._marked(
            made for account in accounts for made in self.client.contributions(since, account)
        )

    def anybodys(self, since: float) -> dict[str, Contribution]:
        """Items that this batch created since then, by token, under whatever account.

        :raises RemoteError: the wiki does not remember as much.
        """
        return self._marked(self.client.creations(since, CLOCK_SLACK))

    def _marked(self, edits: Iterable[Contribution]) -> dict[str, Contribution]:
        found: dict[str, Contribution] = {}
        for made in edits:
            mark = self._mark_of(made)
            if mark and (mark not in found or made.revision < found[mark].revision):
                found[mark] = made
        return found

    def _mark_of(self, edit: Contribution) -> str:
        """The token of this batch in the edit's summary; empty where there is none."""
        at = edit.comment.find(f"[{self.batch.id}:")
        return "" if at < 0 else edit.comment[at : edit.comment.find("]", at) + 1]

    def made_elsewhere(self, id: str) -> Contribution | None:
        """Whether another writer of this batch has made a step a moment ago."""
        mark = token(self.batch.id, id)
        newest = islice(self.client.contributions(self.clock() - CLOCK_SLACK), 50)
        return next((made for made in newest if mark in made.comment), None)

    def doubles(self) -> dict[str, list[str]]:
        """Items by token where two writers created one row at the same instant, oldest first."""
        found: dict[str, list[str]] = {}
        for made in self.client.contributions(self.made() - CLOCK_SLACK):
            if (mark := self._mark_of(made)) and not made.parent:
                found.setdefault(mark, []).insert(0, made.item)
        return {mark: items for mark, items in found.items() if len(items) > 1}

    def made(self) -> float:
        """When the plan was made: none of our edits of this batch is older."""
        return datetime.fromisoformat(self.batch.plan.made).timestamp()

    def pace(self) -> None:
        """Wait until the next edit may be made, by our own limit and the wiki's.

        :raises Stopped: somebody asked to stop meanwhile.
        """
        limit = self.settings.edits_per_minute
        wiki = self.client.account.edits_per_minute
        per_minute = min(limit, wiki) if wiki else limit
        self.wait(max(0.0, self._next_edit - self.clock()))
        self._next_edit = self.clock() + 60.0 / max(per_minute, 1e-6)
