"""``/api/v1/queries``: the catalogue of questions in SPARQL, and their answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from kgtool.errors import UsageError
from kgtool.service.query_file import QueryFile

from ..auth import require
from ..deps import KgtoolDep, WantsCsv, answered_as_of
from ..described import as_types, may_give
from ..tables import csv_answer

router = APIRouter(
    prefix="/api/v1/queries", tags=["queries"], dependencies=[Depends(require("anyone"))]
)

_SPARQL = "application/sparql-query"
_ANSWERS = may_give(413, 502, 504) | as_types(
    "rows as JSON or CSV, or the query with the values put in", "text/csv", _SPARQL
)


class ParameterOut(BaseModel):
    name: str
    kind: str = Field(description="item, property, statement, language, text, number, date, url")
    default: str
    help: str


class QueryOut(BaseModel):
    """A question in SPARQL."""

    name: str
    question: str
    note: str = Field(description="what to change for other services, or empty")
    parameters: list[ParameterOut]


class QueryPage(BaseModel):
    queries: list[QueryOut]


class QueryAnswerOut(BaseModel):
    """Rows of plain values: ids of entities and properties, numbers, texts."""

    query: QueryOut
    columns: list[str]
    rows: list[dict[str, str | int | float | None]]
    as_of: str | None = Field(description="of when the data is; null where an endpoint answered")


@router.get("")
def queries(kgtool: KgtoolDep) -> QueryPage:
    """All queries with their parameters."""
    return QueryPage(queries=[_out(one) for one in kgtool.queries.catalogue()])


@router.get("/{name:path}", response_model=QueryAnswerOut, responses=_ANSWERS)
async def query(
    name: str,
    request: Request,
    response: Response,
    kgtool: KgtoolDep,
    csv: WantsCsv,
    accept: Annotated[str, Header()] = "",
) -> QueryAnswerOut | Response:
    """Run a query; parameters are given by name: `?partner=Q190804&property=P18`."""
    values: dict[str, str] = {}
    for key, value in request.query_params.multi_items():
        if key in values:
            raise UsageError(f"“{key}” is given twice.", hint="Split several values by commas.")
        values[key] = value
    if accept.partition(";")[0].strip() == _SPARQL:
        return Response(kgtool.queries.get(name).filled(values), media_type=_SPARQL)
    answer = await run_in_threadpool(kgtool.queries.run, name, values)
    dated = answered_as_of(kgtool)
    if csv:
        return csv_answer(answer.columns, answer.rows, headers=dated)
    response.headers.update(dated)
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return QueryAnswerOut(
        query=_out(answer.query),
        columns=answer.columns,
        rows=rows,
        as_of=dated.get("Kgtool-As-Of"),
    )


def _out(query: QueryFile) -> QueryOut:
    parameters = [
        ParameterOut(name=one.name, kind=one.kind, default=one.default, help=one.help)
        for one in query.parameters
    ]
    return QueryOut(
        name=query.name, question=query.question, note=query.note, parameters=parameters
    )
