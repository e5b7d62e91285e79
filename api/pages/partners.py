"""Pages of the registry: list, front page of a partner, and its forms."""

from __future__ import annotations

import datetime
import unicodedata
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request, UploadFile
from fastapi.responses import Response
from msgspec import Struct

from kgtool.errors import Conflict
from kgtool.partners import KINDS, PUBLISHABLE, STATUSES, Partner
from kgtool.partners import lines as text_lines
from kgtool.reports.charts import sparkline
from kgtool.reports.worldmap import HIGH, WIDE, spots
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .meanwhile import Filled, Marks, Version
from .render import go, render
from .uploads import uploaded_text

router = APIRouter(prefix="/partners", include_in_schema=False)

Qid = Annotated[str, Path(pattern="^[Qq][1-9][0-9]{0,14}$")]
Word = Annotated[str, Form(max_length=250)]
Text = Annotated[str, Form(max_length=20_000)]
_anyone = [Depends(require("anyone"))]
_coordinator = [Depends(require("coordinator"))]
_coordinator_form = [Depends(require_form("coordinator"))]
_PAGE = 50
_TREND_DAYS = 31


class Trend(Struct, frozen=True):
    """How the gaps of a selection moved in the last month; ``line`` draws it, if it can be."""

    since: datetime.date
    items: int
    gaps: int
    line: str


def trends(kgtool: Kgtool, selections: list[str]) -> dict[str, Trend]:
    """Selection → what moved since the first state recorded in the last month."""
    since = datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=_TREND_DAYS)
    return {
        name: Trend(
            totals[0].at.date(),
            totals[-1].items - totals[0].items,
            totals[-1].gaps - totals[0].gaps,
            sparkline([(one.at, one.gaps) for one in totals]),
        )
        for name, totals in kgtool.history.totals(selections, since).items()
    }


@router.get("", dependencies=_anyone)
def listing(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    kind: Annotated[str, Query(max_length=40)] = "",
    country: Annotated[str, Query(max_length=16)] = "",
    status: Annotated[str, Query(max_length=40)] = "",
    q: Annotated[str, Query(max_length=120)] = "",
    after: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    everything, _ = kgtool.partners.find(caller, whole=False)
    fitting = [
        one
        for one in everything
        if kind in ("", one.kind) and country in ("", one.country) and status in ("", one.status)
    ]
    if q.strip():
        fitting = _called(kgtool, fitting, q, language)
    start = next((at for at, one in enumerate(fitting, 1) if one.qid == after), 0)
    chosen = [one.qid for one in fitting[start : start + _PAGE]]
    found, _ = kgtool.partners.find(caller, qids=chosen)
    countries = sorted({one.country for one in everything if one.country})
    qids = [one.qid for one in found]
    return render(
        request,
        "partners.html",
        to_merge=kgtool.merging.waiting(caller),
        partners=found,
        here=kgtool.institutions.here(qids),
        sizes=kgtool.institutions.sizes(found),
        institutions=kgtool.institutions.of(qids),
        trends=trends(kgtool, qids),
        next=found[-1].qid if start + _PAGE < len(fitting) else None,
        count=len(everything),
        kinds=sorted({one.kind for one in everything}),
        statuses=[s for s in STATUSES if any(one.status == s for one in everything)],
        labels=kgtool.labels.of([*countries, *(one.qid for one in found)], language),
        countries=countries,
        fitting=len(fitting),
        chosen={"kind": kind, "country": country, "status": status, "q": q.strip()},
    )


def _called(kgtool: Kgtool, partners: list[Partner], text: str, language: str) -> list[Partner]:
    """Those whose QID it is, or whose name, here or in the reader's language, has all its words."""
    words = _plain(text).split()
    labels = kgtool.labels.of([one.qid for one in partners], language)

    def fits(one: Partner) -> bool:
        names = _plain(f"{one.name} {labels[one.qid][0] if one.qid in labels else ''}")
        return one.qid == text.strip().upper() or all(word in names for word in words)

    return [one for one in partners if fits(one)]


def _plain(text: str) -> str:
    """A name without marks and capitals: *Museo* finds *MUSÉO*."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@router.get("/map", dependencies=_anyone)
def world(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Response:
    partners, _ = kgtool.partners.find(caller, whole=False)
    known = kgtool.institutions.of([one.qid for one in partners])
    places = [
        (one, one.country or "", place)
        for one in partners
        if one.qid in known and (place := known[one.qid].place) is not None
    ]
    placed = {one.qid for one, _, _ in places}
    countries: dict[str, list[Partner]] = {}
    for one in partners:
        countries.setdefault(one.country or "", []).append(one)
    labels = kgtool.labels.of([*filter(None, countries), *(one.qid for one in partners)], language)

    def ordered(country: str) -> tuple[bool, str]:
        return not country, labels[country][0] if country in labels else country

    return render(
        request,
        "partners_map.html",
        spots=spots(places),
        wide=WIDE,
        high=HIGH,
        countries=sorted(countries.items(), key=lambda pair: ordered(pair[0])),
        labels=labels,
        count=len(partners),
        unplaced=len(partners) - len(placed),
    )


@router.get(".csv", dependencies=_anyone)
def table(kgtool: KgtoolDep, caller: CallerDep) -> Response:
    return Response(
        kgtool.partners.export_csv(caller),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="partners.csv"'},
    )


@router.get("/new", dependencies=_coordinator)
def new(request: Request, qid: Annotated[str, Query(max_length=20)] = "") -> Response:
    return render(request, "partner_new.html", form=True, kinds=KINDS, statuses=STATUSES, qid=qid)


@router.post("/new", dependencies=_coordinator_form)
def add(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    qid: Word,
    name: Word = "",
    kind: Word = "other",
    country: Word = "",
    status: Word = "prospect",
) -> Response:
    one = kgtool.partners.add(
        qid, name=name.strip() or None, kind=kind, country=country, status=status, caller=caller
    )
    return go(request, f"/partners/{one.qid}")


@router.post("/import", dependencies=_coordinator_form)
def import_table(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, table: UploadFile
) -> Response:
    kgtool.partners.import_csv(uploaded_text(table), caller)
    return go(request, "/partners")


@router.get("/discover", dependencies=_coordinator)
def discover(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    project: Annotated[str, Query(max_length=20)] = "",
    country: Annotated[str, Query(max_length=20)] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    found = kgtool.partners.discover(
        caller, project=project or None, country=country or None, kind=kind or None
    )
    named = [qid for one, _ in found for qid in (one.qid, one.country) if qid]
    return render(
        request,
        "discover.html",
        found=found,
        labels=kgtool.labels.of(named, language),
        chosen={"project": project, "country": country, "kind": kind},
    )


@router.get("/{qid}/edit", dependencies=_coordinator)
def edit(qid: Qid, request: Request, kgtool: KgtoolDep, caller: CallerDep) -> Response:
    one = kgtool.partners.get(qid, caller)
    return _form(request, kgtool, one, Filled.fresh(_shown(one), one.version))


@router.post("/{qid}/edit", dependencies=_coordinator_form)
def change(
    qid: Qid,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    version: Version,
    marks: Marks,
    name: Word,
    kind: Word,
    status: Word,
    note: Text = "",
    country: Word = "",
    affiliate: Word = "",
    summary: Text = "",
    links: Text = "",
    projects: Text = "",
    collections: Text = "",
    publish: Annotated[list[str] | None, Form()] = None,
) -> Response:
    typed = Typed(
        name, kind, country, status, affiliate, summary, collections, projects, links, publish or []
    )
    try:
        kgtool.partners.change(
            qid,
            caller,
            version=version,
            name=name,
            kind=kind,
            status=status,
            note=note,
            country=country or None,
            affiliate=affiliate[:120],
            summary=summary,
            links=text_lines.links_from(links),
            projects=text_lines.projects_from(projects),
            collections=text_lines.collections_from(collections),
            publish=publish or [],
        )
    except Conflict:
        one = kgtool.partners.get(qid, caller)
        filled = Filled.again(_shown(one), one.version, typed, marks)
        if filled.differences:  # else all that they changed is kept already
            return _form(request, kgtool, one, filled, note=note, status=409)
    return go(request, f"/partners/{qid.upper()}")


class Typed(Struct, frozen=True):
    """A partner as its form has it, field by field in the form's order."""

    name: str
    kind: str
    country: str
    status: str
    affiliate: str
    summary: str
    collections: str
    projects: str
    links: str
    publish: list[str]


def _shown(one: Partner) -> Typed:
    return Typed(
        one.name,
        one.kind,
        one.country or "",
        one.status,
        one.affiliate,
        one.summary,
        text_lines.collections_to(one.collections),
        text_lines.projects_to(one.projects),
        text_lines.links_to(one.links),
        [field for field in PUBLISHABLE if field in one.published],
    )


def _form(
    request: Request,
    kgtool: Kgtool,
    one: Partner,
    filled: Filled[Typed],
    *,
    note: str = "",
    status: int = 200,
) -> Response:
    return render(
        request,
        "partner_edit.html",
        status=status,
        form=True,
        partner=one,
        filled=filled,
        typed=filled.values,
        note=note,
        kinds=sorted({*KINDS, one.kind, filled.values.kind}),
        statuses=STATUSES,
        publishable=PUBLISHABLE,
        keeps_contacts=kgtool.requests.keeps_contacts,
    )


@router.post("/{qid}/contacts", dependencies=_coordinator_form)
def add_contact(
    qid: Qid,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    name: Word,
    address: Word,
    purpose: Word,
    consent: Word = "",
) -> Response:
    kgtool.partners.add_contact(
        qid, caller, name=name, address=address, purpose=purpose, consent=consent
    )
    return go(request, f"/partners/{qid.upper()}")
