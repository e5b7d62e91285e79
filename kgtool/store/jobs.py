"""Work that goes on in the background: what waits, who does it, how it went.

Jobs of one *lane* are done one after another.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select
from sqlalchemy import update as change

from kgtool.errors import NotFound
from kgtool.messages.words import Words
from kgtool.store import schema
from kgtool.store.database import Database, number_of

State: TypeAlias = Literal["queued", "running", "done", "failed", "cancelled"]
STATES: tuple[State, ...] = ("queued", "running", "done", "failed", "cancelled")
OPEN: tuple[State, ...] = ("queued", "running")

_job = schema.job


class Job(Struct, frozen=True):
    """One piece of work. ``subject`` is what it is about: of one, only one job is ever open.

    ``arguments``, ``progress`` and ``result`` are JSON objects; ``stopping`` is whether somebody
    asked it to end early; ``attempts`` how often it was begun; ``error`` why it failed, or waits.
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
    error: str | Words
    by: str
    made: datetime.datetime
    begun: datetime.datetime | None
    ended: datetime.datetime | None

    @property
    def open(self) -> bool:
        """Whether it waits or is being done."""
        return self.state in OPEN


class JobStore:
    """Jobs as they are asked for and looked at."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
            return job_of(found or _insert(connection, kind, lane, arguments, subject, by, now))

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
            return job_of(_insert(connection, kind, lane, arguments, subject, "", now))

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
            raise NotFound(Words("error-no-job", (str(id),)), hint=Words("error-jobs-kept"))
        return job_of(row)

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
            return [job_of(row) for row in connection.execute(query)]

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

    def workers(self, since: datetime.datetime) -> Sequence[str]:
        """Names of the workers that were seen since a time."""
        seen = schema.worker
        query = select(seen.c.name).where(seen.c.seen >= since).order_by(seen.c.name)
        with self._database.read() as connection:
            return [str(name) for name in connection.execute(query).scalars()]


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
    id = number_of(connection.execute(insert(_job).values(row)))
    return connection.execute(select(_job).where(_job.c.id == id)).one()


def job_of(row: Row[Any]) -> Job:
    """The job in a row of the table."""
    values = {name: getattr(row, name) for name in Job.__struct_fields__}
    return Job(**values | {"error": msgspec.convert(row.error, str | Words)})
