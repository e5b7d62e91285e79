"""Whether the service lives, whether it can answer, and its figures."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import generate_latest

from kgtool.errors import KgtoolError

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
    found: dict[str, Any] = {}
    try:
        meta = kgtool.snapshots.current().generation.meta
        found["generation"] = meta.number
        found["as_of"] = meta.as_of
        found["schema"] = kgtool.database.check()
    except KgtoolError as error:
        return problem(503, error.message, hint=error.hint, headers={"Retry-After": "5"})
    return JSONResponse({"status": "ok", **found})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Figures of this worker in the Prometheus text format."""
    figures = generate_latest(request.app.state.figures.registry)
    return Response(figures, media_type="text/plain; version=0.0.4; charset=utf-8")
