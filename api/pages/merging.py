"""The page on which a person makes one partner of two whose items were merged."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import Response

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .render import go, render

router = APIRouter(prefix="/partners", include_in_schema=False)

_QID = "^[Qq][1-9][0-9]{0,14}$"
Qid = Annotated[str, Path(pattern=_QID)]


@router.get("/{qid}/merge", dependencies=[Depends(require("coordinator"))])
def both(
    qid: Qid,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    into: Annotated[str, Query(pattern=_QID)],
) -> Response:
    """Both records side by side."""
    old, new = kgtool.merging.pair(qid, into, caller)
    countries = [one.country for one in (old, new) if one.country]
    return render(
        request,
        "partner_merge.html",
        form=True,
        pair=(new, old),
        labels=kgtool.labels.of(countries, language),
    )


@router.post("/{qid}/merge", dependencies=[Depends(require_form("coordinator"))])
def merge(
    qid: Qid,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    into: Annotated[str, Form(pattern=_QID)],
    keep: Annotated[Literal["new", "old"], Form()],
) -> Response:
    """One record of the two."""
    one = kgtool.merging.merge(qid, into, keep, caller)
    return go(request, f"/partners/{one.qid}")
