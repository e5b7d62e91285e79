"""Pages of jobs: what waits, what runs, what came of it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep
from ..places import as_seen
from .render import go, render

router = APIRouter(prefix="/jobs", include_in_schema=False)

_Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("", dependencies=[Depends(require("volunteer"))])
def all_jobs(request: Request, kgtool: KgtoolDep, caller: CallerDep) -> Response:
    return render(
        request,
        "jobs.html",
        jobs=kgtool.jobs.find(caller, limit=50),
        workers=kgtool.jobs.status()["workers"],
    )


@router.get("/{id}", dependencies=[Depends(require("volunteer"))])
def one_job(id: _Id, request: Request, kgtool: KgtoolDep, caller: CallerDep) -> Response:
    """How it goes; once it is done, the page of its result."""
    job = kgtool.jobs.job(id, caller)
    page, _, asked = str((job.result or {}).get("page", "")).partition("?")
    query = dict(parse_qsl(asked))
    if job.state == "done" and page:
        return go(request, page, **query)
    return render(
        request,
        "job.html",
        form=True,
        job=job,
        error=as_seen(request, job.error),
        page=page,
        query=query,
        workers=kgtool.jobs.status()["workers"],
    )


@router.post("/{id}/stop", dependencies=[Depends(require_form("volunteer"))])
def stop(id: _Id, request: Request, kgtool: KgtoolDep, caller: CallerDep) -> Response:
    kgtool.jobs.stop(id, caller)
    return go(request, f"/jobs/{id}")
