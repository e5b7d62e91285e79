"""Batches that somebody asks for: who, and under whose account it is written."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from kgtool.errors import Conflict
from kgtool.messages.words import Words
from kgtool.service.batches import Batches
from kgtool.service.callers import Caller
from kgtool.service.grants import Grants
from kgtool.service.jobs import Jobs, Task, Work
from kgtool.store import AuditStore, Event, Job
from kgtool.writes import Batch, Progress, Undone


class BatchJobs:
    """Lets the worker apply and undo batches, and tells how that goes; or does it here.

    A job that was killed in the middle is taken up by the batch's journal: nothing is sent twice,
    and a trial does not grow. ``check`` refuses plans that somebody objects to.
    """

    def __init__(
        self,
        batches: Batches,
        jobs: Callable[[], Jobs],
        grants: Grants,
        check: Callable[[str], None],
        audit: AuditStore,
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._batches = batches
        self._jobs = jobs
        self._grants = grants
        self._check = check
        self._audit = audit
        self._clock = clock

    def works(self) -> list[Work]:
        """The kinds of jobs. What the wiki refuses is for a person to see: they are begun once."""
        return [
            Work("apply", "edits", self._apply, attempts=1),
            Work("undo", "edits", self._undo, attempts=1),
        ]

    def begin(self, batch: Batch, by: Caller, *, trial: int = 0, refused: bool = False) -> Job:
        """Ask for what is open of a batch; only of the first ``trial`` rows if that is given.

        :raises Conflict: it is being undone.
        :raises Forbidden: a partner objects; or edits are made under the approver's own account,
            and there is no grant.
        """
        self._check(batch.id)
        rows = list(dict.fromkeys(step.key for step in batch.open_steps(refused=refused)))
        through = rows[:trial][-1] if trial and rows else ""
        return self._ask("apply", batch, by, {"through": through, "refused": refused})

    def begin_undo(self, batch: Batch, by: Caller, reason: str = "") -> Job:
        """Ask for a batch to be taken back.

        :raises Conflict: it is being written.
        :raises Forbidden: as :meth:`begin`.
        """
        return self._ask("undo", batch, by, {"reason": reason})

    def _ask(self, kind: str, batch: Batch, by: Caller, how: dict[str, Any]) -> Job:
        open_job = self.job(batch)
        if open_job is not None and open_job.open and open_job.kind != kind:
            raise Conflict(
                Words("error-batch-has-job", (batch.id, Words(f"job-kind-{open_job.kind}"))),
                hint=Words("error-wait-or-stop"),
            )
        account = self._grants.account_of(by)
        batch.may_go_on()
        with self._audit.together():
            job = self._jobs().ask(kind, {"batch": batch.id, **how}, by=by, subject=_subject(batch))
            self._note(kind, batch, by, {"account": account, **how})
        return job

    def apply_here(
        self,
        batch: Batch,
        by: Caller,
        *,
        stopping: Callable[[], bool],
        progress: Callable[[Progress], None],
        trial: int = 0,
        refused: bool = False,
    ) -> dict[str, Any]:
        """Carry a batch out without the worker: for commands. See :meth:`Batches.apply`.

        :raises Forbidden: a partner objects.
        """
        self._check(batch.id)
        detail = {"account": self._grants.account_of(by), "trial": trial, "refused": refused}
        with self._audit.together():
            self._note("apply", batch, by, detail)
        return self._batches.apply(
            batch, trial=trial, refused=refused, stopping=stopping, progress=progress
        )

    def undo_here(self, batch: Batch, by: Caller, reason: str) -> Undone:
        """Take a batch back without the worker: for commands. See :meth:`Batches.undo`."""
        with self._audit.together():
            detail = {"account": self._grants.account_of(by), "reason": reason}
            self._note("undo", batch, by, detail)
        return self._batches.undo(batch, reason)

    def stop(self, batch: Batch, by: Caller) -> None:
        """Let what is being done with a batch end after the current edit, wherever it runs."""
        batch.ask_to_stop()
        job = self.job(batch)
        with self._audit.together():
            if job is not None and job.open:
                self._jobs().stop(job.id, by)
            self._note("stop", batch, by, {})

    def job(self, batch: Batch) -> Job | None:
        """The newest job about a batch."""
        return self._jobs().of(_subject(batch))

    def goes_on(self, batch: Batch) -> bool:
        """Whether a batch is being written, or about to be: by the worker or by a command."""
        job = self.job(batch)
        return (job is not None and job.open) or self._batches.writing.goes_on(batch)

    def undoes(self, batch: Batch) -> bool:
        """Whether what the worker does with a batch, or is about to do, is to take it back."""
        job = self.job(batch)
        return job is not None and job.open and job.kind == "undo"

    def _apply(self, task: Task) -> dict[str, Any]:
        batch = self._batches.open(task.arguments["batch"])
        through, refused = task.arguments["through"], task.arguments["refused"]
        trial = 0
        if through:
            rows = list(dict.fromkeys(step.key for step in batch.steps))
            chosen = set(rows[: rows.index(through) + 1])
            trial = len({s.key for s in batch.open_steps(refused=refused)} & chosen)
            if not trial:
                return _result(batch)
        self._tell(task, batch)
        said = self._batches.apply(
            batch,
            trial=trial,
            refused=refused,
            grant=self._grants.token(task.job.by),
            stopping=task.stopping,
            progress=lambda done: self._tell(task, batch, done),
        )
        return _result(batch) | {"counts": said}

    def _undo(self, task: Task) -> dict[str, Any]:
        batch = self._batches.open(task.arguments["batch"])
        undone = self._batches.undo(
            batch,
            task.arguments["reason"],
            grant=self._grants.token(task.job.by),
            stopping=task.stopping,
        )
        counts = {name: len(getattr(undone, name)) for name in ("undone", "skipped", "unknown")}
        return _result(batch) | counts

    def _note(self, what: str, batch: Batch, by: Caller, detail: dict[str, Any]) -> None:
        event = Event(self._clock(), by.name, f"batch-{what}", _subject(batch), detail)
        self._audit.note(event)

    def _tell(self, task: Task, batch: Batch, done: Progress | None = None) -> None:
        if done is None or done.state in ("confirmed", "refused"):
            counts = batch.counts()
            over = int(counts["confirmed"]) + int(counts["refused"])
            task.tell("edits", over, len(batch.steps))


def _subject(batch: Batch) -> str:
    return f"batch {batch.id}"


def _result(batch: Batch) -> dict[str, Any]:
    return {"page": f"/batches/{batch.id}"}
