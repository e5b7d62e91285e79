"""The background worker: takes jobs, does them, survives whatever happens to it."""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from msgspec import Struct

from kgtool.errors import Busy, KgtoolError, RateLimited, RemoteError, TimedOut, WorkspaceError
from kgtool.messages.words import Words, told_by
from kgtool.service.jobs import LANES, Interrupted, Schedule, Task, Work
from kgtool.store import Job, JobLeases, JobState

T = TypeVar("T")

_log = logging.getLogger("kgtool.worker")

# What passes by itself: tried again, the second time after 10 s, then after 40 s.
_PASSING = (RemoteError, WorkspaceError, TimedOut)
_BUSY = datetime.timedelta(seconds=10)
_AT_ONCE = datetime.timedelta(0)
# How often a job may kill its worker.
_KILLS = 5
_SCHEDULES_EVERY = 30.0


class _End(Struct, frozen=True):
    """How a job ended; ``queued`` gives it back, to be taken again after ``wait``."""

    state: JobState
    result: dict[str, Any] | None = None
    error: str | Words = ""
    wait: datetime.timedelta = _AT_ONCE
    counted: bool = False


class Worker:
    """Does the jobs of all lanes, each lane in a thread of its own.

    Times in seconds: ``lease`` is how long after a kill its jobs are taken over, ``beat`` how often
    leases are renewed, ``look`` how often it looks for jobs.
    """

    def __init__(
        self,
        store: JobLeases,
        works: Sequence[Work],
        schedules: Sequence[Schedule],
        clock: Callable[[], datetime.datetime],
        *,
        lease: float = 30.0,
        beat: float = 5.0,
        look: float = 1.0,
    ) -> None:
        self.name = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._store = store
        self._works: Mapping[str, Work] = {work.kind: work for work in works}
        self._schedules = schedules
        self._clock = clock
        self._lease = datetime.timedelta(seconds=lease)
        self._beat = beat
        self._look = look
        self._tasks: dict[int, Task] = {}
        self._closing = threading.Event()
        self._away = False

    def run(self, stop: threading.Event, patience: float = 25.0) -> bool:
        """Work until *stop* is set; then let jobs end at a safe point, for at most ``patience`` s.

        False where a job did not end in time: whoever comes next takes it over.
        """
        lanes = [
            threading.Thread(target=self._do_lane, args=(lane,), name=lane, daemon=True)
            for lane in LANES
        ]
        with self._beating():
            for thread in lanes:
                thread.start()
            stop.wait()
            self._closing.set()
            for task in list(self._tasks.values()):
                task.closing = True
            until = time.monotonic() + patience
            for thread in lanes:
                thread.join(max(0.0, until - time.monotonic()))
        ended = not any(thread.is_alive() for thread in lanes)
        if ended:
            self._safely(partial(self._store.gone, self.name))
        return ended

    def drain(self) -> int:
        """Do everything that is due, in this thread; returns how many jobs were done."""
        self._ask_for_what_is_scheduled()
        done = 0
        with self._beating():
            while jobs := [job for lane in LANES if (job := self._take(lane))]:
                for job in jobs:
                    self._do(job)
                done += len(jobs)
        self._safely(partial(self._store.gone, self.name))
        return done

    def _do_lane(self, lane: str) -> None:
        while not self._closing.is_set():
            job = self._safely(partial(self._take, lane))
            if job is None:
                self._closing.wait(self._look)
            else:
                self._do(job)

    def _take(self, lane: str) -> Job | None:
        return self._store.take(lane, self.name, self._clock(), self._lease, _KILLS)

    def _do(self, job: Job) -> None:
        task = Task(job)
        task.closing = self._closing.is_set()
        self._tasks[job.id] = task
        said = {"job": job.id, "kind": job.kind, "attempt": job.attempts}
        _log.info("job begun", extra=said)
        try:
            end = self._outcome(task)
            # Its lease is kept until this is noted; the database may be away just now.
            while self._safely(partial(self._note, task, end)) is None:
                time.sleep(self._look)
        finally:
            del self._tasks[job.id]
        _log.info("job over", extra=said | {"state": end.state})

    def _outcome(self, task: Task) -> _End:
        job = task.job
        work = self._works.get(job.kind)
        if work is None:
            return _End("failed", error=Words("error-job-kind", (job.kind,)))
        try:
            result = dict(work.do(task) or {})
        except Interrupted:
            result = None
        except Busy as error:
            return _End("queued", error=told_by(error), wait=_BUSY)
        except _PASSING as error:
            if job.attempts >= work.attempts:
                return _End("failed", error=told_by(error))
            wait = 10.0 * 4 ** (job.attempts - 1)
            if isinstance(error, RateLimited):
                wait = max(wait, error.retry_after)
            again = datetime.timedelta(seconds=wait)
            return _End("queued", error=told_by(error), wait=again, counted=True)
        except KgtoolError as error:
            return _End("failed", error=told_by(error))
        except Exception:  # a job of any kind: its fault ends it, not the worker
            _log.exception("unforeseen", extra={"job": job.id, "kind": job.kind})
            return _End("failed", error=Words("error-job-unforeseen"))
        if task.heard and task.cancelled:
            return _End("cancelled", result)
        if result is None or (task.heard and task.closing):
            return _End("queued")
        return _End("done", result)

    def _note(self, task: Task, end: _End) -> bool:
        id, now = task.job.id, self._clock()
        if end.state == "queued":
            self._store.give_back(
                id, self.name, now + end.wait, counted=end.counted, error=end.error
            )
            return True
        return self._store.end(
            id,
            self.name,
            end.state,
            now,
            progress=task.progress,
            result=end.result,
            error=end.error,
        )

    @contextlib.contextmanager
    def _beating(self) -> Iterator[None]:
        """Keep leases, and ask for what is scheduled, while the block runs."""
        over = threading.Event()

        def beat() -> None:
            schedules = 0.0
            while not over.is_set():
                self._safely(self._beat_once)
                if time.monotonic() >= schedules and not self._closing.is_set():
                    self._safely(self._ask_for_what_is_scheduled)
                    schedules = time.monotonic() + _SCHEDULES_EVERY
                over.wait(self._beat)

        thread = threading.Thread(target=beat, name="beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _beat_once(self) -> None:
        tasks = dict(self._tasks)
        progress = {id: task.progress for id, task in tasks.items()}
        told = self._store.beat(self.name, progress, self._clock(), self._lease)
        for id, what in told.items():
            if what == "stop":
                tasks[id].cancelled = True
            elif what == "lost":  # we slept too long: another one goes on with it
                tasks[id].closing = True

    def _ask_for_what_is_scheduled(self) -> None:
        for one in self._schedules:
            lane = self._works[one.kind].lane
            self._store.add_due(one.kind, lane, one.arguments, every=one.every, now=self._clock())

    def _safely(self, work: Callable[[], T]) -> T | None:
        """Do something with the database; none where that is away, which is said once."""
        try:
            done = work()
        except KgtoolError as error:
            if not self._away:
                _log.warning("the database is away: %s", error.message)
            self._away = True
            return None
        if self._away:
            _log.info("the database is back")
        self._away = False
        return done


@contextlib.contextmanager
def working(worker: Worker) -> Iterator[Worker]:
    """A worker at work while the block runs."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        stop.set()
        thread.join(60)
