"""The OpenAPI document: what each parameter is for, who may ask, and every answer there is.

Routes state what is theirs alone (``responses=may_give(409, 502)``); what follows from a rule, a
parameter or a body is written here, for all of them alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from kgtool.service.callers import ROLES

from .auth import Rule

Responses: TypeAlias = dict[int | str, dict[str, Any]]

PARAMETERS = {
    "after": "token of the page before, as `next` gave it",
    "country": "QID of a country",
    "cursor": "where the page before ended, as its answer says",
    "expected": "only items of which the shapes expect it",
    "filter": "what is asked about, as `(all mid:ID)`",
    "format": "form of the answer",
    "id": "the id under which a list gives it",
    "kind": "museum, archive, library, …",
    "lang": "language of names, as Wikibase writes it",
    "limit": "rows on one page",
    "live": "whether to fetch from the wiki what a shape leads to",
    "missing": "measure that the items lack",
    "name": "the name under which the list gives it",
    "number": "number of the note",
    "offset": "rows to pass over",
    "outcome": "only rows that end so: create, complete, unchanged, conflicting, doubtful, refused",
    "partner": "QID of a partner",
    "prefix": "what has been typed so far",
    "property": "only findings about this property",
    "query": "the name that is looked for",
    "reason": "why; stands in the edit summaries",
    "refused": "whether to send again what the wiki refused",
    "role": "collection, located, owned, archives, identified or former",
    "selection": "QID of a partner, or the name of a saved selection",
    "severity": "required, recommended or suggested",
    "state": "only what is in this state",
    "status": "prospect, talking, agreement, active, paused or ended",
    "type": "QID of a type; its subclasses count",
}

ANSWERS = {
    304: "what the client has (`If-None-Match`) is what there is",
    400: "something that was sent cannot be; says what, and what can",
    401: "this needs signing in, or the token is not known, has expired or was revoked",
    403: "the role or the scope of the caller does not reach this",
    404: "there is no such thing, or none that the caller may see",
    406: "no format that the client accepts is known",
    409: "somebody else changed what was to be changed, or it is there already; nothing was done",
    413: "more than is taken or given at once; says how much",
    415: "another kind of body is expected; says which",
    422: "something that was sent does not fit or is broken; says where",
    429: "too many requests; `Retry-After` says when the next one is welcome",
    502: "another server failed, or refused",
    503: "not at this moment: busy, no data yet, or the database is away; with `Retry-After`",
    504: "it took longer than allowed, or whether it was kept is not known: look first",
}

PROBLEM = "application/problem+json"
_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}
_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "What went wrong, in the form of RFC 9457.",
    "type": "object",
    "required": ["type", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what and where, in English"},
        "hint": {"type": "string", "description": "how to mend it"},
        "position": {"type": "integer", "description": "where a text stops making sense"},
        "message": {"type": "string", "description": "the detail once more, for OpenRefine"},
        "errors": {
            "type": "array",
            "description": "each parameter or field that does not fit",
            "items": {
                "type": "object",
                "properties": {"at": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
    },
}
_RETRY_AFTER = {
    "Retry-After": {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}}
}


def may_give(*statuses: int) -> Responses:
    """Answers of a route besides those that every route of its kind has."""
    return {status: {"description": ANSWERS[status]} for status in statuses}


def as_types(description: str, *types: str) -> Responses:
    """A good answer in one of several media types."""
    return {200: {"description": description, "content": {one: {} for one in types}}}


def in_body(*types: str, **fields: str) -> dict[str, Any]:
    """``openapi_extra`` of a route that reads its body itself: media types, fields of forms."""
    form = {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": what} for name, what in fields.items()
        },
    }
    content = {
        one: {"schema": form if "form" in one else {"type": "object"} if "json" in one else {}}
        for one in types
    }
    return {"requestBody": {"content": content}}


def in_query(**parameters: str) -> dict[str, Any]:
    """``openapi_extra`` of a route that reads its parameters itself."""
    return {
        "parameters": [
            {"name": name, "in": "query", "schema": {"type": "string"}, "description": what}
            for name, what in parameters.items()
        ]
    }


def describe(app: FastAPI) -> None:
    """Complete the application's OpenAPI document.

    A route that says more of a parameter or an answer keeps its own words. ``x-role`` and
    ``x-scope`` tell which role a caller needs at least, and which scope a narrowed token.
    """
    made = app.openapi

    def openapi() -> dict[str, Any]:
        known = app.openapi_schema is not None
        document: dict[str, Any] = made()
        if known:
            return document
        rules = dict(_rules(app))
        for path, methods in document["paths"].items():
            for method, route in methods.items():
                _name_parameters(route)
                _say_who(route, rules[method, path])
                _complete(route, method, rules[method, path])
        parts = document["components"]
        for ours in ("HTTPValidationError", "ValidationError"):
            parts["schemas"].pop(ours, None)
        parts["schemas"]["Problem"] = _PROBLEM
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _rules(app: FastAPI) -> Iterator[tuple[tuple[str, str], Rule]]:
    """The strictest rule of each method and path."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            rules = [d.call for d in route.dependant.dependencies if isinstance(d.call, Rule)]
            strictest = max(rules, key=lambda rule: ROLES.index(rule.role))
            for method in route.methods or ():
                yield (method.lower(), str(route.path_format)), strictest


def _name_parameters(route: dict[str, Any]) -> None:
    for parameter in route.get("parameters", ()):
        word = PARAMETERS.get(parameter["name"])
        if word and parameter["in"] != "header":
            parameter.setdefault("description", word)


def _say_who(route: dict[str, Any], rule: Rule) -> None:
    route["x-role"] = rule.role
    if rule.scope is not None and rule.role != "anyone":
        route["x-scope"] = rule.scope
    route["security"] = [{"token": []}] if rule.role != "anyone" else [{}, {"token": []}]


def _complete(route: dict[str, Any], method: str, rule: Rule) -> None:
    """Every answer that follows from what the route is, each error as a problem."""
    answers: dict[str, Any] = route["responses"]
    parameters = [one["in"] for one in route.get("parameters", ())]
    expected = [401, 429, 503]
    if rule.role != "anyone":
        expected.append(403)
    if "query" in parameters or "path" in parameters or "requestBody" in route:
        expected += [400, 422]
    if "path" in parameters:
        expected.append(404)
    if "requestBody" in route:
        expected.append(413)
    if method != "get" and rule.role != "anyone":
        expected += [409, 504]
    if answers.get("422", {}).get("description") == "Validation Error":
        del answers["422"]  # FastAPI's own
    for status in expected:
        answers.setdefault(str(status), {"description": ANSWERS[status]})
    for code, answer in answers.items():
        if int(code) >= 400:
            content = answer.setdefault("content", {})
            content[PROBLEM] = {"schema": _PROBLEM_REF}
        if int(code) in (429, 503):
            answer["headers"] = _RETRY_AFTER
    route["responses"] = dict(sorted(answers.items()))
