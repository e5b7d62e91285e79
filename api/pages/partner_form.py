"""The form over a partner: what is kept of it, what is public, and its contacts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import Response
from msgspec import Struct

from kgtool.errors import Conflict
from kgtool.partners import KINDS, PUBLISHABLE, STATUSES, Partner
from kgtool.partners import lines as text_lines
from kgtool.service.partners import CONTACT_DAYS, MOST_DAYS
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .fields import Text, Word
from .meanwhile import Filled, Marks, Version
from .partners import Qid
from .render import go, render
from .wrong import WRONG, shown_again

router = APIRouter(prefix="/partners", include_in_schema=False)

_coordinator_form = [Depends(require_form("coordinator"))]


@router.get("/{qid}/edit", dependencies=[Depends(require("coordinator"))])
def edit(
    qid: Qid, request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Response:
    one = kgtool.partners.get(qid, caller)
    filled = Filled.fresh(_shown(kgtool, one, language), one.version)
    return _form(request, kgtool, language, one, filled)


@router.post("/{qid}/edit", dependencies=_coordinator_form)
def change(
    qid: Qid,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
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
            country=country,
            affiliate=affiliate[:120],
            summary=summary,
            links=text_lines.links_from(links),
            projects=text_lines.projects_from(projects),
            collections=text_lines.collections_from(collections),
            publish=publish or [],
        )
    except WRONG as error:
        one, again = kgtool.partners.get(qid, caller), Filled(typed, version, marks)
        return _form(
            request, kgtool, language, one, again, note=note, **shown_again(request, error)
        )
    except Conflict:
        one = kgtool.partners.get(qid, caller)
        filled = Filled.again(_shown(kgtool, one, language), one.version, typed, marks)
        if filled.differences:  # else all that they changed is kept already
            return _form(request, kgtool, language, one, filled, note=note, status=409)
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


def _shown(kgtool: Kgtool, one: Partner, language: str) -> Typed:
    return Typed(
        one.name,
        one.kind,
        kgtool.countries.shown(one.country, language),
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
    language: str,
    one: Partner,
    filled: Filled[Typed],
    **more: Any,
) -> Response:
    return render(
        request,
        "partner_edit.html",
        form=True,
        partner=one,
        filled=filled,
        typed=filled.values,
        note=more.pop("note", ""),
        contact=more.pop("contact", {}),
        days=CONTACT_DAYS,
        most_days=MOST_DAYS,
        countries=kgtool.countries.choices(language),
        kinds=sorted({*KINDS, one.kind, filled.values.kind}),
        statuses=STATUSES,
        publishable=PUBLISHABLE,
        keeps_contacts=kgtool.requests.keeps_contacts,
        **more,
    )


@router.post("/{qid}/contacts", dependencies=_coordinator_form)
def add_contact(
    qid: Qid,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    name: Word,
    address: Word,
    purpose: Word = "",
    consent: Word = "",
    days: Annotated[int, Form(ge=1, le=MOST_DAYS)] = CONTACT_DAYS,
) -> Response:
    try:
        kgtool.partners.add_contact(
            qid, caller, name=name, address=address, purpose=purpose, consent=consent, days=days
        )
    except WRONG as error:
        one = kgtool.partners.get(qid, caller)
        filled = Filled.fresh(_shown(kgtool, one, language), one.version)
        typed = {"name": name, "address": address, "purpose": purpose, "consent": consent}
        typed["days"] = str(days)
        again = shown_again(request, error)
        return _form(request, kgtool, language, one, filled, contact=typed, **again)
    return go(request, f"/partners/{qid.upper()}")


@router.post("/{qid}/contacts/{number}/remove", dependencies=_coordinator_form)
def remove_contact(
    qid: Qid,
    number: Annotated[int, Path(ge=1, le=2**31 - 1)],
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
) -> Response:
    kgtool.partners.remove_contact(qid, number, caller)
    return go(request, f"/partners/{qid.upper()}/edit")
