"""Carrying a batch out: one edit after the other, each journaled before it is sent.

The loop knows five things to do next, which every outcome names itself; it has no other cases.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from msgspec import structs

from kgtool.drafts import Create, local_keys
from kgtool.drafts.words import words
from kgtool.errors import RemoteError
from kgtool.messages.words import Words
from kgtool.writes.account import check_account
from kgtool.writes.journal import Entry, State
from kgtool.writes.outcomes import (
    Confirmed,
    EditConflict,
    Held,
    Outcome,
    Taken,
    Unknown,
    Unneeded,
    outcome_code,
)
from kgtool.writes.payload import payload_digest
from kgtool.writes.prepare import Edit, StatementEdit, prepare
from kgtool.writes.readback import read_back
from kgtool.writes.sending import CLOCK_SLACK, MOST_WAITS, Progress, Sender, Stopped
from kgtool.writes.steps import Step
from kgtool.writes.summary import edit_summary, token

# How often one step is sent again at once before the run gives up on it.
_AGAIN = 5
# How many answers in a row may be lost before we look, and how many rounds a run makes.
_VAGUE = 3
_ROUNDS = 10


class Run(Sender):
    """Applies one batch."""

    _vague_in_a_row = 0
    _looked = False

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
                self._tell_doubles()
                read_back(self.batch, self.client, self.profile)
            self.client.close()

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
                self.check_stop()
                if journal.state(step.id) == "planned":
                    self._carry_out(step)
                if self.stopped_by is not None:
                    return
            self.recover()
        left = [journal.entries[s.id] for s in steps if journal.state(s.id) == "planned"]
        self.stopped_by = left[0].outcome or Unknown(Words("why-answers-lost")) if left else None

    def _tell_doubles(self) -> None:
        """Where two workspaces applied this plan at once, the older item counts; both are told."""
        doubles = self.doubles()
        for step in self.batch.steps if doubles else ():
            items = doubles.get(token(self.batch.id, step.id))
            entry = self.batch.journal.entries.get(step.id)
            if items and entry and entry.state == "confirmed":
                told = Words("seen-twice", (", ".join(items),))
                if told not in entry.differences:
                    differences = [*entry.differences, told]
                    self.batch.note(
                        step, structs.replace(entry, item=items[0], differences=differences)
                    )

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

        After the quiet period an edit that is not among the contributions was not made and will not
        be. A run that begins looks for all that is open: another workspace may have applied a part,
        or the journal may come from a backup and be older than what was sent.
        """
        journal = self.batch.journal
        self._vague_in_a_row = 0
        vague = [s for s in self.batch.steps if journal.state(s.id) in ("sent", "unknown")]
        if vague:
            last = max(journal.entries[s.id].at for s in vague)
            self.wait(max(0.0, last + self.settings.quiet_seconds - self.clock()))
        elif self._looked:
            return
        first = self.made()
        if self._looked:
            first = min(journal.entries[s.id].at for s in vague)
        found = self.ours(first - CLOCK_SLACK)
        backup = self.batch.from_backup()
        if backup is not None and any(s.kind == "create" for s in self.batch.open_steps()):
            # Nor does the journal say who wrote after it was saved.
            found = {**self.anybodys(backup), **found}
        self._looked = True
        for step in self.batch.open_steps():
            made = found.get(token(self.batch.id, step.id))
            if made is not None:
                self._note(step, Confirmed(made.item, made.revision), base=made.parent)
            elif step in vague:
                self._add(step, "planned")
        self.batch.is_up_to_date()

    def _carry_out(self, step: Step) -> None:
        again = waits = 0
        while True:
            outcome, ready = self._attempt(step)
            if outcome.written is not None:
                self._vague_in_a_row = 0
            base = ready.base if ready else 0
            if isinstance(outcome, Taken):
                outcome = self._ours_after_all(step, outcome)
            match outcome.next:
                case "done":
                    self._note(step, outcome, base=base)
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
                    self.mend(outcome)
                case "wait":
                    self._add(step, "planned", outcome=outcome)
                    waits += 1
                    if waits > MOST_WAITS:
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
        self.pace()
        if step.kind == "create":
            elsewhere = self.made_elsewhere(step.id)
            if elsewhere is not None:
                return Confirmed(elsewhere.item, elsewhere.revision), None
        plan = self.batch.plan
        summary = edit_summary(plan.summary, plan.id, step.id, self.profile, plan.approval)
        payload = ready.data if isinstance(ready, Edit) else ready.patch
        digest = payload_digest(payload)
        row = self.batch.rows[step.key]
        searched = row.searched if step.kind == "create" and isinstance(row, Create) else []
        self._add(step, "sent", payload=digest, item=ready.item, base=ready.base, searched=searched)
        if isinstance(ready, StatementEdit):
            sent = self.client.patch(ready.item, ready.guid, ready.patch, ready.etag, summary)
        else:
            sent = self.client.edit(ready.data, summary, item=ready.item, base=ready.base or None)
        return sent, ready

    def _ours_after_all(self, step: Step, outcome: Taken) -> Outcome:
        """An item that has our label and description may be the very one we made before."""
        made = self.ours(self.made() - CLOCK_SLACK).get(token(self.batch.id, step.id))
        return outcome if made is None else Confirmed(made.item, made.revision)

    def _note(self, step: Step, outcome: Outcome, *, base: int = 0) -> None:
        match outcome:
            case Confirmed(item, revision):
                self._add(
                    step,
                    "confirmed",
                    outcome=outcome,
                    item=item,
                    revision=revision,
                    base=base,
                )
            case Unneeded(item):
                self._add(step, "confirmed", outcome=outcome, item=item)
            case Held() if self._refers_to_open(step):
                self._add(step, "planned", outcome=outcome)
            case _:
                self._add(step, "refused", outcome=outcome, item=step.item, base=base)

    def _merged_before(self, step: Step, item: str) -> list[Words]:
        """That the item was merged into another between planning and writing."""
        known = step.item or self.batch.items.get(step.key, "")
        return [words("merged", known, item)] if known and item and known != item else []

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
        searched: Sequence[Words] = (),
    ) -> None:
        account = self.client.account.name
        entry = Entry(
            step.id,
            state,
            self.clock(),
            payload,
            item,
            revision,
            base,
            outcome,
            account=account,
            searched=list(searched),
            differences=self._merged_before(step, item) if state == "confirmed" else [],
        )
        self.batch.note(step, entry)
        said = outcome_code(outcome) if outcome is not None else ""
        self.progress(Progress(step.id, step.key, state, said))
