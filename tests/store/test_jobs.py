"""Jobs in the database: done once, in turn, and by somebody else where a worker was killed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from kgtool.errors import NotFound
from kgtool.messages.words import Words
from kgtool.store import Database, Job, JobLeases

NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)
LATER = NOW + timedelta(seconds=31)


@pytest.fixture
def store(database: Database) -> JobLeases:
    return JobLeases(database)


def add(store: JobLeases, kind: str = "plan", subject: str = "", lane: str = "plans") -> Job:
    return store.add(kind, lane, {"n": 1}, subject=subject, by="Ann", now=NOW)


def take(store: JobLeases, worker: str, now: datetime = NOW, lane: str = "plans") -> Job | None:
    return store.take(lane, worker, now, LEASE, 3)


def test_a_job_goes_from_asked_for_to_done(store: JobLeases) -> None:
    asked = add(store)
    assert (asked.state, asked.arguments, asked.result, asked.by) == (
        "queued",
        {"n": 1},
        None,
        "Ann",
    )
    taken = take(store, "one")
    assert taken is not None and (taken.id, taken.state, taken.attempts) == (asked.id, "running", 1)
    told = store.beat("one", {asked.id: {"done": 3}}, NOW, LEASE)
    assert told == {asked.id: "go on"}
    assert store.job(asked.id).progress == {"done": 3}
    assert store.end(asked.id, "one", "done", LATER, progress={"done": 5}, result={"page": "/x"})
    ended = store.job(asked.id)
    assert (ended.state, ended.result, ended.ended) == ("done", {"page": "/x"}, LATER)
    assert take(store, "one") is None
    assert store.counts()["done"] == 1


def test_jobs_of_one_lane_are_done_in_turn(store: JobLeases) -> None:
    first, second, other = add(store), add(store), add(store, lane="edits")
    assert (taken := take(store, "one")) and taken.id == first.id
    assert take(store, "two") is None
    assert (taken := take(store, "two", lane="edits")) and taken.id == other.id
    store.end(first.id, "one", "failed", NOW, progress={}, error="no")
    assert (taken := take(store, "two")) and taken.id == second.id


def test_of_one_subject_only_one_job_is_open(store: JobLeases) -> None:
    first = add(store, subject="batch 1")
    assert add(store, subject="batch 1").id == first.id
    assert add(store, subject="batch 2").id != first.id
    assert add(store).id != add(store).id
    store.ask_to_stop(first.id, NOW)
    assert add(store, subject="batch 1").id != first.id


def test_the_job_of_a_killed_worker_is_taken_over(store: JobLeases) -> None:
    job = add(store)
    take(store, "killed")
    assert take(store, "next") is None, "its lease still runs"
    again = take(store, "next", LATER)
    assert again is not None and (again.id, again.attempts) == (job.id, 2)
    assert store.beat("killed", {job.id: {}}, LATER, LEASE) == {job.id: "lost"}
    assert not store.end(job.id, "killed", "done", LATER, progress={})
    assert store.end(job.id, "next", "done", LATER, progress={})


def test_a_job_that_kills_every_worker_fails(store: JobLeases) -> None:
    job = add(store)
    now = NOW
    for name in ("one", "two", "three"):
        assert take(store, name, now)
        now += timedelta(seconds=31)
    assert take(store, "four", now) is None
    assert store.job(job.id).state == "failed"
    assert "killed" in str(store.job(job.id).error)


def test_a_job_given_back_waits_for_its_time(store: JobLeases) -> None:
    job = add(store)
    take(store, "one")
    store.give_back(job.id, "one", LATER, counted=False, error="busy")
    assert take(store, "one") is None
    again = take(store, "two", LATER)
    assert again is not None and again.attempts == 1
    store.give_back(job.id, "two", LATER, counted=True)
    assert (third := take(store, "two", LATER)) and third.attempts == 2


def test_a_waiting_job_is_stopped_at_once_and_a_running_one_is_told(store: JobLeases) -> None:
    running, waiting = add(store), add(store)
    take(store, "one")
    assert store.ask_to_stop(waiting.id, NOW).state == "cancelled"
    assert store.ask_to_stop(running.id, NOW).state == "running"
    assert store.beat("one", {running.id: {}}, NOW, LEASE) == {running.id: "stop"}
    # Its worker is killed before it heard: nobody begins it again.
    assert take(store, "two", LATER) is None
    assert store.job(running.id).state == "cancelled"
    with pytest.raises(NotFound):
        store.ask_to_stop(999, NOW)


def test_a_schedule_asks_once_however_many_workers_there_are(store: JobLeases) -> None:
    hourly = timedelta(hours=1)

    def due(now: datetime) -> Job | None:
        return store.add_due("sync", "workspace", {}, every=hourly, now=now)

    found: list[Job | None] = []
    threads = [threading.Thread(target=lambda: found.append(due(NOW))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(job is not None for job in found) == 1
    assert due(NOW + 2 * hourly) is None, "the last one is still open"
    taken = take(store, "one", lane="workspace")
    assert taken is not None
    store.end(taken.id, "one", "done", NOW, progress={})
    assert due(NOW + timedelta(minutes=59)) is None
    assert due(NOW + hourly) is not None


def test_what_ended_long_ago_is_forgotten(store: JobLeases) -> None:
    old, open_ = add(store), add(store, lane="edits")
    take(store, "one")
    store.end(old.id, "one", "done", NOW, progress={})
    assert store.forget(LATER) == 1
    assert [job.id for job in store.find()] == [open_.id]


def test_workers_are_seen_until_they_are_gone(store: JobLeases) -> None:
    store.beat("one", {}, NOW, LEASE)
    store.beat("two", {}, NOW, LEASE)
    store.beat("two", {}, LATER, LEASE)
    assert store.workers(NOW) == ["one", "two"]
    assert store.workers(LATER) == ["two"]
    store.gone("two")
    assert store.workers(LATER) == []


def test_why_a_job_failed_is_told_in_the_language_of_whoever_reads(store: JobLeases) -> None:
    job = add(store)
    take(store, "one")
    said = Words("error-body-large", (Words("error-the-mapping"),))
    store.end(job.id, "one", "failed", NOW, progress={}, error=said)
    kept = store.job(job.id).error
    assert kept == said
    assert isinstance(kept, Words) and kept.told("sv") != str(kept)
