"""Pages of the helpdesk: board, form, one request."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import Response

from kgtool.partners import ASPECTS, VERDICTS, moves_from
from kgtool.partners.request import PRIORITIES, PUBLISHABLE

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .render import go, render

router = APIRouter(prefix="/requests", include_in_schema=False)

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Word = Annotated[str, Form(max_length=250)]
Text = Annotated[str, Form(max_length=20_000)]
_anyone = [Depends(require("anyone"))]
_coordinator_form = [Depends(require_form("coordinator"))]


@router.get("", dependencies=_anyone)
def board(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Response:
    columns = kgtool.requests.board(caller)
    countries = {r.country for column in columns.values() for r, _ in column if r.country}
    return render(
        request,
        "requests.html",
        columns=columns,
        any=any(columns.values()),
        labels=kgtool.labels.of(countries, language),
    )


@router.get(".csv", dependencies=_anyone)
def table(kgtool: KgtoolDep, caller: CallerDep) -> Response:
    return Response(
        kgtool.requests.export_csv(caller),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="requests.csv"'},
    )


@router.get("/new", dependencies=_anyone)
def new(
    request: Request, kgtool: KgtoolDep, partner: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    return render(
        request,
        "request_new.html",
        form=True,
        partner=partner,
        keeps_contacts=kgtool.requests.keeps_contacts,
    )


@router.post("/new", dependencies=[Depends(require_form("anyone"))])
def make(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    title: Word,
    description: Text,
    material: Word = "",
    outcome: Text = "",
    justification: Text = "",
    community: Word = "",
    partner: Word = "",
    country: Word = "",
    links: Text = "",
    contact: Word = "",
    website: Word = "",
) -> Response:
    # People don't see the field “website”; programs that fill in every field do, and are thanked.
    if not website:
        kgtool.requests.make(
            caller,
            title=title,
            description=description,
            material=material,
            outcome=outcome,
            justification=justification,
            community=community,
            partner=partner,
            country=country,
            language=language,
            links=links.split(),
            contact=contact,
        )
    return go(request, "/requests/thanks")


@router.get("/thanks", dependencies=_anyone)
def thanks(request: Request) -> Response:
    return render(request, "request_thanks.html")


@router.get("/{number}", dependencies=_anyone)
def one_request(
    number: Number, request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Response:
    one = kgtool.requests.get(number, caller)
    items = [qid for qid in (one.country, one.partner) if qid]
    own = bool(caller.name) and caller.name == one.author
    return render(
        request,
        "request.html",
        form=True,
        one=one,
        own=own,
        moves=moves_from(one.state)
        if caller.may("coordinator")
        else tuple(to for to in moves_from(one.state) if own and to == "withdrawn"),
        aspects=ASPECTS,
        verdicts=VERDICTS,
        priorities=PRIORITIES,
        publishable=PUBLISHABLE,
        checks={check.aspect: check for check in one.checks},
        labels=kgtool.labels.of(items, language),
    )


@router.post("/{number}/move", dependencies=[Depends(require_form("volunteer"))])
def move(
    number: Number,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    to: Word,
    note: Text = "",
) -> Response:
    kgtool.requests.move(number, to, caller, note=note)
    return go(request, f"/requests/{number}")


@router.post("/{number}/comment", dependencies=[Depends(require_form("volunteer"))])
def comment(
    number: Number, request: Request, kgtool: KgtoolDep, caller: CallerDep, text: Text
) -> Response:
    kgtool.requests.comment(number, text, caller)
    return go(request, f"/requests/{number}")


@router.post("/{number}/check", dependencies=_coordinator_form)
def check(
    number: Number,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    aspect: Word,
    verdict: Word,
    note: Text = "",
) -> Response:
    kgtool.requests.check(number, aspect, verdict, caller, note=note)
    return go(request, f"/requests/{number}")


@router.post("/{number}/edit", dependencies=_coordinator_form)
def change(
    number: Number,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    advice: Text = "",
    priority: Word = "",
    result: Text = "",
    assigned: Word = "",
    publish: Annotated[list[str] | None, Form()] = None,
) -> Response:
    kgtool.requests.change(
        number,
        caller,
        advice=advice,
        priority=priority,
        result=result,
        assigned=assigned[:120],
        publish=publish or [],
    )
    return go(request, f"/requests/{number}")
