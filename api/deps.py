"""Annotated dependencies: what a route asks for, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from starlette.exceptions import HTTPException

from kgtool.service.callers import Caller
from kgtool.wiring import Kgtool

# These only look at the request, so they are coroutines: a thread for each would cost far more.


async def _kgtool(request: Request) -> Kgtool:
    wired: Kgtool = request.app.state.kgtool
    return wired


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def _language(request: Request) -> str:
    language: str = request.state.language
    return language


async def _wants_csv(accept: Annotated[str, Header()] = "") -> bool:
    return accept.split(",")[0].partition(";")[0].strip() == "text/csv"


KgtoolDep = Annotated[Kgtool, Depends(_kgtool)]
CallerDep = Annotated[Caller, Depends(_caller)]
LanguageDep = Annotated[str, Depends(_language)]
WantsCsv = Annotated[bool, Depends(_wants_csv)]
Limit = Annotated[int, Query(ge=1, le=1000, description="rows on one page")]
After = Annotated[str | None, Query(max_length=200, description="token of the page before")]


def as_of(kgtool: Kgtool, headers: Mapping[str, str] | None = None) -> dict[str, str]:
    """*headers*, and of when the data is that is answered from: for tables and texts, which have no
    place to say it."""
    meta = kgtool.snapshots.current().generation.meta
    return {**(headers or {}), "Kgtool-As-Of": meta.as_of}


def answered_as_of(kgtool: Kgtool) -> dict[str, str]:
    """As :func:`as_of`, for the answer to a query; nothing where another endpoint answers."""
    return {} if kgtool.settings.sparql else as_of(kgtool)


def fresh(request: Request, tag: str) -> dict[str, str]:
    """Headers of an answer that stays the same while *tag* does.

    :raises HTTPException: 304, where the client has exactly this already.
    """
    etag = f'W/"{tag}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept, Authorization"}
    known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if etag in known:
        raise HTTPException(304, headers=headers)
    return headers
