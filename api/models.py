"""What goes over the wire, typed. Matrices are not here: they are written from their arrays."""

from __future__ import annotations

import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from kgtool.partners import Institution, Partner, Request
from kgtool.partners.request import KINDS as REQUEST_KINDS
from kgtool.service.institutions import Sized


class Page(BaseModel):
    """One page of a list; ``next`` is the token for ``after`` of the next one."""

    next: str | None = Field(None, description="give it as `after` for the next page")


class StatusChangeOut(BaseModel):
    status: str
    at: datetime.datetime
    note: str


class ProjectOut(BaseModel):
    name: str
    focus: str | None
    begin: datetime.date | None
    end: datetime.date | None


class LinkOut(BaseModel):
    title: str
    url: str


class CollectionOut(BaseModel):
    name: str
    qid: str | None
    catalogue_size: int | None = Field(description="records in the institution's own catalogue")
    counted: datetime.date | None
    source: str


class SizeOut(BaseModel):
    """How much a partner holds, and how much of it is here."""

    count: int
    counted: str = Field(description="when: 2019, 2019-05 or 2019-05-01; empty if nobody says")
    source: str = Field(description="`statement` (P1436 on the item) or `catalogue`")
    items: int | None = Field(description="items of its collections in the workspace")

    @classmethod
    def of(cls, one: Sized) -> Self:
        """From what was counted."""
        return cls(count=one.count, counted=one.counted, source=one.source, items=one.here)


class InstitutionOut(BaseModel):
    """What the workspace knows of the institution."""

    latitude: float | None
    longitude: float | None
    ended: str = Field(description="when it was dissolved or closed (P576, P3999), or empty")
    successors: list[str] = Field(description="replaced by (P1366), merged into (P7888)")

    @classmethod
    def of(cls, one: Institution) -> Self:
        """From what the item says."""
        latitude, longitude = one.place or (None, None)
        return cls(
            latitude=latitude,
            longitude=longitude,
            ended=one.ended,
            successors=one.successors,
        )


class PartnerOut(BaseModel):
    """A partner as the caller may see it; fields that are not published are empty."""

    qid: str
    name: str
    kind: str
    status: str
    country: str | None
    affiliate: str
    summary: str
    updated: datetime.datetime
    version: int = Field(description="grows with every change; 0 where they are not told")
    published: list[str]
    history: list[StatusChangeOut]
    projects: list[ProjectOut]
    links: list[LinkOut]
    collections: list[CollectionOut]
    size: SizeOut | None = None
    institution: InstitutionOut | None = None

    @classmethod
    def of(
        cls, one: Partner, size: Sized | None = None, institution: Institution | None = None
    ) -> Self:
        """From a partner and what the workspace knows; contacts never go over the wire."""
        return cls(
            size=SizeOut.of(size) if size else None,
            institution=InstitutionOut.of(institution) if institution else None,
            qid=one.qid,
            name=one.name,
            kind=one.kind,
            status=one.status,
            country=one.country,
            affiliate=one.affiliate,
            summary=one.summary,
            updated=one.updated,
            version=one.version,
            published=sorted(one.published),
            history=[StatusChangeOut(status=c.status, at=c.at, note=c.note) for c in one.history],
            projects=[
                ProjectOut(name=p.name, focus=p.focus, begin=p.begin, end=p.end)
                for p in one.projects
            ],
            links=[LinkOut(title=x.title, url=x.url) for x in one.links],
            collections=[
                CollectionOut(
                    name=c.name,
                    qid=c.qid,
                    catalogue_size=c.catalogue_size,
                    counted=c.counted,
                    source=c.source,
                )
                for c in one.collections
            ],
        )


class PartnerPage(Page):
    partners: list[PartnerOut]


class MergeIn(BaseModel):
    into: str = Field(pattern=r"^Q[1-9]\d{0,14}$", description="the partner that stays")
    keep: Literal["new", "old"] = Field("new", description="whose name, kind, status … count")


_VERSION = (
    "that of the record on which this is decided: if it has another by now, the answer is 409"
)


class PartnerIn(BaseModel):
    """A new partner, or changes of one: what is left out stays."""

    name: str | None = Field(None, max_length=250)
    kind: str | None = Field(None, max_length=40)
    status: str | None = Field(None, max_length=40)
    note: str = Field("", max_length=2000, description="why the status changed")
    country: str | None = Field(None, max_length=16)
    affiliate: str | None = Field(None, max_length=120)
    summary: str | None = Field(None, max_length=20_000)
    publish: list[str] | None = Field(None, max_length=20, description="all published fields")
    version: int | None = Field(None, ge=1, le=2**31 - 1, description=_VERSION)


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
    kind: str = Field("other", max_length=40, description=f"one of: {', '.join(REQUEST_KINDS)}")
    material: str = Field("", max_length=250)
    outcome: str = Field("", max_length=20_000)
    justification: str = Field("", max_length=20_000)
    community: str = Field("", max_length=250)
    partner: str = Field("", max_length=16)
    country: str = Field("", max_length=16)
    language: str = Field("en", max_length=40)
    links: list[str] = Field([], max_length=20)
    related: list[str] = Field([], max_length=20)


class MoveIn(BaseModel):
    """Where a request goes."""

    to: str = Field(max_length=40)
    note: str = Field("", max_length=2000)
    version: int | None = Field(None, ge=1, le=2**31 - 1, description=_VERSION)


class RecheckIn(BaseModel):
    """Rows of a worklist to read again from the wiki."""

    items: list[str] = Field(min_length=1, max_length=50, description="QIDs")
    missing: list[str] = Field(default=[], max_length=20, description="measures")
    having: list[str] = Field(default=[], max_length=20, description="measures")


class ClaimIn(BaseModel):
    """Items of a worklist that the caller means to work on."""

    items: list[str] = Field(min_length=1, max_length=500, description="QIDs")
    missing: str = Field(max_length=250, description="the measure that is missing")
    selection: str = Field(max_length=120)


class ClaimOut(BaseModel):
    item: str
    missing: str
    selection: str
    mine: bool
    expires: datetime.datetime


class ClaimPage(BaseModel):
    claims: list[ClaimOut]


class ParameterOut(BaseModel):
    name: str
    kind: str = Field(description="item, property, statement, language, text, number, date, url")
    default: str
    help: str


class QueryOut(BaseModel):
    """A question in SPARQL."""

    name: str
    question: str
    note: str = Field(description="what to change for other services, or empty")
    parameters: list[ParameterOut]


class QueryPage(BaseModel):
    queries: list[QueryOut]


class QueryAnswerOut(BaseModel):
    """Rows of plain values: ids of entities and properties, numbers, texts."""

    query: QueryOut
    columns: list[str]
    rows: list[dict[str, str | int | float | None]]
    as_of: str | None = Field(description="of when the data is; null where an endpoint answered")


class SelectionIn(BaseModel):
    """A selection to save."""

    title: str = Field(max_length=250)
    definition: dict[str, object] = Field(
        description="`kind` is partners (qids, role), items (qids), query (query), focus (qid) or "
        "pagepile (number)"
    )


class SelectionOut(BaseModel):
    name: str
    title: str
    definition: dict[str, object]
    made: datetime.datetime


class SelectionPage(Page):
    selections: list[SelectionOut]
