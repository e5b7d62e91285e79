"""``/api/v1/requests``: the helpdesk."""

from __future__ import annotations

import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field

from kgtool.partners import Request
from kgtool.partners.request import KINDS

from ..auth import require
from ..deps import CallerDep, KgtoolDep, Limit, WantsCsv
from ..described import as_types
from ..models import Page, Version

router = APIRouter(prefix="/api/v1/requests", tags=["requests"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="number of the request")]
_CSV = as_types("the requests, as JSON or CSV", "text/csv")
_anyone = [Depends(require("anyone", "requests"))]


class EventOut(BaseModel):
    at: datetime.datetime
    by: str
    kind: str
    text: str


class CheckOut(BaseModel):
    aspect: str
    verdict: str
    note: str


class RequestOut(BaseModel):
    """A request as the caller may see it; fields that are not published are empty."""

    id: int
    version: int = Field(description="grows with every change; 0 where they are not told")
    title: str
    description: str
    state: str
    kind: str
    material: str
    outcome: str
    justification: str
    community: str
    partner: str | None
    country: str | None
    language: str
    links: list[str]
    related: list[str] = Field(description="pages of this service that it is about")
    meeting: datetime.date | None = Field(description="when the committee looks at it")
    priority: str
    advice: str
    result: str
    made: datetime.datetime
    moved: datetime.datetime
    replied: bool
    events: list[EventOut]
    checks: list[CheckOut]

    @classmethod
    def of(cls, one: Request) -> Self:
        """From a request; its contact never goes over the wire."""
        plain = set(cls.model_fields) - {"events", "checks"}
        return cls(
            **{name: getattr(one, name) for name in plain},
            events=[EventOut(at=e.at, by=e.by, kind=e.kind, text=e.text) for e in one.events],
            checks=[CheckOut(aspect=c.aspect, verdict=c.verdict, note=c.note) for c in one.checks],
        )


class RequestPage(Page):
    requests: list[RequestOut]


class RequestIn(BaseModel):
    """A new request."""

    title: str = Field(max_length=250)
    description: str = Field(max_length=20_000)
    kind: str = Field("other", max_length=40, description=f"one of: {', '.join(KINDS)}")
    material: str = Field("", max_length=250)
    outcome: str = Field("", max_length=20_000)
    justification: str = Field("", max_length=20_000)
    community: str = Field("", max_length=250)
    partner: str = Field("", max_length=16)
    country: str = Field("", max_length=120, description="its name or QID")
    language: str = Field("en", max_length=40)
    links: list[str] = Field([], max_length=20)
    related: list[str] = Field([], max_length=20)


class MoveIn(BaseModel):
    """Where a request goes."""

    to: str = Field(max_length=40)
    note: str = Field("", max_length=2000)
    version: Version = None


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
