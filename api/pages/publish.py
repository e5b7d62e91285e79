"""The page with which a table is put on a page of the wiki."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from kgtool.errors import Conflict, NotFound, NotInWorkspace, RemoteError
from kgtool.messages import autonym, languages
from kgtool.service.published import WHAT, Asked, What
from kgtool.service.publishing import Renewed
from kgtool.wiring import Kgtool

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .render import render
from .wrong import WRONG, shown_again

router = APIRouter(include_in_schema=False)

# What can be mended in the form, or passes: nothing that was typed is lost.
_MENDABLE = (*WRONG, Conflict, NotFound, NotInWorkspace, RemoteError)
_Short = Annotated[str, Form(max_length=400)]


@router.get("/publish", dependencies=[Depends(require("coordinator"))])
def form(
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    of: Annotated[str, Query(max_length=400)] = "",
    what: What = "coverage",
    missing: Annotated[str, Query(max_length=250)] = "",
    having: Annotated[str, Query(max_length=250)] = "",
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:
    asked = Asked(
        what,
        of,
        [missing] if missing else [],
        [having] if having else [],
        month=month,
        language=language,
    )
    return _page(request, kgtool, asked)


@router.post("/publish", dependencies=[Depends(require_form("coordinator"))])
def publish(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    page: Annotated[str, Form(max_length=255)],
    what: Annotated[What, Form()],
    of: _Short = "",
    missing: _Short = "",
    having: _Short = "",
    by: _Short = "",
    month: _Short = "",
    since: _Short = "",
    text_language: Annotated[str, Form(max_length=20)] = "en",
    append: Annotated[bool, Form()] = False,
    show: Annotated[bool, Form()] = False,
) -> Response:
    """Renew the section; with ``show``, only say what would change."""
    asked = Asked(
        what,
        of,
        [missing] if missing else [],
        [having] if having else [],
        by,
        [],
        month,
        since,
        text_language,
    )
    try:
        done = kgtool.publishing.publish(page, asked, by=caller, append=append, dry_run=show)
    except _MENDABLE as error:
        return _page(
            request, kgtool, asked, page=page, append=append, **shown_again(request, error)
        )
    return _page(request, kgtool, asked, page=page, append=append, done=done)


@router.post("/publish/renew", dependencies=[Depends(require_form("coordinator"))])
def renew(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    page: Annotated[str, Form(max_length=255)],
    name: Annotated[str, Form(max_length=40)],
) -> Response:
    """Renew a section that was published before, as it was asked for then."""
    asked = Asked("coverage", language=language)
    try:
        done = kgtool.publishing.renew(page, name, by=caller)
    except _MENDABLE as error:
        return _page(request, kgtool, asked, **shown_again(request, error))
    return _page(request, kgtool, asked, done=done)


def _page(
    request: Request,
    kgtool: Kgtool,
    asked: Asked,
    *,
    page: str = "",
    append: bool = False,
    done: Renewed | None = None,
    **more: Any,
) -> Response:
    return render(
        request,
        "publish.html",
        form=True,
        asked=asked,
        page=page,
        append=append,
        done=done,
        whats=WHAT,
        spoken=[(code, autonym(code)) for code in languages()],
        sections=kgtool.publishing.sections(),
        page_url=kgtool.profile.title_url,
        **more,
    )
