"""Pages of the helpdesk: the board, its tables, notes and figures."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, UploadFile
from fastapi.responses import Response

from kgtool.messages import quarter

from ..auth import require, require_form
from ..deps import CallerDep, KgtoolDep, LanguageDep
from .render import go, render
from .uploads import uploaded_text

router = APIRouter(prefix="/requests", include_in_schema=False)

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


def quarters(today: datetime.date) -> list[str]:
    """The newest four quarters, this one first: ``2026Q3``."""
    number = today.year * 4 + (today.month - 1) // 3
    return [f"{n // 4}Q{n % 4 + 1}" for n in range(number, number - 4, -1)]


def _text(wikitext: str) -> Response:
    return Response(wikitext, media_type="text/plain; charset=utf-8")
