"""``/api/v1/reports/{month}``: the month report."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Response

from ..auth import require
from ..deps import KgtoolDep, LanguageDep, WantsCsv
from ..described import as_types

router = APIRouter(prefix="/api/v1", tags=["reports"], dependencies=[Depends(require("anyone"))])

MonthName = Annotated[str, Path(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="YYYY-MM")]


@router.get(
    "/reports/{month}",
    responses=as_types(
        "what is public of the month: figures by selection and measure",
        "application/json",
        "text/csv",
    ),
)
def report(
    month: MonthName,
    kgtool: KgtoolDep,
    language: LanguageDep,
    wants_csv: WantsCsv,
    selection: Annotated[
        list[str] | None, Query(max_length=50, description="QIDs or saved selections")
    ] = None,
) -> Response:
    """New items, gaps that closed and opened, new partners, requests, batches of a month."""
    found = kgtool.reports.month(month, selection or ())
    if wants_csv:
        text = kgtool.reports.written(found, "csv", language)
        return Response(text, media_type="text/csv; charset=utf-8")
    return Response(msgspec.json.encode(found), media_type="application/json")
