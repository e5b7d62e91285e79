"""Work that goes on in the background: what waits, who does it, how it went.

A worker holds a job by a *lease* that it renews while it lives. One whose lease has run out was
killed: whoever comes next takes its job over. Jobs of one *lane* are done one after another.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select
from sqlalchemy import update as change

from kgtool.errors import NotFound
from kgtool.store import schema
from kgtool.store.database import Database

State: TypeAlias = Literal["queued", "running", "done", "failed", "cancelled"]
STATES: tuple[State, ...] = ("queued", "running", "done", "failed", "cancelled")
OPEN: tuple[State, ...] = ("queued", "running")

_job = schema.job


class Job(Struct, frozen=True):
    """One piece of work. ``subject`` is what it is about: of one, only one job is ever open.

    ``arguments``, ``progress`` and ``result`` are JSON objects; ``stopping`` is whether somebody
    asked it to end early; ``attempts`` how often it was begun.
    """

    id: int
    kind: str
    lane: str
    subject: str
    arguments: dict[str, Any]
    state: State
    progress: dict[str, Any]
    stopping: bool
    attempts: int
    result: dict[str, Any] | None
    error: str
    by: str
    made: datetime.datetime
    begun: datetime.datetime | None
    ended: datetime.datetime | None

    @property
    def open(self) -> bool:
        """Whether it waits or is being done."""
        return self.state in OPEN


class JobStore:
    """Jobs, and the workers that do them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # — Asking —

    def add(
        self,
        kind: str,
        lane: str,
        arguments: Mapping[str, Any],
        *,
        subject: str,
        by: str,
        now: datetime.datetime,
    ) -> Job:
        """A new job, or the one of that kind and subject that is open already."""
        with self._database.begin() as connection:
            about = and_(_job.c.kind == kind, _job.c.subject == subject, _job.c.state.in_(OPEN))
            found = connection.execute(select(_job).where(about)).first() if subject else None
            return _as_job(found or _insert(connection, kind, lane, arguments, subject, by, now))

    def add_due(
        self,
        kind: str,
        lane: str,
        arguments: Mapping[str, Any],
        *,
        every: datetime.timedelta,
        now: datetime.datetime,
    ) -> Job | None:
        """A job of a schedule, if its last one is over and was made ``every`` ago or longer."""
        subject = "schedule"
        waits = and_(
            _job.c.kind == kind,
            _job.c.subject == subject,
            or_(_job.c.made > now - every, _job.c.state.in_(OPEN)),
        )
        query = select(_job.c.id).where(waits).limit(1)
        with self._database.read() as connection:
            if connection.execute(query).first():
                return None
        with self._database.begin() as connection:
            if connection.execute(query).first():
                return None
            return _as_job(_insert(connection, kind, lane, arguments, subject, "", now))

    def ask_to_stop(self, id: int, now: datetime.datetime) -> Job:
        """Ask a job to end early; one that nobody has begun ends at once.

        :raises NotFound: there is none of that number.
        """
        waiting = and_(_job.c.id == id, _job.c.state == "queued")
        running = and_(_job.c.id == id, _job.c.state == "running")
        with self._database.begin() as connection:
            connection.execute(change(_job).where(waiting).values(state="cancelled", ended=now))
            connection.execute(change(_job).where(running).values(stopping=True))
        return self.job(id)

    def job(self, id: int) -> Job:
        """A job by its number.

        :raises NotFound: there is none.
        """
        with self._database.read() as connection:
            row = connection.execute(select(_job).where(_job.c.id == id)).first()
        if row is None:
            raise NotFound(f"There is no job {id}.", hint="Jobs are kept for 30 days.")
        return _as_job(row)

    def find(
        self,
        *,
        state: State | None = None,
        kind: str | None = None,
        subject: str | None = None,
        by: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Job]:
        """Jobs, newest first; ``before`` is the number after which a page goes on."""
        query = select(_job).order_by(_job.c.id.desc()).limit(limit)
        wanted = (("state", state), ("kind", kind), ("subject", subject), ("by", by))
        for column, value in wanted:
            if value is not None:
                query = query.where(_job.c[column] == value)
        if before is not None:
            query = query.where(_job.c.id < before)
        with self._database.read() as connection:
            return [_as_job(row) for row in connection.execute(query)]

    def counts(self) -> dict[str, int]:
        """How many jobs there are of each state."""
        query = select(_job.c.state, func.count()).group_by(_job.c.state)
        with self._database.read() as connection:
            found = {row[0]: int(row[1]) for row in connection.execute(query)}
        return {state: found.get(state, 0) for state in STATES}

    def forget(self, before: datetime.datetime) -> int:
        """Delete jobs that ended before a time; returns how many."""
        with self._database.begin() as connection:
            gone = connection.execute(delete(_job).where(_job.c.ended < before)).rowcount
            connection.execute(delete(schema.worker).where(schema.worker.c.seen < before))
        return gone

    # — Doing —

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
                    said = f"Begun {row.attempts} times, and each time the worker was killed."
                    connection.execute(
                        this.values(state="failed", ended=now, worker=None, error=said)
                    )
                else:
                    held_by = {"worker": worker, "lease": now + lease, "state": "running"}
                    counted = {"attempts": row.attempts + 1, "begun": row.begun or now}
                    connection.execute(this.values(held_by | counted))
                    return _as_job(
                        connection.execute(select(_job).where(_job.c.id == row.id)).one()
                    )
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
        self, id: int, worker: str, not_before: datetime.datetime, *, counted: bool, error: str = ""
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
                        error=error,
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
        error: str = "",
    ) -> bool:
        """Note how a job ended; false where *worker* does not hold it any longer."""
        values = {
            "state": state,
            "ended": now,
            "worker": None,
            "lease": None,
            "progress": dict(progress),
            "result": None if result is None else dict(result),
            "error": error,
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

    def workers(self, since: datetime.datetime) -> Sequence[str]:
        """Names of the workers that were seen since a time."""
        seen = schema.worker
        query = select(seen.c.name).where(seen.c.seen >= since).order_by(seen.c.name)
        with self._database.read() as connection:
            return [str(name) for name in connection.execute(query).scalars()]


def _due(lane: str, now: datetime.datetime) -> ColumnElement[bool]:
    waits = and_(_job.c.state == "queued", _job.c.not_before <= now)
    left = and_(_job.c.state == "running", _job.c.lease <= now)
    return and_(_job.c.lane == lane, or_(waits, left))


def _mine(id: int, worker: str) -> ColumnElement[bool]:
    return and_(_job.c.id == id, _job.c.worker == worker, _job.c.state == "running")


def _insert(
    connection: Connection,
    kind: str,
    lane: str,
    arguments: Mapping[str, Any],
    subject: str,
    by: str,
    now: datetime.datetime,
) -> Row[Any]:
    row = {
        "kind": kind,
        "lane": lane,
        "arguments": dict(arguments),
        "subject": subject,
        "by": by,
        "state": "queued",
        "progress": {},
        "made": now,
        "not_before": now,
    }
    id = connection.execute(insert(_job).values(row)).inserted_primary_key
    assert id is not None
    return connection.execute(select(_job).where(_job.c.id == id[0])).one()


def _as_job(row: Row[Any]) -> Job:
    return Job(**{name: getattr(row, name) for name in Job.__struct_fields__})
