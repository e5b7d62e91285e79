"""Pages of the helpdesk: board, form, one request."""

from __future__ import annotations

import datetime
import re
import time
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request, UploadFile
from fastapi.responses import Response
from msgspec import Struct

from kgtool.errors import Conflict
from kgtool.messages import quarter, say
from kgtool.partners import ASPECTS, VERDICTS, RequestEvent, moves_from, overdue
from kgtool.partners import Request as Ask
from kgtool.partners.request import KINDS, PRIORITIES, PUBLISHABLE, WORKED_ON, members
from kgtool.service.callers import Caller
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .meanwhile import Difference, Filled, Marks, Version
from .render import go, render
from .uploads import uploaded_text

router = APIRouter(prefix="/requests", include_in_schema=False)

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Word = Annotated[str, Form(max_length=250)]
Text = Annotated[str, Form(max_length=20_000)]
_QUICKEST = 3  # seconds in which nobody fills in the form
_LINKS = 5  # more than these in the texts of somebody who did not sign in are advertising
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
        waiting=[(one, late) for column in columns.values() for one, late in column if late],
        quarters=[
            (one, quarter(language, datetime.date(int(one[:4]), int(one[-1]) * 3, 1)))
            for one in quarters(datetime.datetime.now(datetime.UTC).date())
        ],
        form=caller.may("coordinator"),
        labels=kgtool.labels.of(countries, language),
    )


@router.get(".csv", dependencies=_anyone)
def table(kgtool: KgtoolDep, caller: CallerDep) -> Response:
    return Response(
        kgtool.request_papers.csv(caller),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="requests.csv"'},
    )


@router.get("/board.wikitext", dependencies=_anyone)
def board_text(
    kgtool: KgtoolDep,
    language: LanguageDep,
    state: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    return _text(kgtool.request_papers.wikitext(state, language))


@router.get("/notes.wikitext", dependencies=_anyone)
def notes_text(
    kgtool: KgtoolDep, language: LanguageDep, quarter: Annotated[str, Query(max_length=8)]
) -> Response:
    return _text(kgtool.request_papers.notes(quarter, language))


@router.get("/statistics", dependencies=_anyone)
def statistics(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Response:
    counted = kgtool.request_papers.statistics(caller)
    countries = [country for country in counted["country"] if country]
    return render(
        request,
        "requests_statistics.html",
        counted={name: counts.most_common() for name, counts in counted.items()},
        total=counted["state"].total(),
        labels=kgtool.labels.of(countries, language),
    )


@router.post("/import", dependencies=_coordinator_form)
def import_table(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, table: UploadFile
) -> Response:
    kgtool.requests.import_csv(uploaded_text(table), caller)
    return go(request, "/requests")


@router.get("/new", dependencies=_anyone)
def new(
    request: Request,
    kgtool: KgtoolDep,
    partner: Annotated[str, Query(max_length=20)] = "",
    related: Annotated[str, Query(max_length=500)] = "",
    title: Annotated[str, Query(max_length=250)] = "",
) -> Response:
    return render(
        request,
        "request_new.html",
        form=True,
        partner=partner,
        related=related,
        title=title,
        kinds=KINDS,
        shown=int(time.time()),
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
    kind: Word = "other",
    material: Word = "",
    outcome: Text = "",
    justification: Text = "",
    community: Word = "",
    partner: Word = "",
    country: Word = "",
    links: Text = "",
    related: Text = "",
    contact: Word = "",
    website: Word = "",
    shown: Annotated[int, Form()] = 0,
) -> Response:
    if not _is_spam(caller, website, shown, f"{title} {description} {outcome}"):
        kgtool.requests.make(
            caller,
            title=title,
            description=description,
            kind=kind,
            material=material,
            outcome=outcome,
            justification=justification,
            community=community,
            partner=partner,
            country=country,
            language=language,
            links=links.split(),
            related=related.split(),
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


@router.post("/{number}/move", dependencies=[Depends(require_form("volunteer"))])
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


@router.post("/{number}/group", dependencies=[Depends(require_form("volunteer"))])
def join(
    number: Number,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    leave: Annotated[bool, Form()] = False,
) -> Response:
    kgtool.requests.join(number, caller, leave=leave)
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


def quarters(today: datetime.date) -> list[str]:
    """The newest four quarters, this one first: ``2026Q3``."""
    number = today.year * 4 + (today.month - 1) // 3
    return [f"{n // 4}Q{n % 4 + 1}" for n in range(number, number - 4, -1)]


def _is_spam(caller: Caller, website: str, shown: int, text: str) -> bool:
    """Whether a program filled in the form: it is thanked, and nothing is kept.

    People don't see the field ``website``, take some seconds, and write few links; those who
    signed in are believed.
    """
    if website:
        return True
    if caller.name:
        return False
    return time.time() - shown < _QUICKEST or len(re.findall(r"https?://|\[url", text)) > _LINKS


def _text(wikitext: str) -> Response:
    return Response(wikitext, media_type="text/plain; charset=utf-8")
