"""Pages of the query catalogue: a form for each question, its answer as a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import PlainTextResponse, Response
from msgspec import Struct

from kgtool.reports.tables import query_document
from kgtool.reports.wikitext import wikitext
from kgtool.reports.worldmap import HIGH, WIDE, spots
from kgtool.service import catalogue as shipped
from kgtool.service.queries import QueryAnswer
from kgtool.service.query_file import QueryFile
from kgtool.wiring import Kgtool

from ..auth import require
from ..deps import CallerDep, KgtoolDep, LanguageDep, answered_as_of
from ..tables import csv_answer
from .render import render

router = APIRouter(
    prefix="/queries", include_in_schema=False, dependencies=[Depends(require("anyone"))]
)

_ROWS = 500
_BARS = 15
_OFFERED = 100  # partners by name
_PARTNERS = {"partner", "other"}  # parameters that are a partner of ours
_PLACED = 200  # items whose places are looked up


@router.get("")
def catalogue(request: Request, kgtool: KgtoolDep, language: LanguageDep) -> Response:
    topics = [
        (topic, [(query.name, shipped.question(query, language)) for query in queries])
        for topic, queries in groupby(
            kgtool.queries.catalogue(), key=lambda query: query.name.partition("/")[0]
        )
    ]
    return render(request, "queries.html", topics=topics)


@router.get("/{name:path}.{format}")
def export(
    name: str,
    format: Literal["csv", "ids", "wiki"],
    request: Request,
    kgtool: KgtoolDep,
    language: LanguageDep,
) -> Response:
    """The whole answer, to take away."""
    answer = kgtool.queries.run(name, _values(kgtool.queries.get(name), request, language))
    dated = answered_as_of(kgtool)
    if format == "csv":
        return csv_answer(answer.columns, answer.rows, f"{name.rpartition('/')[2]}.csv", dated)
    if format == "ids":
        ids = dict.fromkeys(row[0] for row in answer.rows if row and _is_item(row[0]))
        return PlainTextResponse("".join(f"{id}\n" for id in ids), headers=dated)
    columns, rows = _without_labels(answer)
    named = {cell for row in rows for cell in row if _is_entity(cell)}
    labels = kgtool.labels.of([str(id) for id in named], language)
    question, _ = shipped.question(answer.query, language)
    document = query_document(
        question, columns, rows, labels, language, dated.get("Kgtool-As-Of", "")
    )
    return PlainTextResponse(wikitext(document, heading=False), headers=dated)


@router.get("/{name:path}")
def query(
    name: str,
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    language: LanguageDep,
    run: Annotated[bool, Query()] = False,
) -> Response:
    found = kgtool.queries.get(name)
    values = _values(found, request, language)
    text = found.filled(values)
    answer = kgtool.queries.run(name, values) if run else None
    columns, rows = _without_labels(answer) if answer else ([], [])
    rows = rows[:_ROWS]
    ids = {cell for row in rows for cell in row if _is_entity(cell)}
    page = kgtool.profile.query_page
    offered = []
    if _PARTNERS & {one.name for one in found.parameters}:
        offered = kgtool.partners.find(caller, whole=False)[0][:_OFFERED]
        ids |= {one.qid for one in offered}
    return render(
        request,
        "query.html",
        query=found,
        question=shipped.question(found, language),
        note=shipped.note(found, language),
        partners=offered,
        named_so=_PARTNERS,
        fields=[(one, shipped.parameter(one.help, language)) for one in found.parameters],
        values=values,
        text=text,
        columns=columns,
        rows=rows,
        count=len(answer.rows) if answer else 0,
        ran=run,
        labels=kgtool.labels.of([str(id) for id in ids], language),
        is_entity=_is_entity,
        bars=bars_of(rows),
        spots=spots(_places(kgtool, rows)),
        wide=WIDE,
        high=HIGH,
        elsewhere=f"{page}{quote(text)}" if page else "",
        exports=("csv", "ids", "wiki") if rows and _is_item(rows[0][0]) else ("csv", "wiki"),
        savable="item" in columns and caller.may("volunteer"),
    )


def _values(query: QueryFile, request: Request, language: str) -> dict[str, str]:
    """What the reader gave for the parameters of a query; labels in their own language."""
    names = [one.name for one in query.parameters]
    given = {name: request.query_params.get(name, "").strip() for name in names}
    values = {name: value for name, value in given.items() if value}
    if "language" in names:
        values.setdefault("language", language)
    return values


def _without_labels(answer: QueryAnswer) -> tuple[list[str], list[list[str | int | float | None]]]:
    """The rows, without the column ``itemLabel`` beside ``item``: items are shown by name."""
    shown = [
        at
        for at, name in enumerate(answer.columns)
        if not (name.endswith("Label") and name.removesuffix("Label") in answer.columns)
    ]
    columns = [answer.columns[at] for at in shown]
    return columns, [[row[at] for at in shown] for row in answer.rows]


class Bar(Struct, frozen=True):
    """A row as a bar: what it is about, its number, and the share of the largest one."""

    about: str
    count: int
    share: float


def bars_of(rows: Sequence[Sequence[object]]) -> list[Bar]:
    """The rows with the largest numbers, where each has one whole number, beside one thing."""
    bars: list[tuple[str, int]] = []
    for row in rows:
        counts = [cell for cell in row if isinstance(cell, int) and not isinstance(cell, bool)]
        abouts = [cell for cell in row if isinstance(cell, str) and cell]
        if len(counts) != 1 or not abouts or counts[0] < 0:
            return []
        bars.append((abouts[0], counts[0]))
    top = max((count for _, count in bars), default=0)
    if len(bars) < 2 or not top:
        return []
    bars.sort(key=lambda bar: -bar[1])
    return [Bar(about, count, count / top) for about, count in bars[:_BARS]]


def _places(
    kgtool: Kgtool, rows: Sequence[Sequence[object]]
) -> list[tuple[str, str, tuple[float, float]]]:
    """The places of the items that the rows are about, as far as they are known here."""
    ids = list(dict.fromkeys(str(row[0]) for row in rows if row and _is_item(row[0])))
    known = kgtool.institutions.of(ids[:_PLACED])
    return [(id, "", one.place) for id, one in known.items() if one.place is not None]


def _is_item(cell: object) -> bool:
    return isinstance(cell, str) and re.fullmatch(r"Q[1-9][0-9]*", cell) is not None


def _is_entity(cell: object) -> bool:
    return isinstance(cell, str) and re.fullmatch(r"[PQ][1-9][0-9]*", cell) is not None
