"""What a request tells: the form for a new one, and the same to tell more of one later."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from kgtool.errors import Conflict, UsageError
from kgtool.messages import language_called, language_name, languages
from kgtool.messages.words import Words
from kgtool.partners import Request as Ask
from kgtool.partners.request import KINDS
from kgtool.service.callers import Caller
from kgtool.service.request_idea import Idea
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .fields import Text, Word
from .meanwhile import Filled, Marks, Version
from .render import go, render
from .request import Number
from .wrong import WRONG, shown_again

router = APIRouter(prefix="/requests", include_in_schema=False)

_QUICKEST = 3  # seconds in which nobody fills in the form
_LINKS = 5  # more than these in the texts of somebody who did not sign in are advertising


class Typed(Struct, frozen=True):
    """What a request tells, as its form has it, field by field in the form's order."""

    title: str = ""
    description: str = ""
    kind: str = "other"
    material: str = ""
    outcome: str = ""
    justification: str = ""
    community: str = ""
    partner: str = ""
    country: str = ""
    language: str = ""
    links: str = ""
    related: str = ""

    def idea(self, language: str) -> Idea:
        """The same as the helpdesk takes it; ``language`` is the reader's."""
        return {
            "title": self.title,
            "description": self.description,
            "kind": self.kind,
            "material": self.material,
            "outcome": self.outcome,
            "justification": self.justification,
            "community": self.community,
            "partner": self.partner,
            "country": self.country,
            "language": language_called(language, self.language),
            "links": self.links.split(),
            "related": self.related.split(),
        }


def _typed(
    title: Word = "",
    description: Text = "",
    kind: Word = "other",
    material: Word = "",
    outcome: Text = "",
    justification: Text = "",
    community: Word = "",
    partner: Word = "",
    country: Word = "",
    language: Annotated[str, Form(max_length=40)] = "",
    links: Text = "",
    related: Text = "",
) -> Typed:
    return Typed(
        title,
        description,
        kind,
        material,
        outcome,
        justification,
        community,
        partner,
        country,
        language,
        links,
        related,
    )


TypedDep = Annotated[Typed, Depends(_typed)]


@router.get("/new", dependencies=[Depends(require("anyone"))])
def new(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    partner: Annotated[str, Query(max_length=20)] = "",
    related: Annotated[str, Query(max_length=500)] = "",
    title: Annotated[str, Query(max_length=250)] = "",
) -> Response:
    spoken = language_name(language, language)
    typed = Typed(title=title, partner=partner, related=related, language=spoken)
    return _new(request, kgtool, language, typed, shown=int(time.time()))


@router.post("/new", dependencies=[Depends(require_form("anyone"))])
def make(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    typed: TypedDep,
    contact: Word = "",
    website: Word = "",
    shown: Annotated[int, Form()] = 0,
) -> Response:
    """Take a request in. A program that fills in the field people don't see is only thanked."""
    if website:
        return go(request, "/requests/thanks")
    try:
        _check_person(caller, typed, shown)
        made = kgtool.requests.make(caller, contact=contact, **typed.idea(language))
    except WRONG as error:
        again = shown_again(request, error)
        shown = shown or int(time.time())
        return _new(request, kgtool, language, typed, shown=shown, contact=contact, **again)
    if caller.name:  # who can follow it
        return go(request, "/requests/thanks", number=str(made.id))
    return go(request, "/requests/thanks")


@router.get("/thanks", dependencies=[Depends(require("anyone"))])
def thanks(
    request: Request, number: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Response:
    return render(request, "request_thanks.html", made=number)


@router.get("/{number}/idea", dependencies=[Depends(require("volunteer"))])
def idea(
    number: Number, request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Response:
    one = kgtool.requests.to_describe(number, caller)
    filled = Filled.fresh(_shown(kgtool, one, language), one.version)
    return _idea(request, kgtool, language, one, filled)


@router.post("/{number}/idea", dependencies=[Depends(require_form("volunteer"))])
def describe(
    number: Number,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    typed: TypedDep,
    version: Version,
    marks: Marks,
    reason: Text = "",
) -> Response:
    try:
        kgtool.requests.describe(
            number, caller, version=version, reason=reason, **typed.idea(language)
        )
    except WRONG as error:
        one = kgtool.requests.get(number, caller)
        again = Filled(typed, version, marks)
        return _idea(
            request, kgtool, language, one, again, reason=reason, **shown_again(request, error)
        )
    except Conflict:
        one = kgtool.requests.get(number, caller)
        filled = Filled.again(_shown(kgtool, one, language), one.version, typed, marks)
        if filled.differences:  # else all that they changed is kept already
            return _idea(request, kgtool, language, one, filled, reason=reason, status=409)
    return go(request, f"/requests/{number}")


def _new(
    request: Request, kgtool: Kgtool, language: str, typed: Typed, *, shown: int, **more: Any
) -> Response:
    return render(
        request,
        "request_new.html",
        form=True,
        typed=typed,
        shown=shown,
        contact=more.pop("contact", ""),
        keeps_contacts=kgtool.requests.keeps_contacts,
        **_choices(kgtool, language),
        **more,
    )


def _idea(
    request: Request,
    kgtool: Kgtool,
    language: str,
    one: Ask,
    filled: Filled[Typed],
    **more: Any,
) -> Response:
    return render(
        request,
        "request_idea.html",
        form=True,
        one=one,
        filled=filled,
        typed=filled.values,
        reason=more.pop("reason", ""),
        **_choices(kgtool, language),
        **more,
    )


def _choices(kgtool: Kgtool, language: str) -> dict[str, Any]:
    return {
        "kinds": KINDS,
        "countries": kgtool.countries.choices(language),
        "spoken": [language_name(language, code) for code in languages()],
    }


def _shown(kgtool: Kgtool, one: Ask, language: str) -> Typed:
    return Typed(
        one.title,
        one.description,
        one.kind,
        one.material,
        one.outcome,
        one.justification,
        one.community,
        one.partner or "",
        kgtool.countries.shown(one.country, language),
        language_name(language, one.language),
        "\n".join(one.links),
        "\n".join(one.related),
    )


def _check_person(caller: Caller, typed: Typed, shown: int) -> None:
    """Go on only if a person seems to have filled in the form: those who signed in are believed.

    People take some seconds and write few links.

    :raises UsageError: it seems not; says what a person would do.
    """
    if caller.name:
        return
    text = f"{typed.title} {typed.description} {typed.outcome} {typed.justification}"
    if len(re.findall(r"https?://|\[url", text)) > _LINKS:
        raise UsageError(Words("error-form-links", (_LINKS,)), hint=Words("error-form-links-go"))
    if not shown or time.time() - shown < _QUICKEST:
        raise UsageError(Words("error-form-quick"), hint=Words("error-form-send-again"))
