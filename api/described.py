"""The OpenAPI document says what each parameter is for: one meaning a name, for all routes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

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


def describe(app: FastAPI) -> None:
    """Let the application's OpenAPI document carry the words of ``PARAMETERS``.

    A route that says more of a parameter keeps its own words.
    """
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            for methods in made()["paths"].values():
                for route in methods.values():
                    for parameter in route.get("parameters", ()):
                        word = PARAMETERS.get(parameter["name"])
                        if word and parameter["in"] != "header":
                            parameter.setdefault("description", word)
        document: dict[str, Any] = made()
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it
