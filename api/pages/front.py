"""The front page and the search."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from ..auth import require
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .held import held_by
from .helping import help_wanted
from .render import go, render
from .trends import trends

_FOUND = 30
_PARTNERS = 12  # shown
_HELPED = 50  # among which worklists are looked for

router = APIRouter(include_in_schema=False, dependencies=[Depends(require("anyone"))])


@router.get("/")
def front(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, language: LanguageDep
) -> Response:
    partners, _ = kgtool.partners.find(caller, whole=False)
    shown = [one.qid for one in partners[:_PARTNERS]]
    here = kgtool.institutions.here([one.qid for one in partners[:_HELPED]])
    wanted = help_wanted(kgtool, [qid for qid, items in here.items() if items], language)
    held = held_by(kgtool, caller)
    named = {*shown, *(one.partner for one in wanted), *(one.of for one in held)}
    return render(
        request,
        "front.html",
        partners=partners[:_PARTNERS],
        labels=kgtool.labels.of([id for id in named if id[:1] == "Q"], language),
        names=kgtool.wording.of([one.missing for one in held], language),
        here=here,
        wanted=wanted,
        held=held,
        trends=trends(kgtool, shown),
        count=len(partners),
        countries=len({one.country for one in partners if one.country}),
    )


@router.get("/search")
def search(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    text = q.strip()
    if re.fullmatch(r"[Qq][1-9][0-9]*", text):
        return go(request, f"/partners/{text.upper()}")
    partners = [
        one
        for one in kgtool.partners.find(caller, whole=False)[0]
        if text.casefold() in one.name.casefold()
    ]
    found = []
    if text and kgtool.workspace.current():
        found = kgtool.reconcile.suggest("entity", text, _FOUND, 0, language)
    return render(
        request,
        "search.html",
        text=text,
        partners=partners,
        found=found,
        labels=kgtool.labels.of([one.id for one in found], language),
    )
