"""``/api/v1/requests``: the helpdesk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from ..auth import require
from ..deps import CallerDep, KgtoolDep, Limit, WantsCsv
from ..described import as_types
from ..models import MoveIn, RequestIn, RequestOut, RequestPage

router = APIRouter(prefix="/api/v1/requests", tags=["requests"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="number of the request")]
_CSV = as_types("the requests, as JSON or CSV", "text/csv")
_anyone = [Depends(require("anyone", "requests"))]


@router.get("", dependencies=_anyone, response_model=RequestPage, responses=_CSV)
def requests(
    kgtool: KgtoolDep,
    caller: CallerDep,
    csv: WantsCsv,
    state: Annotated[str | None, Query(max_length=40)] = None,
    partner: Annotated[str | None, Query(max_length=16)] = None,
    after: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Limit = 100,
) -> RequestPage | Response:
    """Requests that the caller may see, newest first. `Accept: text/csv` gives all as a table."""
    if csv:
        return Response(kgtool.request_papers.csv(caller), media_type="text/csv; charset=utf-8")
    found, next = kgtool.requests.find(
        caller, state=state, partner=partner, after=after, limit=limit
    )
    return RequestPage(
        requests=[RequestOut.of(one) for one in found], next=None if next is None else str(next)
    )


@router.get("/{number}", dependencies=_anyone)
def request(number: Number, kgtool: KgtoolDep, caller: CallerDep) -> RequestOut:
    """One request."""
    return RequestOut.of(kgtool.requests.get(number, caller))


@router.post("", dependencies=[Depends(require("volunteer", "requests"))], status_code=201)
def make(given: RequestIn, kgtool: KgtoolDep, caller: CallerDep) -> RequestOut:
    """Make a request. (People without an account use the form on the web pages.)"""
    return RequestOut.of(kgtool.requests.make(caller, **given.model_dump()))


@router.post("/{number}/moves", dependencies=[Depends(require("volunteer", "requests"))])
def move(number: Number, given: MoveIn, kgtool: KgtoolDep, caller: CallerDep) -> RequestOut:
    """Bring a request to another state; its author may withdraw it, coordinators do the rest."""
    return RequestOut.of(kgtool.requests.move(number, caller=caller, **given.model_dump()))
