"""``/api/v1/partners/{qid}/history``: how coverage moved."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from ..auth import require
from ..deps import KgtoolDep
from ..described import as_types
from .coverage import Measures, Qid

router = APIRouter(prefix="/api/v1", tags=["coverage"], dependencies=[Depends(require("anyone"))])

STATES = as_types("states, oldest first", "application/json")
Since = Annotated[datetime.date | None, Query(description="not before this day")]


@router.get("/partners/{qid}/history", responses=STATES)
def history(
    kgtool: KgtoolDep, qid: Qid, measures: Measures = None, since: Since = None
) -> Response:
    """The recorded states of a partner's coverage, with the gaps that opened and closed."""
    steps = kgtool.history.steps(qid, since)
    told = [kgtool.history.told(step, tuple(measures or ())) for step in steps]
    body = msgspec.json.encode({"selection": qid, "steps": told})
    return Response(body, media_type="application/json")
