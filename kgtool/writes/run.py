"""Carrying a batch out: one edit after the other, each journaled before it is sent.

The loop knows five things to do next, which every outcome names itself; it has no other cases.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts import Complete, Create, local_keys
from kgtool.entities import Profile
from kgtool.errors import RemoteError
from kgtool.settings import Settings
from kgtool.writes.account import check_account
from kgtool.writes.batch import Batch
from kgtool.writes.client import Contribution, WikiClient
from kgtool.writes.journal import Entry, State
from kgtool.writes.outcomes import (
    Confirmed,
    EditConflict,
    Held,
    Outcome,
    SessionLost,
    Taken,
    TokenExpired,
    Unknown,
    Unneeded,
    outcome_code,
)
from kgtool.writes.payload import payload_digest
from kgtool.writes.prepare import Edit, StatementEdit, prepare, remaining
from kgtool.writes.steps import Step
from kgtool.writes.summary import edit_summary, token

# How often one step is sent again at once, and how often it waits, before the run gives up on it.
_AGAIN = 5
_WAITS = 30
# How many answers in a row may be lost before we look, and how many rounds a run makes.
_VAGUE = 3
_ROUNDS = 10
# Our clock and the wiki's may differ by so much.
_CLOCK_SLACK = 600.0
# How many items are read at once.
_TOGETHER = 50


class Stopped(Exception):
    """Somebody asked the run to stop; everything sent is journaled. Never leaves a run."""


class Progress(Struct, frozen=True):
    """One step done: for a progress bar or a log."""

    step: str
    key: str
    state: str
    message: str = ""


class Run:
    """Applies one batch. ``stopping`` is asked between edits and while waiting."""

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
    ) -> None:
        self.batch = batch
        self.settings = settings
        self.profile = profile
        self._asked = stopping
        self._progress = progress
        self._sleep = sleep
        self._clock = clock
        self.client = WikiClient(settings, profile, self.wait)
        self._next_edit = 0.0
        self._vague_in_a_row = 0
        # What ended the run early: an outcome that a person must see to, or somebody's asking.
        self.stopped_by: Outcome | None = None
        self.stopped = False

    def apply(self, *, trial: int = 0, refused: bool = False) -> None:
        """Carry out the open steps; only those of the first ``trial`` rows if that is given.

        With ``refused``, steps that the wiki refused are tried again.

        :raises Forbidden: the account may not; nothing was sent.
        :raises RemoteError: the wiki could not be read; what was sent is journaled.
        """
        self.batch.may_go_on()
        steps = self.batch.open_steps(refused=refused)
        if trial:
            rows = list(dict.fromkeys(step.key for step in steps))[:trial]
            steps = [step for step in steps if step.key in rows]
        if not steps:
            return
        check_account(
            self.client.account,
            edits=len(steps),
            creations=sum(step.kind == "create" for step in steps),
            limit=self.settings.bot_above,
            approval=self.batch.plan.approval,
        )
        try:
            self.recover()
            self._carry_out_all(steps)
        except Stopped:
            self.stopped = True
        finally:
            # Also after a stop; where the wiki cannot be read, a later run does it.
            with contextlib.suppress(RemoteError, Stopped):
                self._read_back()

    def _carry_out_all(self, steps: Sequence[Step]) -> None:
        """Rounds over the steps: those whose end nobody saw are looked up after each round."""
        journal = self.batch.journal
        for step in steps:
            if journal.state(step.id) == "refused":
                self._add(step, "planned")
        for _ in range(_ROUNDS):
            waiting = [step for step in steps if journal.state(step.id) == "planned"]
            if not waiting:
                return
            for step in waiting:
                # An ill wiki, or a row that this one refers to: find out before going on.
                if self._vague_in_a_row >= _VAGUE or self._refers_to_vague(step):
                    self.recover()
                self._check_stop()
                if journal.state(step.id) == "planned":
                    self._carry_out(step)
                if self.stopped_by is not None:
                    return
            self.recover()
        left = [journal.entries[s.id] for s in steps if journal.state(s.id) == "planned"]
        self.stopped_by = left[0].outcome or Unknown("too many answers were lost") if left else None

    def _refers_to_vague(self, step: Step) -> bool:
        keys = {key for statement in step.statements for key in local_keys(statement)}
        keys |= {step.key} if step.kind == "link" else set()
        return any(
            other.key in keys and self.batch.journal.state(other.id) == "unknown"
            for other in (self.batch.steps if keys else ())
        )

    def _refers_to_open(self, step: Step) -> bool:
        row = self.batch.rows[step.key].draft.wanted
        keys = {k for several in row.claims.values() for s in several for k in local_keys(s)}
        open_keys = {other.key for other in self.batch.open_steps() if other.kind == "create"}
        return bool((keys - {step.key}) & open_keys)

    def recover(self) -> None:
        """Find out what became of every step whose end nobody saw, before anything is sent again.

        After the quiet period an edit that is not among our contributions was not made and will not
        be. A batch that another workspace applied in part is found in the same way.
        """
        journal = self.batch.journal
        self._vague_in_a_row = 0
        vague = [s for s in self.batch.steps if journal.state(s.id) in ("sent", "unknown")]
        if vague:
            last = max(journal.entries[s.id].at for s in vague)
            self.wait(max(0.0, last + self.settings.quiet_seconds - self._clock()))
        elif journal.entries:
            return
        first = min((journal.entries[s.id].at for s in vague), default=self._made())
        found = self._ours(first - _CLOCK_SLACK)
        for step in self.batch.open_steps():
            made = found.get(token(self.batch.id, step.id))
            if made is not None:
                self._note(step, Confirmed(made.item, made.revision), base=made.parent)
            elif step in vague:
                self._add(step, "planned")

    def _read_back(self) -> None:
        """Compare what stands on the wiki with what was sent, for all that was not compared yet."""
        entries = self.batch.journal.entries
        unfinished = {step.key for step in self.batch.open_steps()}
        whole: dict[str, list[Step]] = {}
        for step in self.batch.steps:
            entry = entries.get(step.id)
            if step.key in unfinished or step.key not in self.batch.items:
                continue
            if entry and entry.state == "confirmed" and not entry.checked:
                whole.setdefault(step.key, []).append(step)
        ids = sorted({self.batch.items[key] for key in whole})
        for start in range(0, len(ids), _TOGETHER):
            part = set(ids[start : start + _TOGETHER])
            items = self.client.items(sorted(part))
            for key, steps in whole.items():
                id = self.batch.items[key]
                row = self.batch.rows[key]
                if id not in part or not isinstance(row, Create | Complete):
                    continue
                differences = ["the item is not there any more"]
                if id in items:
                    differences = remaining(row, items[id], self.batch.items, self.profile)
                for step in steps:
                    known = entries[step.id].differences
                    both = [*known, *(d for d in differences if d not in known)]
                    seen = replace(entries[step.id], checked=True, differences=both)
                    self.batch.note(step, seen)

    def wait(self, seconds: float) -> None:
        """Sleep, but wake up when asked to stop.

        :raises Stopped: somebody asked.
        """
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0:
            self._check_stop()
            self._sleep(min(left, 0.25))

    def _check_stop(self) -> None:
        if self._asked() or self.batch.stop_asked():
            raise Stopped

    def _carry_out(self, step: Step) -> None:
        again = waits = 0
        while True:
            outcome, ready = self._attempt(step)
            if outcome.written is not None:
                self._vague_in_a_row = 0
            base = ready.base if ready else 0
            left = ready.left if isinstance(ready, Edit) else []
            if isinstance(outcome, Taken):
                outcome = self._ours_after_all(step, outcome)
            match outcome.next:
                case "done":
                    self._note(step, outcome, base=base, left=left)
                    return
                case "stop":
                    self._add(step, "planned", outcome=outcome)
                    self.stopped_by = outcome
                    return
                case "again":
                    self._add(step, "planned", outcome=outcome)
                    again += 1
                    if again > _AGAIN:
                        if isinstance(outcome, EditConflict):
                            self._note(step, outcome, base=base)
                        else:
                            self.stopped_by = outcome
                        return
                    self._mend(outcome)
                case "wait":
                    self._add(step, "planned", outcome=outcome)
                    waits += 1
                    if waits > _WAITS:
                        self.stopped_by = outcome
                        return
                    self.wait(float(getattr(outcome, "seconds", 5.0)) * min(waits, 6))
                case "look":
                    self._add(step, "unknown", outcome=outcome, base=base)
                    self._vague_in_a_row += 1
                    return

    def _attempt(self, step: Step) -> tuple[Outcome, Edit | StatementEdit | None]:
        mark = token(self.batch.id, step.id)
        ready = prepare(step, self.batch, self.client, self.profile, mark)
        if not isinstance(ready, Edit | StatementEdit):
            return ready, None
        self._pace()
        plan = self.batch.plan
        summary = edit_summary(plan.summary, plan.id, step.id, self.profile, plan.approval)
        payload = ready.data if isinstance(ready, Edit) else ready.patch
        digest = payload_digest(payload)
        self._add(step, "sent", payload=digest, item=ready.item, base=ready.base)
        if isinstance(ready, StatementEdit):
            sent = self.client.patch(ready.item, ready.guid, ready.patch, ready.etag, summary)
        else:
            sent = self.client.edit(ready.data, summary, item=ready.item, base=ready.base or None)
        return sent, ready

    def send_once(self, id: str, send: Callable[[], Outcome], *, item: str, base: int) -> Outcome:
        """Send something that is no step of the plan (an undo), journaled under ``id``."""
        journal, account = self.batch.journal, self.client.account.name

        def note(state: State, outcome: Outcome | None = None, revision: int = 0) -> None:
            at = self._clock()
            journal.add(Entry(id, state, at, "", item, revision, base, outcome, account=account))

        outcome: Outcome = Held("it was not tried")
        for attempt in range(1, _WAITS):
            self._check_stop()
            self._pace()
            note("sent")
            outcome = send()
            match outcome.next:
                case "again":
                    note("planned", outcome)
                    self._mend(outcome)
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
        """Find out what became of such sendings whose end nobody saw."""
        journal = self.batch.journal
        vague = [journal.entries[i] for i in ids if journal.state(i) in ("sent", "unknown")]
        if not vague:
            return
        last = max(entry.at for entry in vague)
        self.wait(max(0.0, last + self.settings.quiet_seconds - self._clock()))
        found = self._ours(min(entry.at for entry in vague) - _CLOCK_SLACK)
        for entry in vague:
            made = found.get(token(self.batch.id, entry.step))
            state: State = "confirmed" if made else "planned"
            revision = made.revision if made else 0
            journal.add(replace(entry, state=state, at=self._clock(), revision=revision))

    def _mend(self, outcome: Outcome) -> None:
        if isinstance(outcome, TokenExpired):
            self.client.fresh_token()
        elif isinstance(outcome, SessionLost):
            self.client.sign_in()

    def _ours_after_all(self, step: Step, outcome: Taken) -> Outcome:
        """An item that has our label and description may be the very one we made before."""
        made = self._ours(self._made() - _CLOCK_SLACK).get(token(self.batch.id, step.id))
        return outcome if made is None else Confirmed(made.item, made.revision)

    def _ours(self, since: float) -> dict[str, Contribution]:
        """Our contributions of this batch by token; of two with one token the older counts."""
        start = f"[{self.batch.id}:"
        found = {}
        for made in self.client.contributions(since):
            at = made.comment.find(start)
            if at >= 0:
                mark = made.comment[at : made.comment.find("]", at) + 1]
                found[mark] = made
        return found

    def _made(self) -> float:
        """When the plan was made: none of our edits of this batch is older."""
        return datetime.fromisoformat(self.batch.plan.made).timestamp()

    def _pace(self) -> None:
        limit = self.settings.edits_per_minute
        wiki = self.client.account.edits_per_minute
        per_minute = min(limit, wiki) if wiki else limit
        self.wait(max(0.0, self._next_edit - self._clock()))
        self._next_edit = self._clock() + 60.0 / max(per_minute, 1e-6)

    def _note(
        self, step: Step, outcome: Outcome, *, base: int = 0, left: Sequence[str] = ()
    ) -> None:
        match outcome:
            case Confirmed(item, revision):
                self._add(
                    step,
                    "confirmed",
                    outcome=outcome,
                    item=item,
                    revision=revision,
                    base=base,
                    left=left,
                )
            case Unneeded(item):
                self._add(step, "confirmed", outcome=outcome, item=item)
            case Held() if self._refers_to_open(step):
                self._add(step, "planned", outcome=outcome)
            case _:
                self._add(step, "refused", outcome=outcome, item=step.item, base=base)

    def _add(
        self,
        step: Step,
        state: State,
        *,
        outcome: Outcome | None = None,
        payload: str = "",
        item: str = "",
        revision: int = 0,
        base: int = 0,
        left: Sequence[str] = (),
    ) -> None:
        account = self.client.account.name
        entry = Entry(
            step.id,
            state,
            self._clock(),
            payload,
            item,
            revision,
            base,
            outcome,
            differences=list(left),
            account=account,
        )
        self.batch.note(step, entry)
        said = outcome_code(outcome) if outcome is not None else ""
        self._progress(Progress(step.id, step.key, state, said))
