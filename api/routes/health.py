"""Whether the service lives, whether it can answer, and its figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kgtool.errors import EmptyWorkspace, KgtoolError
from kgtool.store.jobs import STATES
from kgtool.wiring import Kgtool

from ..auth import require
from ..deps import KgtoolDep
from ..described import as_types
from ..errors import advice, problem
from ..places import as_seen


class _Now(Collector):
    """What is read at the moment of asking: the generation, jobs and workers."""

    def __init__(self, kgtool: Kgtool) -> None:
        self._kgtool = kgtool

    def collect(self) -> Iterator[Metric]:
        """The gauges; those of the database are left out while it is away."""
        yield GaugeMetricFamily(
            "kgtool_generation",
            "Number of the current generation",
            self._kgtool.workspace.current(),
        )
        try:
            status = self._kgtool.jobs.status()
        except KgtoolError:
            return
        yield GaugeMetricFamily("kgtool_workers", "Workers that live", len(status["workers"]))
        jobs = GaugeMetricFamily("kgtool_jobs", "Jobs by state", labels=["state"])
        for state in STATES:
            jobs.add_metric([state], status[state])
        yield jobs


router = APIRouter(tags=["operation"], dependencies=[Depends(require("anyone"))])


@router.get("/health/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/health/ready")
def ready(request: Request, kgtool: KgtoolDep) -> Response:
    """Data and database are there. `warm`: what is usually asked of this data is at hand."""
    try:
        found = _held(kgtool)
        found["warm"] = request.app.state.warm == found.get("generation", 0)
        found["schema"] = kgtool.database.check()
    except KgtoolError as error:
        return problem(
            503,
            as_seen(request, error.message),
            hint=advice(request, error),
            headers={"Retry-After": "5"},
        )
    return JSONResponse({"status": "ok", **found})


def _held(kgtool: Kgtool) -> dict[str, Any]:
    """The workspace and the names that are answered from, and of when; one of both will do.

    :raises WorkspaceError: there is neither.
    """
    found: dict[str, Any] = {}
    with suppress(EmptyWorkspace):
        meta = kgtool.snapshots.current().generation.meta
        found = {"generation": meta.number, "as_of": meta.as_of}
    try:
        about = kgtool.cards.about()
    except EmptyWorkspace:
        if not found:
            raise
    else:
        found["names"] = {
            "entities": about.entities,
            "as_of": about.as_of,
            "complete": about.complete,
        }
    return found


@router.get(
    "/metrics",
    response_class=Response,
    responses=as_types("counters, histograms and gauges", "text/plain"),
)
def metrics(request: Request, kgtool: KgtoolDep) -> Response:
    """Figures of the whole service in the Prometheus text format."""
    figures = request.app.state.figures.told(_Now(kgtool))
    return Response(figures, media_type="text/plain; version=0.0.4; charset=utf-8")
