"""Work in the background: ask for it, watch it, stop it.

To put a kind of work on the worker, three small things are needed::

    # 1. In the use case: a function of a Task. It must be able to run again from the start at any
    #    time, since the worker may be killed in the middle: take up what is there, then go on.
    def plan_file(task: Task) -> dict[str, Any]:
        for number, row in enumerate(rows):
            task.check()                          # raises where it should end now
            task.tell("rows", number, len(rows))  # cheap: noted every few seconds
        return {"page": f"/drafts/{plan.id}"}     # where people find what came of it

    # 2. In the wiring of jobs: its kind, its lane, what does it.
    Work("plan", "plans", lambda task: self.plans.plan_file(task))

    # 3. Where it is asked for: go to the job's page.
    job = kgtool.jobs.ask("plan", {"file": "uploads/…"}, by=caller, subject=f"upload {id}")
    return go(request, f"/jobs/{job.id}")

Arguments and results are small JSON objects; what is larger stands in a file of the workspace.
Jobs of one lane are done one after another: ``edits`` write to a wiki, ``workspace`` makes
generations, ``plans`` reads and thinks. ``subject`` names what a job is about; asking again for the
same kind and subject while it is open gives the job that is there.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from kgtool.errors import NotFound, TooLarge
from kgtool.messages.words import Words
from kgtool.service.callers import Caller
from kgtool.store import Job, JobStore

LANES = ("edits", "workspace", "plans")
KEPT = datetime.timedelta(days=30)
# A worker that was not seen for so long is not there.
ALIVE = datetime.timedelta(minutes=1)

_MOST_LETTERS = 60_000


class Interrupted(Exception):
    """A job should end now: it was asked to, or the worker ends. What is done stays done."""


class Task:
    """One job being done, as the function that does it sees it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.progress: dict[str, Any] = job.progress
        self.cancelled = False  # somebody asked for this job to end
        self.closing = False  # the worker ends, or lost the job: somebody goes on with it
        self.heard = False  # whether the function knows

    @property
    def arguments(self) -> dict[str, Any]:
        """What was asked for."""
        return self.job.arguments

    def tell(self, what: str, done: int, total: int) -> None:
        """Say how far it is, for people who watch."""
        self.progress = {"what": what, "done": done, "total": total}

    def stopping(self) -> bool:
        """Whether to end as soon as that can be done safely."""
        self.heard = self.cancelled or self.closing
        return self.heard

    def check(self) -> None:
        """End here if it should end.

        :raises Interrupted: it should.
        """
        if self.stopping():
            raise Interrupted


class Work(Struct, frozen=True):
    """A kind of job: ``do`` gets a task and returns the result, or raises one of our errors.

    ``attempts`` is how often it is begun where the outside world fails or the worker is killed.
    """

    kind: str
    lane: str
    do: Callable[[Task], Mapping[str, Any] | None]
    attempts: int = 3


class Schedule(Struct, frozen=True):
    """Work that is asked for again and again, ``every`` so long."""

    kind: str
    every: datetime.timedelta
    arguments: dict[str, Any] = {}


class Jobs:
    """What people ask of the worker. ``lanes`` tells the lane of each kind."""

    def __init__(
        self,
        store: JobStore,
        lanes: Callable[[], Mapping[str, str]],
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._store = store
        self._lanes = lanes
        self._clock = clock

    def ask(self, kind: str, arguments: Mapping[str, Any], *, by: Caller, subject: str = "") -> Job:
        """Ask for work; the job that stands for it, or the one of that subject that is open.

        :raises TooLarge: the arguments are no small object.
        :raises KeyError: no such kind is wired.
        """
        if len(json.dumps(dict(arguments))) > _MOST_LETTERS:
            raise TooLarge(Words("error-job-arguments"))
        return self._store.add(
            kind,
            self._lanes()[kind],
            arguments,
            subject=subject,
            by=by.name,
            now=self._clock(),
        )

    def job(self, id: int, caller: Caller) -> Job:
        """A job, for whoever asked for it and for coordinators.

        :raises NotFound: there is none, or it is none of the caller's.
        """
        found = self._store.job(id)
        if not (caller.may("coordinator") or (caller.name and found.by == caller.name)):
            raise NotFound(Words("error-no-job", (str(id),)), hint=Words("error-jobs-kept"))
        return found

    def find(
        self,
        caller: Caller,
        *,
        kind: str | None = None,
        subject: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Job]:
        """Jobs, newest first: all for coordinators, their own for others."""
        by = None if caller.may("coordinator") else caller.name
        return self._store.find(kind=kind, subject=subject, by=by, before=before, limit=limit)

    def of(self, subject: str) -> Job | None:
        """The newest job about something."""
        found = self._store.find(subject=subject, limit=1)
        return found[0] if found else None

    def stop(self, id: int, caller: Caller) -> Job:
        """Ask a job to end early; whoever asked for it may, and writers.

        :raises NotFound: there is none, or it is none of the caller's.
        """
        found = self.job(id, caller)
        if found.by != caller.name:
            caller.need("writer")
        return self._store.ask_to_stop(id, self._clock())

    def status(self) -> dict[str, Any]:
        """How many jobs there are of each state, and which workers live."""
        workers = list(self._store.workers(self._clock() - ALIVE))
        return {"workers": workers, **self._store.counts()}

    def forget(self) -> int:
        """Delete what ended long ago; returns how many jobs."""
        return self._store.forget(self._clock() - KEPT)
