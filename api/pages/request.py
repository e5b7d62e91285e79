"""The page of one request: what is decided, said and checked about it."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import Response
from msgspec import Struct

from kgtool.errors import Conflict
from kgtool.messages import say
from kgtool.partners import ASPECTS, VERDICTS, RequestEvent, moves_from, overdue
from kgtool.partners import Request as Ask
from kgtool.partners.request import KINDS, PRIORITIES, PUBLISHABLE, WORKED_ON, members
from kgtool.service.callers import Caller
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .fields import Text, Word
from .meanwhile import Difference, Filled, Marks, Version
from .render import go, render

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
    kind: str
    related: str
    result: str
    publish: list[str]


def _advice(one: Ask) -> Advice:
    return Advice(
        one.advice,
        one.priority,
        one.assigned,
        one.meeting.isoformat() if one.meeting else "",
        one.kind,
        "\n".join(one.related),
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
    try:
        kgtool.requests.move(number, to, caller, note=note, version=version)
    except Conflict:
        now = kgtool.requests.get(number, caller)
        both = [Difference("state", now.state, to)]
        return _page(now, request, kgtool, caller, language, changed=both, typed={"note": note})
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
    language: LanguageDep,
    version: Version,
    aspect: Word,
    verdict: Word,
    note: Text = "",
) -> Response:
    try:
        kgtool.requests.check(number, aspect, verdict, caller, note=note, version=version)
    except Conflict:
        now = kgtool.requests.get(number, caller)
        kept = next((one for one in now.checks if one.aspect == aspect), None)
        both = [
            Difference("verdict", kept.verdict if kept else "", verdict),
            Difference("note", kept.note if kept else "", note),
        ]
        typed = {"aspect": aspect, "verdict": verdict, "check_note": note}
        return _page(now, request, kgtool, caller, language, changed=both, typed=typed)
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
    kind: Word = "",
    related: Text = "",
    meeting: Annotated[datetime.date | Literal[""], Form()] = "",
    reason: Text = "",
    publish: Annotated[list[str] | None, Form()] = None,
) -> Response:
    try:
        kgtool.requests.change(
            number,
            caller,
            version=version,
            kind=kind,
            related=related.split(),
            meeting=meeting or None,
            reason=reason,
            advice=advice,
            priority=priority,
            result=result,
            assigned=assigned[:120],
            publish=publish or [],
        )
    except Conflict:
        now = kgtool.requests.get(number, caller)
        day = meeting.isoformat() if meeting else ""
        given = Advice(advice, priority, assigned, day, kind, related, result, publish or [])
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


def _page(
    one: Ask,
    request: Request,
    kgtool: Kgtool,
    caller: Caller,
    language: str,
    *,
    changed: list[Difference] | None = None,
    filled: Filled[Advice] | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    """The page of a request; where it *changed* meanwhile, with what was *typed* into its forms."""
    own = bool(caller.name) and caller.name == one.author
    return render(
        request,
        "request.html",
        status=409 if changed else 200,
        form=True,
        one=one,
        own=own,
        changed=changed or [],
        filled=filled or Filled.fresh(_advice(one), one.version),
        typed=typed or {},
        events=[told(event, language) for event in one.events],
        group=members(one),
        joinable=one.state in WORKED_ON,
        late=overdue(one, datetime.datetime.now(datetime.UTC)),
        kinds=KINDS,
        moves=moves_from(one.state)
        if caller.may("coordinator")
        else tuple(to for to in moves_from(one.state) if own and to == "withdrawn"),
        aspects=ASPECTS,
        verdicts=VERDICTS,
        priorities=PRIORITIES,
        publishable=PUBLISHABLE,
        checks={check.aspect: check for check in one.checks},
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


class Told(Struct, frozen=True):
    """What happened to a request, in words; ``text`` is what a person wrote."""

    what: str
    at: datetime.datetime
    by: str
    text: str = ""


def told(event: RequestEvent, language: str) -> Told:
    """An event with its state, aspect, verdict or fields in the reader's language."""
    head, _, rest = event.text.partition(": ")
    match event.kind:
        case "moved":
            return Told(say(language, f"request-state-{head}"), event.at, event.by, rest)
        case "checked":
            what = say(
                language,
                "request-event-verdict",
                say(language, f"request-aspect-{head}"),
                say(language, f"request-verdict-{rest}"),
            )
            return Told(what, event.at, event.by)
        case "changed":
            fields = [say(language, f"request-field-{name}") for name in head.split(", ")]
            named = say(language, "list-separator").join(fields)
            return Told(say(language, "request-event-fields", named), event.at, event.by, rest)
        case _:
            return Told(
                say(language, f"request-event-{event.kind}"), event.at, event.by, event.text
            )
