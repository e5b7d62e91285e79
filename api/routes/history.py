"""``/api/v1/partners/{qid}/history``: how coverage moved."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from kgtool.coverage.trends import Step

from ..auth import require
from ..deps import KgtoolDep
from ..described import as_types, may_give
from .coverage import Measures, Qid

router = APIRouter(prefix="/api/v1", tags=["coverage"], dependencies=[Depends(require("anyone"))])

STATES = as_types("states, oldest first", "application/json")
Since = Annotated[datetime.date | None, Query(description="not before this day")]


@router.get("/partners/{qid}/history", responses=STATES | may_give(404))
def history(
    kgtool: KgtoolDep, qid: Qid, measures: Measures = None, since: Since = None
) -> Response:
    """The recorded states of a partner's coverage, with the gaps that opened and closed.

    `earlier` has those of partners that were merged into this one, each under its own id.
    """
    names = kgtool.history.names(measures or ())
    steps = kgtool.history.steps(qid, since)
    earlier = kgtool.history.earlier(qid, since)
    if not steps and not earlier:
        kgtool.history.never(qid)

    def told(steps: list[Step]) -> list[dict[str, Any]]:
        return [kgtool.history.told(step, names) for step in steps]

    before = [{"selection": one.selection, "steps": told(one.steps)} for one in earlier]
    body = msgspec.json.encode({"selection": qid, "steps": told(steps), "earlier": before})
    return Response(body, media_type="application/json")
