"""Doing jobs: who holds which, and how long without a sign of life.

A worker holds a job by a *lease* that it renews while it lives. One whose lease has run out was
killed: whoever comes next takes its job over.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, and_, delete, insert, or_, select
from sqlalchemy import update as change

from kgtool.messages.words import Words
from kgtool.store import schema
from kgtool.store.jobs import Job, JobStore, State, job_of

_job = schema.job


class JobLeases(JobStore):
    """Jobs as workers do them."""

    def take(
        self, lane: str, worker: str, now: datetime.datetime, lease: datetime.timedelta, most: int
    ) -> Job | None:
        """The next job of a lane, now held by *worker*; none where nothing is due.

        A job that was begun ``most`` times and never ended has failed.
        """
        with self._database.read() as connection:  # writers need not wait for those who look
            if (
                connection.execute(select(_job.c.id).where(_due(lane, now)).limit(1)).first()
                is None
            ):
                return None
        held = and_(_job.c.lane == lane, _job.c.state == "running", _job.c.lease > now)
        with self._database.begin() as connection:
            if connection.execute(select(_job.c.id).where(held).limit(1)).first():
                return None
            due = select(_job).where(_due(lane, now)).order_by(_job.c.id)
            for row in connection.execute(due).all():
                this = change(_job).where(_job.c.id == row.id)
                if row.stopping:
                    connection.execute(this.values(state="cancelled", ended=now, worker=None))
                elif row.attempts >= most:
                    said = msgspec.to_builtins(Words("error-job-killed", (row.attempts,)))
                    connection.execute(
                        this.values(state="failed", ended=now, worker=None, error=said)
                    )
                else:
                    held_by = {"worker": worker, "lease": now + lease, "state": "running"}
                    counted = {"attempts": row.attempts + 1, "begun": row.begun or now}
                    connection.execute(this.values(held_by | counted))
                    return job_of(connection.execute(select(_job).where(_job.c.id == row.id)).one())
        return None

    def beat(
        self,
        worker: str,
        progress: Mapping[int, Mapping[str, Any]],
        now: datetime.datetime,
        lease: datetime.timedelta,
    ) -> dict[int, Literal["go on", "stop", "lost"]]:
        """Say that a worker lives, renew its leases, note progress; what to do with each job."""
        told: dict[int, Literal["go on", "stop", "lost"]] = {}
        seen = schema.worker
        with self._database.begin() as connection:
            this = seen.c.name == worker
            if not connection.execute(change(seen).where(this).values(seen=now)).rowcount:
                connection.execute(insert(seen).values(name=worker, begun=now, seen=now))
            for id, done in progress.items():
                row = connection.execute(select(_job).where(_mine(id, worker))).first()
                if row is None:
                    told[id] = "lost"
                    continue
                renewed = {"lease": now + lease, "progress": dict(done)}
                connection.execute(change(_job).where(_mine(id, worker)).values(renewed))
                told[id] = "stop" if row.stopping else "go on"
        return told

    def give_back(
        self,
        id: int,
        worker: str,
        not_before: datetime.datetime,
        *,
        counted: bool,
        error: str | Words = "",
    ) -> None:
        """Let a job wait again, until ``not_before`` at least; ``counted`` as an attempt or not."""
        with self._database.begin() as connection:
            row = connection.execute(select(_job).where(_mine(id, worker))).first()
            if row is not None:
                attempts = row.attempts if counted else row.attempts - 1
                connection.execute(
                    change(_job)
                    .where(_job.c.id == id)
                    .values(
                        state="queued",
                        worker=None,
                        lease=None,
                        not_before=not_before,
                        attempts=attempts,
                        error=msgspec.to_builtins(error),
                    )
                )

    def end(
        self,
        id: int,
        worker: str,
        state: State,
        now: datetime.datetime,
        *,
        progress: Mapping[str, Any],
        result: Mapping[str, Any] | None = None,
        error: str | Words = "",
    ) -> bool:
        """Note how a job ended; false where *worker* does not hold it any longer."""
        values = {
            "state": state,
            "ended": now,
            "worker": None,
            "lease": None,
            "progress": dict(progress),
            "result": None if result is None else dict(result),
            "error": msgspec.to_builtins(error),
        }
        with self._database.begin() as connection:
            mine = _mine(id, worker)
            if connection.execute(select(_job.c.id).where(mine)).first() is None:
                return False
            connection.execute(change(_job).where(mine).values(values))
        return True

    def gone(self, worker: str) -> None:
        """A worker ended in peace."""
        with self._database.begin() as connection:
            connection.execute(delete(schema.worker).where(schema.worker.c.name == worker))


def _due(lane: str, now: datetime.datetime) -> ColumnElement[bool]:
    waits = and_(_job.c.state == "queued", _job.c.not_before <= now)
    left = and_(_job.c.state == "running", _job.c.lease <= now)
    return and_(_job.c.lane == lane, or_(waits, left))


def _mine(id: int, worker: str) -> ColumnElement[bool]:
    return and_(_job.c.id == id, _job.c.worker == worker, _job.c.state == "running")
