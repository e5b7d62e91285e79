"""``/api/v1/partners/{qid}/history``: how coverage moved."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime

from kgtool.coverage.trends import COLUMNS, Step

from ..auth import require
from ..deps import KgtoolDep, Limit, WantsCsv
from ..described import as_types, may_give
from ..tables import csv_answer
from .coverage import Measures, Qid

router = APIRouter(prefix="/api/v1", tags=["coverage"], dependencies=[Depends(require("anyone"))])

STATES = as_types("states, oldest first", "application/json", "text/csv")
AfterState = Annotated[AwareDatetime | None, Query(description="`next` of the page before")]
Since = Annotated[datetime.date | None, Query(description="not before this day")]


@router.get("/partners/{qid}/history", responses=STATES | may_give(404))
def history(
    kgtool: KgtoolDep,
    csv: WantsCsv,
    qid: Qid,
    measures: Measures = None,
    since: Since = None,
    after: AfterState = None,
    limit: Limit = 1000,
) -> Response:
    """The recorded states of a partner's coverage, with the gaps that opened and closed.

    `earlier`, on the first page, has those of partners that were merged into this one, each under
    its own id. CSV gives all states, with how many gaps opened and closed.
    """
    names = kgtool.history.names(measures or ())
    if csv:
        return csv_answer(COLUMNS, kgtool.history.table(qid, since, names))
    steps = kgtool.history.steps(qid, since)
    earlier = kgtool.history.earlier(qid, since) if after is None else []
    if not steps and not earlier:
        kgtool.history.never(qid)
    rest = [one for one in steps if after is None or one.at > after]
    shown = rest[:limit]

    def told(steps: list[Step]) -> list[dict[str, Any]]:
        return [kgtool.history.told(step, names) for step in steps]

    before = [{"selection": one.selection, "steps": told(one.steps)} for one in earlier]
    answer = {
        "selection": qid,
        "steps": told(shown),
        "earlier": before,
        "next": shown[-1].at if len(rest) > limit else None,
    }
    body = msgspec.json.encode(answer)
    return Response(body, media_type="application/json")
