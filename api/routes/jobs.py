"""``/api/v1/jobs``: work in the background, asked for elsewhere."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from kgtool.store import Job, JobState

from ..auth import require
from ..deps import After, CallerDep, KgtoolDep, Limit
from ..places import as_seen

router = APIRouter(prefix="/api/v1/jobs", tags=["operation"])

_anyone_known = [Depends(require("volunteer"))]

JobId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class JobOut(BaseModel):
    """A job; ``result`` once it is done, ``error`` where it failed or waits to be tried again."""

    id: int
    kind: str
    subject: str = Field(description="what it is about; of one, only one job is open")
    state: JobState
    progress: dict[str, Any] = Field(description="what, done, total; empty before it is known")
    stopping: bool
    attempts: int
    result: dict[str, Any] | None
    error: str
    by: str
    made: datetime.datetime
    begun: datetime.datetime | None
    ended: datetime.datetime | None


class JobList(BaseModel):
    jobs: list[JobOut]
    next: str | None


@router.get("", dependencies=_anyone_known)
def jobs(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    limit: Limit = 100,
    after: After = None,
) -> JobList:
    """Jobs of the last 30 days, newest first: all for coordinators, their own for others."""
    before = int(after) if after and after.isdecimal() and len(after) < 10 else None
    found = kgtool.jobs.find(caller, before=before, limit=limit + 1)
    next = str(found[limit - 1].id) if len(found) > limit else None
    return JobList(jobs=[_out(request, one) for one in found[:limit]], next=next)


@router.get("/{id}", dependencies=_anyone_known)
def job(id: JobId, request: Request, kgtool: KgtoolDep, caller: CallerDep) -> JobOut:
    """How a job stands."""
    return _out(request, kgtool.jobs.job(id, caller))


@router.post("/{id}/stop", dependencies=[Depends(require("volunteer", "operation"))])
def stop(id: JobId, request: Request, kgtool: KgtoolDep, caller: CallerDep) -> JobOut:
    """Let a job end at its next safe point; one of somebody else only writers may stop."""
    return _out(request, kgtool.jobs.stop(id, caller))


def _out(request: Request, job: Job) -> JobOut:
    told = {name: getattr(job, name) for name in JobOut.model_fields}
    return JobOut(**told | {"error": str(as_seen(request, job.error))})
