"""The page of one request: what is decided, said and checked about it."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import Response
from msgspec import Struct

from kgtool.errors import Conflict, KgtoolError
from kgtool.messages import language_name
from kgtool.partners import (
    ASPECTS,
    VERDICTS,
    RequestCheck,
    moves_from,
    overdue,
)
from kgtool.partners import Request as Ask
from kgtool.partners.request import GATHERING, PRIORITIES, PUBLISHABLE, WORKED_ON, members
from kgtool.service.callers import Caller
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .checklist import Checklist
from .fields import Text, Word
from .meanwhile import Difference, Filled, Marks, Version
from .render import go, render
from .request_events import told
from .wrong import WRONG, shown_again

router = APIRouter(prefix="/requests", include_in_schema=False)

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_volunteer_form = [Depends(require_form("volunteer"))]
_coordinator_form = [Depends(require_form("coordinator"))]


@router.get("/{number}", dependencies=[Depends(require("anyone"))])
def one_request(
    number: Number, request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Response:
    return _page(kgtool.requests.get(number, caller), request, kgtool, caller, language)


class Advice(Struct, frozen=True):
    """What a coordinator changes of a request, field by field in the form's order."""

    advice: str
    priority: str
    assigned: str
    meeting: str
    result: str
    publish: list[str]


def _advice(one: Ask) -> Advice:
    return Advice(
        one.advice,
        one.priority,
        one.assigned,
        one.meeting.isoformat() if one.meeting else "",
        one.result,
        [field for field in PUBLISHABLE if field in one.published],
    )


@router.post("/{number}/move", dependencies=_volunteer_form)
def move(
    number: Number,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    version: Version,
    to: Word,
    note: Text = "",
) -> Response:
    typed = {"to": to, "note": note}
    try:
        kgtool.requests.move(number, to, caller, note=note, version=version)
    except WRONG as error:
        return _wrong(number, request, kgtool, caller, language, error, typed)
    except Conflict:
        now = kgtool.requests.get(number, caller)
        both = [Difference("state", now.state, to)]
        return _page(now, request, kgtool, caller, language, changed=both, typed=typed)
    return go(request, f"/requests/{number}")


@router.post("/{number}/group", dependencies=_volunteer_form)
def join(
    number: Number,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    leave: Annotated[bool, Form()] = False,
) -> Response:
    kgtool.requests.join(number, caller, leave=leave)
    return go(request, f"/requests/{number}")


@router.post("/{number}/comment", dependencies=_volunteer_form)
def comment(
    number: Number,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    text: Text = "",
) -> Response:
    try:
        kgtool.requests.comment(number, text, caller)
    except WRONG as error:
        return _wrong(number, request, kgtool, caller, language, error, {"text": text})
    return go(request, f"/requests/{number}")


@router.post("/{number}/check", dependencies=_coordinator_form)
def check(
    number: Number,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    version: Version,
    marks: Marks,
    verdict: Annotated[list[str], Form()],
    note: Annotated[list[str], Form()],
) -> Response:
    """Take in the checklist: verdicts and notes in the order of the aspects."""
    given = Checklist.of(RequestCheck(*one) for one in zip(ASPECTS, verdict, note, strict=False))
    try:
        kgtool.requests.check(number, given.found(), caller, version=version)
    except WRONG as error:
        again = Filled(given, version, marks)
        return _wrong(number, request, kgtool, caller, language, error, {}, checklist=again)
    except Conflict:
        now = kgtool.requests.get(number, caller)
        filled = Filled.again(Checklist.of(now.checks), now.version, given, marks)
        if filled.differences:  # else all that they found is kept already
            return _page(
                now,
                request,
                kgtool,
                caller,
                language,
                changed=filled.differences,
                checklist=filled,
            )
    return go(request, f"/requests/{number}")


@router.post("/{number}/edit", dependencies=_coordinator_form)
def change(
    number: Number,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    version: Version,
    marks: Marks,
    advice: Text = "",
    priority: Word = "",
    result: Text = "",
    assigned: Word = "",
    meeting: Annotated[datetime.date | Literal[""], Form()] = "",
    reason: Text = "",
    publish: Annotated[list[str] | None, Form()] = None,
) -> Response:
    day = meeting.isoformat() if meeting else ""
    given = Advice(advice, priority, assigned, day, result, publish or [])
    try:
        kgtool.requests.change(
            number,
            caller,
            version=version,
            meeting=meeting,
            reason=reason,
            advice=advice,
            priority=priority,
            result=result,
            assigned=assigned[:120],
            publish=publish or [],
        )
    except WRONG as error:
        filled = Filled(given, version, marks)
        typed = {"reason": reason}
        return _wrong(number, request, kgtool, caller, language, error, typed, filled)
    except Conflict:
        now = kgtool.requests.get(number, caller)
        filled = Filled.again(_advice(now), now.version, given, marks)
        if filled.differences:  # else all that they changed is kept already
            return _page(
                now,
                request,
                kgtool,
                caller,
                language,
                changed=filled.differences,
                filled=filled,
                typed={"reason": reason},
            )
    return go(request, f"/requests/{number}")


def _wrong(
    number: int,
    request: Request,
    kgtool: Kgtool,
    caller: Caller,
    language: str,
    error: KgtoolError,
    typed: dict[str, str],
    filled: Filled[Advice] | None = None,
    checklist: Filled[Checklist] | None = None,
) -> Response:
    """The page with a form that could not be taken in, and why."""
    one = kgtool.requests.get(number, caller)
    again = shown_again(request, error)
    return _page(
        one,
        request,
        kgtool,
        caller,
        language,
        filled=filled,
        checklist=checklist,
        typed=typed,
        again=again,
    )


def _page(
    one: Ask,
    request: Request,
    kgtool: Kgtool,
    caller: Caller,
    language: str,
    *,
    changed: list[Difference] | None = None,
    filled: Filled[Advice] | None = None,
    checklist: Filled[Checklist] | None = None,
    typed: dict[str, str] | None = None,
    again: dict[str, Any] | None = None,
) -> Response:
    """The page of a request; where it *changed* meanwhile, with what was *typed* into its forms.

    ``again`` says what is wrong with a form, as :func:`shown_again` does.
    """
    own = bool(caller.name) and caller.name == one.author
    return render(
        request,
        "request.html",
        **(again or {"status": 409 if changed else 200}),
        form=True,
        one=one,
        own=own,
        changed=changed or [],
        filled=filled or Filled.fresh(_advice(one), one.version),
        checklist=checklist or Filled.fresh(Checklist.of(one.checks), one.version),
        checking=checklist is not None,
        typed=typed or {},
        events=[told(event, language) for event in one.events],
        group=members(one),
        joinable=one.state in WORKED_ON,
        tells=caller.may("coordinator") or (own and one.state in GATHERING),
        spoken=language_name(language, one.language),
        late=overdue(one, datetime.datetime.now(datetime.UTC)),
        moves=moves_from(one.state)
        if caller.may("coordinator")
        else tuple(to for to in moves_from(one.state) if own and to == "withdrawn"),
        aspects=ASPECTS,
        verdicts=VERDICTS,
        priorities=PRIORITIES,
        publishable=PUBLISHABLE,
        labels=kgtool.labels.of(
            [
                *(qid for qid in (one.country, one.partner) if qid),
                *(
                    path.removeprefix("/partners/")
                    for path in one.related
                    if re.fullmatch(r"/partners/Q[1-9]\d*", path)
                ),
            ],
            language,
        ),
    )
