"""Pages of the registry: list, map, tables, discovery, and how a partner gets into it."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, UploadFile
from fastapi.responses import Response

from kgtool.partners import KINDS, STATUSES, Partner
from kgtool.reports.worldmap import HIGH, WIDE, spots
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .fields import Word
from .render import go, render
from .trends import trends
from .uploads import uploaded_text
from .wrong import WRONG, shown_again

router = APIRouter(prefix="/partners", include_in_schema=False)

Qid = Annotated[str, Path(pattern="^[Qq][1-9][0-9]{0,14}$")]
_anyone = [Depends(require("anyone"))]
_coordinator = [Depends(require("coordinator"))]
_coordinator_form = [Depends(require_form("coordinator"))]
_PAGE = 50
_CLASSES = ("Q33506", "Q166118", "Q7075", "Q3918", "Q31855")  # of institutions, to choose among


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
def new(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    qid: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    return _new(request, kgtool, language, {"qid": qid})


@router.post("/new", dependencies=_coordinator_form)
def add(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    qid: Word = "",
    name: Word = "",
    kind: Word = "other",
    country: Word = "",
    status: Word = "prospect",
) -> Response:
    try:
        one = kgtool.partners.add(
            qid, name=name.strip() or None, kind=kind, country=country, status=status, caller=caller
        )
    except WRONG as error:
        typed = {"qid": qid, "name": name, "kind": kind, "country": country, "status": status}
        return _new(request, kgtool, language, typed, **shown_again(request, error))
    return go(request, f"/partners/{one.qid}")


def _new(
    request: Request, kgtool: Kgtool, language: str, typed: dict[str, str], **more: Any
) -> Response:
    return render(
        request,
        "partner_new.html",
        form=True,
        kinds=KINDS,
        statuses=STATUSES,
        countries=kgtool.countries.choices(language),
        typed=typed,
        **more,
    )


@router.post("/import", dependencies=_coordinator_form)
def import_table(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    table: UploadFile,
) -> Response:
    try:
        kgtool.partners.import_csv(uploaded_text(table), caller)
    except WRONG as error:
        return _new(request, kgtool, language, {}, **shown_again(request, error))
    return go(request, "/partners")


@router.get("/discover", dependencies=_coordinator)
def discover(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    project: Annotated[str, Query(max_length=20)] = "",
    country: Annotated[str, Query(max_length=120)] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    try:
        found = kgtool.partners.discover(
            caller, project=project or None, country=country or None, kind=kind or None
        )
        again: dict[str, Any] = {}
    except WRONG as error:
        found, again = [], shown_again(request, error)
    named = [qid for one, _ in found for qid in (one.qid, one.country) if qid]
    return render(
        request,
        "discover.html",
        found=found,
        labels=kgtool.labels.of([*named, *_CLASSES], language),
        classes=_CLASSES,
        countries=kgtool.countries.choices(language),
        chosen={"project": project, "country": country, "kind": kind},
        **again,
    )
