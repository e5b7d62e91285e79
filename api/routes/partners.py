"""``/api/v1/partners``: the registry."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field

from kgtool.partners import Institution, Partner
from kgtool.service.institutions import Sized
from kgtool.wiring import Kgtool

from ..auth import require
from ..deps import After, CallerDep, KgtoolDep, Limit, WantsCsv
from ..described import as_types
from ..models import Page, Version

router = APIRouter(prefix="/api/v1/partners", tags=["partners"])

Qid = Annotated[str, Path(pattern="^[Qq][1-9][0-9]{0,14}$", description="a QID")]
_CSV = as_types("as JSON or CSV", "text/csv")
_anyone = [Depends(require("anyone", "registry"))]
_registry = [Depends(require("coordinator", "registry"))]


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
    closed: bool = Field(description="whether it was dissolved or closed (P576, P3999)")
    ended: str = Field(description="when, or empty where that is not known to the year")
    successors: list[str] = Field(description="replaced by (P1366), merged into (P7888)")

    @classmethod
    def of(cls, one: Institution) -> Self:
        """From what the item says."""
        latitude, longitude = one.place or (None, None)
        return cls(
            latitude=latitude,
            longitude=longitude,
            closed=one.closed,
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


class PartnerIn(BaseModel):
    """A new partner, or changes of one: what is left out stays."""

    name: str | None = Field(None, max_length=250)
    kind: str | None = Field(None, max_length=40)
    status: str | None = Field(None, max_length=40)
    note: str = Field("", max_length=2000, description="why the status changed")
    country: str | None = Field(None, max_length=120, description="its name or QID")
    affiliate: str | None = Field(None, max_length=120)
    summary: str | None = Field(None, max_length=20_000)
    publish: list[str] | None = Field(None, max_length=20, description="all published fields")
    version: Version = None


@router.get("", dependencies=_anyone, response_model=PartnerPage, responses=_CSV)
def partners(
    kgtool: KgtoolDep,
    caller: CallerDep,
    csv: WantsCsv,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    country: Annotated[str | None, Query(max_length=16)] = None,
    status: Annotated[str | None, Query(max_length=40)] = None,
    after: After = None,
    limit: Limit = 100,
) -> PartnerPage | Response:
    """Registered partners by name. `Accept: text/csv` gives all of them as a table."""
    if csv:
        return Response(kgtool.partners.export_csv(caller), media_type="text/csv; charset=utf-8")
    found, next = kgtool.partners.find(
        caller, kind=kind, country=country, status=status, after=after, limit=limit
    )
    return PartnerPage(partners=_told(kgtool, found), next=next)


@router.get("/{qid}", dependencies=_anyone, response_model=PartnerOut, responses=_CSV)
def partner(qid: Qid, kgtool: KgtoolDep, caller: CallerDep, csv: WantsCsv) -> PartnerOut | Response:
    """One partner. `Accept: text/csv` gives its row of the table of all."""
    if csv:
        table = kgtool.partners.export_csv(caller, qid)
        return Response(table, media_type="text/csv; charset=utf-8")
    return _told(kgtool, [kgtool.partners.get(qid, caller)])[0]


@router.put("/{qid}", dependencies=_registry)
def register(qid: Qid, given: PartnerIn, kgtool: KgtoolDep, caller: CallerDep) -> PartnerOut:
    """Register a partner, or change what is given of one."""
    if given.version is None and not kgtool.partners.registered([qid.upper()]):
        kgtool.partners.add(
            qid,
            name=given.name,
            kind=given.kind or "other",
            country=given.country,
            status=given.status or "prospect",
            caller=caller,
        )
    changed = kgtool.partners.change(qid, caller, **given.model_dump())
    return _told(kgtool, [changed])[0]


@router.post("/{qid}/merge", dependencies=_registry)
def merge(qid: Qid, given: MergeIn, kgtool: KgtoolDep, caller: CallerDep) -> PartnerOut:
    """Make one record of this partner and the one that its item was merged into."""
    one = kgtool.merging.merge(qid, given.into, given.keep, caller)
    return _told(kgtool, [one])[0]


@router.delete("/{qid}", dependencies=_registry, status_code=204)
def remove(qid: Qid, kgtool: KgtoolDep, caller: CallerDep) -> None:
    """Take a partner out of the registry, with all that hangs on it."""
    kgtool.partners.remove(qid, caller)


def _told(kgtool: Kgtool, partners: list[Partner]) -> list[PartnerOut]:
    sizes = kgtool.institutions.sizes(partners)
    known = kgtool.institutions.of([one.qid for one in partners])
    return [PartnerOut.of(one, sizes.get(one.qid), known.get(one.qid)) for one in partners]
