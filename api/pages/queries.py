"""Pages of the query catalogue: a form for each question, its answer as a table."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from ..auth import require
from ..deps import KgtoolDep, LanguageDep
from .render import render

router = APIRouter(
    prefix="/queries", include_in_schema=False, dependencies=[Depends(require("anyone"))]
)

_ROWS = 500


@router.get("")
def catalogue(request: Request, kgtool: KgtoolDep) -> Response:
    topics = [
        (topic, list(queries))
        for topic, queries in groupby(
            kgtool.queries.catalogue(), key=lambda query: query.name.partition("/")[0]
        )
    ]
    return render(request, "queries.html", topics=topics)


@router.get("/{name:path}")
def query(
    name: str,
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
    run: Annotated[bool, Query()] = False,
) -> Response:
    found = kgtool.queries.get(name)
    given = {one.name: request.query_params.get(one.name, "").strip() for one in found.parameters}
    values = {key: value for key, value in given.items() if value}
    if "language" in given:
        values.setdefault("language", language)
    text = found.filled(values)
    answer = kgtool.queries.run(name, values) if run else None
    rows = answer.rows[:_ROWS] if answer else []
    ids = {cell for row in rows for cell in row if _is_item(cell)}
    page = kgtool.profile.query_page
    return render(
        request,
        "query.html",
        query=found,
        values=values,
        text=text,
        columns=answer.columns if answer else [],
        rows=rows,
        count=len(answer.rows) if answer else 0,
        ran=run,
        labels=kgtool.labels.of([str(id) for id in ids], language),
        is_entity=_is_entity,
        elsewhere=f"{page}{quote(text)}" if page else "",
        table=f"/api/v1/queries/{name}",
    )


def _is_item(cell: object) -> bool:
    return isinstance(cell, str) and re.fullmatch(r"Q[1-9][0-9]*", cell) is not None


def _is_entity(cell: object) -> bool:
    return isinstance(cell, str) and re.fullmatch(r"[PQ][1-9][0-9]*", cell) is not None
