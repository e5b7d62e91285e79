"""Atom feeds (RFC 4287) of what is public: requests, and new partners."""

from __future__ import annotations

import datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from msgspec import Struct

from kgtool.messages import say
from kgtool.service.callers import ANYONE

from ..auth import require
from ..deps import KgtoolDep, LanguageDep
from .render import text_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(require("anyone"))])

_ENTRIES = 50


class Entry(Struct, frozen=True):
    """One thing that happened: where it stands, what it is, since when."""

    path: str
    title: str
    text: str
    at: datetime.datetime


@router.get("/requests.atom")
def of_requests(request: Request, kgtool: KgtoolDep, language: LanguageDep) -> Response:
    found, _ = kgtool.requests.find(ANYONE, limit=_ENTRIES)
    entries = [
        Entry(
            f"/requests/{one.id}", one.title, say(language, f"request-state-{one.state}"), one.moved
        )
        for one in found
    ]
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


def _feed(request: Request, path: str, title: str, entries: list[Entry]) -> Response:
    base = request.app.state.kgtool.settings.public_url.rstrip("/")
    entries = sorted(entries, key=lambda one: one.at, reverse=True)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    text = text_of(
        "feed.xml",
        base=base,
        prefix=request.state.prefix,
        path=path,
        title=title,
        entries=entries,
        updated=entries[0].at if entries else epoch,
        language=request.state.language,
    )
    return Response(
        text,
        media_type="application/atom+xml; charset=utf-8",
        headers={"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"},
    )
