"""Pages of month reports."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from ..auth import require
from ..deps import KgtoolDep, LanguageDep
from ..routes.reports import MonthName
from .render import render

router = APIRouter(
    prefix="/reports", include_in_schema=False, dependencies=[Depends(require("anyone"))]
)

_MONTHS = 12
_KINDS = {"wikitext": "text/plain", "csv": "text/csv", "html": "text/html"}


@router.get("")
def reports(request: Request, kgtool: KgtoolDep) -> Response:
    return render(request, "reports.html", months=kgtool.reports.months(_MONTHS))


@router.get("/{month}.{format}")
def export(month: MonthName, format: str, kgtool: KgtoolDep, language: LanguageDep) -> Response:
    text = kgtool.reports.written(kgtool.reports.month(month), format, language)
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
    month: MonthName, request: Request, kgtool: KgtoolDep, language: LanguageDep
) -> Response:
    service = kgtool.reports
    found = service.month(month)
    written = service.document(found, language)
    return render(
        request,
        "report.html",
        of=month,
        heading=written.title,
        # Escaped cell by cell where it is made, as the file that people take away is.
        body=Markup(service.fragment(written)),  # noqa: S704
    )
