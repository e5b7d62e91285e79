"""Whether the service lives, whether it can answer, and its figures."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import generate_latest

from kgtool.errors import KgtoolError, WorkspaceError
from kgtool.wiring import Kgtool

from ..auth import require
from ..deps import KgtoolDep
from ..errors import problem

router = APIRouter(tags=["operation"], dependencies=[Depends(require("anyone"))])


@router.get("/health/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/health/ready", responses={503: {"description": "it cannot answer yet"}})
def ready(kgtool: KgtoolDep) -> Response:
    """Data and database are there."""
    try:
        found = _held(kgtool)
        found["schema"] = kgtool.database.check()
    except KgtoolError as error:
        return problem(503, error.message, hint=error.hint, headers={"Retry-After": "5"})
    return JSONResponse({"status": "ok", **found})


def _held(kgtool: Kgtool) -> dict[str, Any]:
    """The workspace and the names that are answered from, and of when; one of both will do.

    :raises WorkspaceError: there is neither.
    """
    found: dict[str, Any] = {}
    with suppress(WorkspaceError):
        meta = kgtool.snapshots.current().generation.meta
        found = {"generation": meta.number, "as_of": meta.as_of}
    try:
        about = kgtool.cards.about()
    except WorkspaceError:
        if not found:
            raise
    else:
        found["names"] = {
            "entities": about.entities,
            "as_of": about.as_of,
            "complete": about.complete,
        }
    return found


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Figures of this worker in the Prometheus text format."""
    figures = generate_latest(request.app.state.figures.registry)
    return Response(figures, media_type="text/plain; version=0.0.4; charset=utf-8")
