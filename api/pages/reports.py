"""Pages of month reports."""

from __future__ import annotations

import datetime
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from kgtool.reports.month import Month
from kgtool.service.callers import Caller
from kgtool.wiring import Kgtool

from ..auth import require
from ..deps import CallerDep, KgtoolDep, LanguageDep
from ..routes.reports import MonthName
from .render import render

router = APIRouter(
    prefix="/reports", include_in_schema=False, dependencies=[Depends(require("anyone"))]
)

_MONTHS = 12
_KINDS = {"wikitext": "text/plain", "csv": "text/csv", "html": "text/html"}


Of = Annotated[str, Query(max_length=400)]  # QIDs or saved selections; else all partners


@router.get("")
def reports(request: Request, kgtool: KgtoolDep, of: Of = "") -> Response:
    return render(request, "reports.html", months=kgtool.reports.months(_MONTHS), of=of)


@router.get("/{month}.{format}")
def export(
    month: MonthName,
    format: str,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    of: Of = "",
    everything: bool = False,
) -> Response:
    text = kgtool.reports.written(_month(kgtool, caller, month, of, everything), format, language)
    return Response(
        text,
        media_type=f"{_KINDS[format]}; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="report-{month}.{format}"',
            # Whoever opens it here all the same gets no page of ours: nothing in it may run.
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        },
    )


@router.get("/{month}")
def report(
    month: MonthName,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    of: Of = "",
    everything: bool = False,
) -> Response:
    service = kgtool.reports
    found = _month(kgtool, caller, month, of, everything)
    written = service.document(found, language)
    begin = found.period.begin.date()
    return render(
        request,
        "report.html",
        name=month,
        of=of,
        everything=everything,
        before=(begin - datetime.timedelta(days=1)).replace(day=1),
        after=found.period.end.date() if found.period.end <= datetime.datetime.now(UTC) else None,
        heading=written.title,
        # Escaped cell by cell where it is made, as the file that people take away is.
        body=Markup(service.fragment(written)),  # noqa: S704
    )


def _month(kgtool: Kgtool, caller: Caller, month: str, of: str, everything: bool) -> Month:
    """The report; with *everything* what is not public too, which is for coordinators."""
    if everything:
        caller.need("coordinator")
    return kgtool.reports.month(month, of.split(), everything=everything)
