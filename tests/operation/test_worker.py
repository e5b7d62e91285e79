"""The background worker: ends jobs at safe points, tries again what passes, outlives kills."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kgtool import messages
from kgtool.errors import Busy, RemoteError, UsageError, WorkspaceError
from kgtool.service.callers import OPERATOR, Caller
from kgtool.service.jobs import Jobs, Schedule, Task, Work
from kgtool.service.worker import Worker, working
from kgtool.settings import Settings
from kgtool.store import Database, Job, JobLeases
from kgtool.wiring import build

ANN = Caller("Ann", "volunteer")


class Bench:
    """A database with jobs of the kind ``work``, and a clock that is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.store = JobLeases(Database("", folder / "registry.sqlite"))
        self.late = timedelta(0)
        self.jobs = Jobs(self.store, lambda: {"work": "plans"}, self.clock)

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.late

    def worker(self, do: Callable[[Task], Any], *schedules: Schedule) -> Worker:
        works = [Work("work", "plans", do)]
        return Worker(self.store, works, schedules, self.clock, beat=0.02, look=0.02)

    def until(self, id: int, states: tuple[str, ...]) -> Job:
        """The job, once it is in one of these states."""
        for _ in range(500):
            if (job := self.store.job(id)).state in states:
                return job
            time.sleep(0.02)
        raise AssertionError(f"still {job}")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    yield Bench(tmp_path)


def test_what_is_asked_for_is_done(bench: Bench) -> None:
    def do(task: Task) -> dict[str, Any]:
        task.tell("rows", 2, 2)
        return {"sum": task.arguments["a"] + task.arguments["b"]}

    job = bench.jobs.ask("work", {"a": 1, "b": 2}, by=ANN)
    assert bench.worker(do).drain() == 1
    done = bench.store.job(job.id)
    assert (done.state, done.result) == ("done", {"sum": 3})
    assert done.progress == {"what": "rows", "done": 2, "total": 2}


def test_wrong_use_fails_at_once_and_what_passes_is_tried_again(bench: Bench) -> None:
    errors: list[Exception] = [RemoteError("away"), Busy("held"), UsageError("never")]

    def do(task: Task) -> None:
        raise errors.pop(0)

    job = bench.jobs.ask("work", {}, by=ANN)
    worker = bench.worker(do)
    seen = []
    for _ in range(3):
        worker.drain()
        now = bench.store.job(job.id)
        seen.append((now.state, now.attempts, now.error))
        bench.late += timedelta(minutes=2)
    assert seen == [("queued", 1, "away"), ("queued", 1, "held"), ("failed", 2, "never")]


def test_what_stays_away_fails_in_the_end(bench: Bench) -> None:
    def do(task: Task) -> None:
        raise WorkspaceError("no")

    job = bench.jobs.ask("work", {}, by=ANN)
    worker = bench.worker(do)
    for _ in range(5):
        worker.drain()
        bench.late += timedelta(minutes=10)
    assert (bench.store.job(job.id).state, bench.store.job(job.id).attempts) == ("failed", 3)


def test_something_unforeseen_fails_the_job_and_not_the_worker(bench: Bench) -> None:
    def do(task: Task) -> None:
        raise ZeroDivisionError("secret details")

    first, second = (bench.jobs.ask("work", {}, by=ANN) for _ in range(2))
    bench.worker(do).drain()
    for job in (first, second):
        assert bench.store.job(job.id).state == "failed"
        assert "secret" not in str(bench.store.job(job.id).error)


def test_a_running_job_is_stopped_by_whoever_asked_for_it(bench: Bench) -> None:
    def do(task: Task) -> None:
        while True:
            time.sleep(0.01)
            task.check()

    job = bench.jobs.ask("work", {}, by=ANN)
    with working(bench.worker(do)):
        bench.until(job.id, ("running",))
        bench.jobs.stop(job.id, ANN)
        bench.until(job.id, ("cancelled",))


def test_a_worker_that_ends_gives_its_job_back(bench: Bench) -> None:
    begun = threading.Event()

    def do(task: Task) -> dict[str, Any]:
        begun.set()
        while not task.stopping():
            time.sleep(0.01)
        return {"half": True}

    job = bench.jobs.ask("work", {}, by=ANN)
    with working(bench.worker(do)):
        assert begun.wait(20)
    left = bench.store.job(job.id)
    assert (left.state, left.attempts, left.result) == ("queued", 0, None)
    bench.worker(lambda task: {"whole": True}).drain()
    assert bench.store.job(job.id).result == {"whole": True}


def _work_without_end(folder: Path, begun: Path) -> None:
    """A process whose job tells that it began, and never ends."""

    def do(task: Task) -> dict[str, Any]:
        begun.touch()
        while True:
            time.sleep(1)

    Bench(folder).worker(do).drain()


def test_the_job_of_a_process_that_was_killed_is_taken_up_by_another(
    bench: Bench, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    job = bench.jobs.ask("work", {}, by=ANN)
    process = multiprocessing.get_context("spawn").Process(
        target=_work_without_end, args=(tmp_path, begun)
    )
    process.start()
    until = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.kill()
    process.join()
    assert bench.store.job(job.id).state == "running"
    bench.worker(lambda task: {"whole": True}).drain()
    assert bench.store.job(job.id).state == "running", "its lease has not run out"
    bench.late = timedelta(minutes=2)
    bench.worker(lambda task: {"whole": True}).drain()
    done = bench.store.job(job.id)
    assert (done.state, done.result, done.attempts) == ("done", {"whole": True}, 2)


def test_a_job_ends_although_the_database_was_away(bench: Bench, tmp_path: Path) -> None:
    path, aside = tmp_path / "registry.sqlite", tmp_path / "aside"
    database = bench.store._database

    def do(task: Task) -> dict[str, Any]:
        database.close()
        path.rename(aside)
        path.mkdir()  # nothing can be opened here
        threading.Timer(0.3, back).start()
        return {"done": True}

    def back() -> None:
        path.rmdir()
        aside.rename(path)

    job = bench.jobs.ask("work", {}, by=ANN)
    bench.worker(do).drain()
    assert bench.store.job(job.id).state == "done"


def test_schedules_are_kept(bench: Bench) -> None:
    done: list[int] = []
    worker = bench.worker(
        lambda task: done.append(task.job.id), Schedule("work", timedelta(hours=1))
    )
    for _ in range(3):
        worker.drain()
    assert len(done) == 1
    bench.late += timedelta(hours=1)
    worker.drain()
    assert len(done) == 2


def test_jobs_are_seen_by_whoever_asked_and_by_coordinators(bench: Bench) -> None:
    job = bench.jobs.ask("work", {}, by=ANN)
    assert bench.jobs.job(job.id, ANN).id == job.id
    assert bench.jobs.job(job.id, Caller("Cy", "coordinator")).id == job.id
    for other in (Caller("Bo", "volunteer"), Caller("", "anyone")):
        with pytest.raises(Exception, match="no job"):
            bench.jobs.job(job.id, other)
        assert bench.jobs.find(other) == []


def test_every_kind_of_job_has_a_name_in_words(tmp_path: Path) -> None:
    tool = build(Settings(home=tmp_path))
    known = messages.texts("en")
    assert [w.kind for w in tool.works() if f"job-kind-{w.kind}" not in known] == []
    assert {one.kind for one in tool.schedules()} <= {work.kind for work in tool.works()}


def kgtool(home: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "kgtool", *words],
        env=os.environ | {"KGTOOL_HOME": str(home)},
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
    )


def logged(process: subprocess.Popen[bytes], message: str) -> dict[str, Any]:
    """The first line of a process's log that says so."""
    assert process.stderr is not None
    for line in process.stderr:
        said: dict[str, Any] = json.loads(line)
        if said["message"] == message:
            return said
    raise AssertionError(f"It never said “{message}”.")


def test_the_command_works_until_it_is_told_to_end(tmp_path: Path) -> None:
    with kgtool(tmp_path, "worker") as process:
        assert logged(process, "job over")["state"] == "done"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0
    store = JobLeases(Database("", tmp_path / "registry.sqlite"))
    assert store.workers(datetime.now(UTC) - timedelta(hours=1)) == []


@pytest.mark.long
def test_the_command_does_once_what_is_due(tmp_path: Path) -> None:
    with kgtool(tmp_path, "worker", "--once") as process:
        process.communicate(timeout=60)
    assert process.returncode == 0
    tool = build(Settings(home=tmp_path))
    assert {job.kind for job in tool.jobs.find(OPERATOR)} == {"snapshot", "forget"}
    assert tool.status()["jobs"]["done"] == 2


def test_a_worker_does_not_outlive_who_started_it(tmp_path: Path) -> None:
    with kgtool(tmp_path, "worker", "--until-closed") as process:
        logged(process, "job over")
        process.communicate(timeout=30)  # closes its standard input
    assert process.returncode == 0
