"""Atom feeds (RFC 4287) of what is public: requests, partners, selections and worklists."""

from __future__ import annotations

import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from msgspec import Struct

from kgtool.coverage.expression import parse
from kgtool.messages import say
from kgtool.partners import Request as Asked
from kgtool.service.callers import ANYONE

from ..auth import require
from ..deps import KgtoolDep, LanguageDep
from .render import text_of
from .subjects import SubjectDep

router = APIRouter(include_in_schema=False, dependencies=[Depends(require("anyone"))])

_ENTRIES = 50
_DAYS = 31  # that feeds of what moved go back
_ITEMS = 20  # named in one entry


class Entry(Struct, frozen=True):
    """One thing that happened: where it stands, what it is, since when."""

    path: str
    title: str
    text: str
    at: datetime.datetime


@router.get("/requests.atom")
def of_requests(request: Request, kgtool: KgtoolDep, language: LanguageDep) -> Response:
    found, _ = kgtool.requests.find(ANYONE, limit=_ENTRIES)
    entries = [_of_request(one, language) for one in found]
    return _feed(request, "/requests", say(language, "nav-requests"), entries)


@router.get("/partners.atom")
def of_partners(request: Request, kgtool: KgtoolDep, language: LanguageDep) -> Response:
    found, _ = kgtool.partners.find(ANYONE, whole=False)
    found.sort(key=lambda one: one.updated, reverse=True)
    entries = [
        Entry(f"/partners/{one.qid}", one.name, one.summary, one.updated)
        for one in found[:_ENTRIES]
    ]
    return _feed(request, "/partners", say(language, "nav-partners"), entries)


@router.get("/partners/{qid}.atom")
@router.get("/selections/{name}.atom")
def of_subject(
    subject: SubjectDep, request: Request, kgtool: KgtoolDep, language: LanguageDep
) -> Response:
    """What moved on a partner or selection, and the requests about the partner."""
    steps = kgtool.history.steps(subject.of, _since())
    entries = [
        Entry(
            f"{subject.path}/history#{step.at:%Y-%m-%dT%H:%M:%S}",
            say(
                language,
                "feed-moved",
                sum(len(move.closed) for move in step.moves.values()),
                sum(len(move.opened) for move in step.moves.values()),
                len(step.arrived),
            ),
            "",
            step.at,
        )
        for step in steps
        if step.moves or step.arrived
    ]
    found, _ = kgtool.requests.find(ANYONE, partner=subject.of, limit=_ENTRIES)
    entries += [_of_request(one, language) for one in found]
    return _feed(request, subject.path, subject.label[0], entries)


@router.get("/worklists.atom")
def of_worklist(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    of: Annotated[str, Query(max_length=400)],
    missing: Annotated[str, Query(max_length=250)],
) -> Response:
    """Gaps of one measure that opened or were closed, among those that are recorded."""
    measure = str(parse(missing))
    steps = [step for step in kgtool.history.steps(of, _since()) if measure in step.moves]
    shown = {
        f"Q{item}"
        for step in steps
        for item in (*step.moves[measure].opened[:_ITEMS], *step.moves[measure].closed[:_ITEMS])
    }
    labels = kgtool.labels.of(shown, language)

    def names(items: list[int]) -> str:
        separator = say(language, "list-separator")
        return separator.join(labels.get(f"Q{n}", (f"Q{n}", ""))[0] for n in items[:_ITEMS])

    entries = [
        Entry(
            f"/worklists?{urlencode({'of': of, 'missing': missing})}#{step.at:%Y-%m-%dT%H:%M:%S}",
            say(language, "feed-worklist", len(move.closed), len(move.opened)),
            say(language, "feed-items", names(move.closed), names(move.opened)),
            step.at,
        )
        for step in steps
        for move in (step.moves[measure],)
    ]
    title = kgtool.wording.of([missing], language)[missing]
    query = urlencode({"of": of, "missing": missing})
    return _feed(request, "/worklists", title, entries, query)


def _since() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=_DAYS)


def _of_request(one: Asked, language: str) -> Entry:
    said = say(language, f"request-state-{one.state}")
    return Entry(f"/requests/{one.id}", one.title, said, one.moved)


def _feed(
    request: Request, path: str, title: str, entries: list[Entry], query: str = ""
) -> Response:
    base = request.app.state.kgtool.settings.public_url.rstrip("/")
    entries = sorted(entries, key=lambda one: one.at, reverse=True)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    text = text_of(
        "feed.xml",
        base=base,
        prefix=request.state.prefix,
        path=path,
        query=f"?{query}" if query else "",
        title=title,
        site=say(request.state.language, "site-name"),
        entries=entries,
        updated=entries[0].at if entries else epoch,
        language=request.state.language,
    )
    return Response(
        text,
        media_type="application/atom+xml; charset=utf-8",
        headers={"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"},
    )
