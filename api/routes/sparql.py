"""SPARQL 1.1 protocol over the embedded graph: query only, by GET, form or body."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from kgtool.errors import Forbidden, TooLarge, UsageError
from kgtool.views.query_results import GRAPHS, TABLES

from ..auth import require
from ..deps import CallerDep, KgtoolDep
from ..described import Responses, as_types, in_body, in_query, may_give
from ..errors import advice, problem

router = APIRouter(tags=["SPARQL"], dependencies=[Depends(require("anyone"))])

_LONGEST = 200_000  # characters of a query
_OTHER_NAMES = {"application/json": "json", "application/xml": "xml", "text/xml": "xml"}
_TABLE_TYPES = {media: name for name, media in TABLES.items()} | _OTHER_NAMES
_GRAPH_TYPES = {media: name for name, media in GRAPHS.items()} | {"text/plain": "nt"}
_HEADERS = {"Access-Control-Allow-Origin": "*", "Vary": "Accept", "Cache-Control": "no-cache"}
_DESCRIPTION = """\
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix formats: <http://www.w3.org/ns/formats/> .
[] a sd:Service ;
    sd:endpoint <{endpoint}> ;
    sd:supportedLanguage sd:SPARQL11Query ;
    sd:resultFormat formats:SPARQL_Results_JSON, formats:SPARQL_Results_XML,
        formats:SPARQL_Results_CSV, formats:SPARQL_Results_TSV,
        formats:N-Triples, formats:Turtle, formats:RDF_XML .
"""
_ANSWERS: Responses = {
    **as_types("rows of a SELECT or ASK, triples of others", *TABLES.values(), *GRAPHS.values()),
    **may_give(406, 504),
    400: {"description": "the query does not parse; says where"},
    403: {"description": "an update, SERVICE or FROM"},
    413: {"description": "too long, too much memory, or too many rows"},
}
_BODY = in_body("application/x-www-form-urlencoded", "application/sparql-query", query="the query")


@router.get(
    "/sparql",
    response_class=Response,
    responses=_ANSWERS,
    openapi_extra=in_query(query="the query, in SPARQL 1.1"),
)
async def by_get(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, accept: Annotated[str, Header()] = ""
) -> Response:
    """Answer ``?query=``; without a query, a description of the service."""
    parameters = request.query_params.multi_items()
    if not parameters:
        endpoint = f"{kgtool.settings.public_url}/sparql"
        return Response(_DESCRIPTION.format(endpoint=endpoint), media_type="text/turtle")
    return await _answer(request, kgtool, caller, parameters, accept)


@router.post(
    "/sparql",
    response_class=Response,
    responses=_ANSWERS | may_give(415),
    openapi_extra=_BODY,
)
async def by_post(
    request: Request, kgtool: KgtoolDep, caller: CallerDep, accept: Annotated[str, Header()] = ""
) -> Response:
    """Answer the query in a form (``query=``) or in the body (``application/sparql-query``)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        body = (await request.body()).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("The body of the request is not UTF-8.") from None
    parameters = request.query_params.multi_items()
    if kind == "application/x-www-form-urlencoded":
        parameters += parse_qsl(body, keep_blank_values=True)
    elif kind == "application/sparql-query":
        parameters.append(("query", body))
    elif kind == "application/sparql-update":
        parameters.append(("update", body))
    else:
        expected = "application/x-www-form-urlencoded or application/sparql-query"
        return problem(415, f"The body is “{kind}”.", hint=f"Expected: {expected}.")
    return await _answer(request, kgtool, caller, parameters, accept)


@router.options("/sparql", include_in_schema=False)
async def preflight() -> Response:
    """What a browser asks before it sends a query in the body from another site's page."""
    allowed = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers={**_HEADERS, **allowed})


def _query(parameters: list[tuple[str, str]]) -> str:
    queries = [value for name, value in parameters if name == "query"]
    for name, _ in parameters:
        if name == "update":
            raise Forbidden("This endpoint is read only.")
        if name in ("default-graph-uri", "named-graph-uri"):
            raise UsageError(f"{name} cannot be given.", hint="This endpoint has one graph.")
    if len(queries) != 1:
        raise UsageError(f"Expected one query, got {len(queries)}.", hint="Give it as query=…")
    if len(queries[0]) > _LONGEST:
        raise TooLarge(f"The query is longer than {_LONGEST:,} characters.")
    return queries[0]


async def _answer(
    request: Request,
    kgtool: KgtoolDep,
    caller: CallerDep,
    parameters: list[tuple[str, str]],
    accept: str,
) -> Response:
    if kgtool.settings.sparql_sign_in and not caller.name:
        raise Forbidden("Please sign in to ask queries of your own.")
    table, graph = _best(accept, _TABLE_TYPES, "json"), _best(accept, _GRAPH_TYPES, "ttl")
    if table is None and graph is None:
        known = ", ".join([*TABLES.values(), *GRAPHS.values()])
        return problem(406, f"No format is known that “{accept}” accepts.", hint=f"Known: {known}.")
    try:
        answer = await run_in_threadpool(
            kgtool.sparql.run, _query(parameters), table=table or "json", graph=graph or "ttl"
        )
    except Forbidden as error:
        # Refused to everybody: signing in would not help.
        return problem(403, error.message, hint=advice(request, error))
    return Response(answer.body, media_type=answer.media_type, headers=_HEADERS)


def _best(accept: str, types: dict[str, str], default: str) -> str | None:
    # RFC 9110 section 12.5.1; of equal weights the first one counts.
    best, weight = None, 0.0
    for part in (accept or "*/*").split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        q = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    q = float(parameter[2:])
                except ValueError:
                    q = 0.0
        if media == "*/*":
            found: str | None = default
        elif media.endswith("/*"):
            found = next((name for one, name in types.items() if one.startswith(media[:-1])), None)
        else:
            found = types.get(media)
        if found is not None and q > weight:
            best, weight = found, q
    return best
