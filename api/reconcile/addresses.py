"""Which address leads to which endpoint, and what the OpenAPI document says of it.

Clients differ in where they look: each of the protocol's addresses stands with and without a
language, and OpenRefine has some of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends, Response

from ..auth import require
from ..described import Responses, as_types, in_body, in_query, may_give
from .answers import NEW_JSON
from .manifest import KINDS
from .routes import (
    MAX_BATCH,
    explain,
    extend,
    features,
    flyouts,
    match,
    new_root,
    old_root,
    preview,
    propose,
    suggest,
)

router = APIRouter(tags=["reconciliation"], dependencies=[Depends(require("anyone"))])

_ERRORS: Responses = may_give(502, 504) | {
    400: {"description": "the request does not follow the specification"},
    404: {"description": "there is no such language or entity"},
    413: {"description": f"more than {MAX_BATCH} queries"},
}
_JSON_TYPES = ("application/json", "application/javascript")
_ANSWERS = _ERRORS | as_types("JSON, or a call of the `callback` that was named", *_JSON_TYPES)
_MANIFESTS = _ERRORS | as_types("the manifest, or answers", *_JSON_TYPES, NEW_JSON)
_PAGES = _ERRORS | as_types("a small page without scripts", "text/html")
_PREVIEWS = _PAGES | {404: {"description": "a page that says so", "content": {"text/html": {}}}}
_FIELDS = {
    "queries": "JSON object of queries by key",
    "query": "one query, as text or JSON",
    "extend": "JSON object: ids, properties",
}
_CALLBACK_WORD = {"callback": "name of a function: JSONP"}
_CALLED = in_query(**_CALLBACK_WORD)
_FORM = in_body("application/x-www-form-urlencoded", "multipart/form-data", **_FIELDS)
_NEW_BODY = in_body("application/json")


def _install() -> None:
    def add(
        path: str,
        endpoint: Callable[..., Any],
        responses: Responses = _ANSWERS,
        method: str = "GET",
        more: dict[str, Any] = _CALLED,
    ) -> None:
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            response_class=Response,
            responses=responses,
            openapi_extra=more,
        )

    add("/reconcile/features", features, _PAGES, more={})
    for root in ("/reconcile/v1", "/reconcile"):
        for base in (root, f"{root}/{{lang}}"):
            add(f"{base}/match", match, method="POST", more=_NEW_BODY)
            add(f"{base}/extend", extend, method="POST", more=_NEW_BODY)
            for path in ("/extend/propose", "/propose"):
                add(f"{base}{path}", propose)
            add(f"{base}/preview", preview, _PREVIEWS, more={})
            add(f"{base}/explain", explain)
            for kind in KINDS:
                suggested, flown = suggest(kind), flyouts(kind)
                for path in (f"/suggest/{kind}", f"/{kind}/suggest"):
                    add(f"{base}{path}", suggested)
                for path in (f"/{kind}/flyout", f"/{kind}/search"):
                    add(f"{base}{path}", flown)
    asked = in_query(extend=_FIELDS["extend"], **_CALLBACK_WORD)
    for path in ("/reconcile/v1", "/reconcile/v1/{lang}"):
        add(path, new_root, _MANIFESTS, more=asked)
    asked = in_query(**_FIELDS, **_CALLBACK_WORD)
    for path in ("/reconcile", "/reconcile/{lang}"):
        add(path, old_root, _MANIFESTS | may_give(406), more=asked)
        add(path, old_root, method="POST", more=_FORM)


_install()
