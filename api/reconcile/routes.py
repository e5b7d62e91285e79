"""The endpoints. ``/reconcile[/{lang}]`` speaks 0.1 and 0.2, ``/reconcile/v1[/{lang}]`` 1.0-draft.

OpenRefine sends forms to the root and asks for flyouts at addresses of its own; the public
testbench mixes dialects. What each really sends is kept as tests.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from fastapi import Query as Parameter
from fastapi import Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from kgtool.errors import UsageError
from kgtool.reconcile.parse import MAX_QUERY
from kgtool.reconcile.protocol import (
    Dialect,
    read_extension,
    read_query,
    write_answers,
    write_explanation,
    write_extension,
    write_suggestions,
)
from kgtool.reconcile.query import MAX_LIMIT, Failure, Query
from kgtool.service.reconcile import Kind

from ..deps import KgtoolDep
from .answers import NEW_JSON, PREVIEW_POLICY, answer, problem_answer
from .manifest import BATCH, new_manifest, old_manifest
from .matching import Matching, turns
from .preview import features_page, flyout, preview_page

MAX_BATCH = 10 * BATCH
SECONDS = 30.0  # for one batch; OpenRefine gives up after 60
LIMIT = 20

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*")
_ACCEPTED = re.compile(rf"(?P<code>{_LANGUAGE.pattern})(?:\s*;\s*q=(?P<weight>[01](?:\.\d+)?))?$")
_VERSIONED = re.compile(r"application/reconciliation\.v(\d+)\+json|version=\"?(\d+)")
T = TypeVar("T")

Cursor = Annotated[int, Parameter(ge=0, le=100_000)]
Limit = Annotated[int, Parameter(ge=0)]  # more than MAX_LIMIT are not given
Id = Annotated[str, Parameter(max_length=200)]
Asked = Annotated[str, Parameter(max_length=20_000)]  # a query of the 0.2 dialect, or a name


async def old_root(request: Request, kgtool: KgtoolDep, lang: str | None = None) -> Response:
    """0.1 and 0.2: the manifest, or answers to ``queries``, ``query`` or ``extend``."""
    language = _language(lang)
    given = await _given(request)
    if "queries" in given:
        return await _batch(request, "0.2", given["queries"], language)
    if "extend" in given:
        return await _extend(request, kgtool, "0.2", given["extend"], language)
    if "query" in given:
        return await _single(request, given["query"], language)
    if request.method == "POST":
        return problem_answer(400, "Send the form field “queries” or “extend”.")
    media = _media(request)
    make = new_manifest if media else old_manifest
    return answer(request, await _manifest(make, kgtool, "", lang), media)


async def new_root(request: Request, kgtool: KgtoolDep, lang: str | None = None) -> Response:
    """Manifest of 1.0-draft; also answers ``?extend=``, which the public testbench sends."""
    language = _language(lang)
    if "extend" in request.query_params:
        given = await _given(request)
        return await _extend(request, kgtool, "0.2", given["extend"], language)
    media = _media(request)
    return answer(request, await _manifest(new_manifest, kgtool, "/v1", lang), media)


async def match(request: Request, lang: str | None = None) -> Response:
    """1.0-draft: a batch of queries, answered in their order."""
    given = _json(await request.body())
    if not isinstance(given, dict) or not isinstance(given.get("queries"), list):
        return problem_answer(400, "Send a JSON object with a list “queries”.")
    return await _batch(request, "1.0", given["queries"], _language(lang, request))


async def extend(request: Request, kgtool: KgtoolDep, lang: str | None = None) -> Response:
    """1.0-draft: data extension."""
    given = _json(await request.body())
    return await _extend(request, kgtool, "1.0", given, _language(lang, request))


async def propose(
    request: Request,
    kgtool: KgtoolDep,
    lang: str | None = None,
    type: Id = "",
    limit: Limit = 0,
) -> Response:
    """Properties that entities of a type usually have, the most frequent first."""
    language = _language(lang, request)
    count = min(limit or LIMIT, MAX_LIMIT)
    found = await _turn(lambda: kgtool.reconcile.properties_of(type, count, language))
    content: dict[str, Any] = {
        "properties": [{"id": one.id, "name": one.name or one.id} for one in found]
    }
    if type:
        content["type"] = type
    if limit:
        content["limit"] = count
    return answer(request, content, _media(request))


async def preview(
    request: Request, kgtool: KgtoolDep, id: Id, lang: str | None = None, query: Asked = ""
) -> Response:
    """A small page about an entity, without scripts, to be shown in a frame; with a ``query`` of
    the 0.2 dialect, or a name, it also shows how the score comes about."""
    language = _language(lang, request)
    asked = _asked(query, language) if query else None
    if isinstance(asked, Failure):
        return problem_answer(400, asked.reason)
    card = await _turn(lambda: kgtool.cards.card(id, language))
    scored = await _turn(lambda: kgtool.reconcile.explain(asked, id)) if asked else None
    about = await _turn(kgtool.cards.about)
    headers = {"Content-Security-Policy": PREVIEW_POLICY, "Content-Language": language}
    page = preview_page(card, about, kgtool.profile, language, asked, scored)
    status = 200 if card.known else 404
    return Response(page, status, headers, media_type="text/html; charset=utf-8")


async def features(request: Request, kgtool: KgtoolDep) -> Response:
    """What a score is made of, as a page."""
    language = str(request.state.language)
    weights = await _turn(lambda: kgtool.reconcile.reconciler().weights)
    address = f"{str(kgtool.settings.public_url).rstrip('/')}/reconcile/{language}"
    headers = {"Content-Security-Policy": PREVIEW_POLICY, "Content-Language": language}
    page = features_page(weights, address, language)
    return Response(page, headers=headers, media_type="text/html; charset=utf-8")


async def explain(
    request: Request, kgtool: KgtoolDep, query: Asked, id: Id, lang: str | None = None
) -> Response:
    """How the entity *id* scores for a query of the 0.2 dialect, point by point."""
    language = _language(lang, request)
    asked = _asked(query, language)
    if isinstance(asked, Failure):
        return problem_answer(400, asked.reason)
    found = await _turn(lambda: kgtool.reconcile.explain(asked, id))
    if found is None:
        return problem_answer(404, f"{id} is not in the index.")
    return answer(request, write_explanation(found, language))


def suggest(kind: Kind) -> Callable[..., Any]:
    """The endpoint that suggests entities, properties or types."""

    async def suggested(
        request: Request,
        kgtool: KgtoolDep,
        lang: str | None = None,
        prefix: str = "",  # OpenRefine's first is the whole text of a cell, however long
        cursor: Cursor = 0,
        offset: Cursor = 0,
        limit: Limit = 0,
    ) -> Response:
        language = _language(lang, request)
        start, count = cursor or offset, min(limit or LIMIT, MAX_LIMIT)
        text = prefix[:MAX_QUERY]
        found = await _turn(
            lambda: kgtool.reconcile.suggest(kind, text, count + 1, start, language)
        )
        following = start + count if len(found) > count else None
        content = write_suggestions(found[:count], cursor=following, qualifiers=kind == "property")
        return answer(request, content, _media(request))

    suggested.__doc__ = f"Things of the kind “{kind}” by the beginning of a name, or by id."
    return suggested


def flyouts(kind: Kind) -> Callable[..., Any]:
    """The endpoint of the small texts that hover over a suggestion."""

    async def flown(
        request: Request,
        kgtool: KgtoolDep,
        lang: str | None = None,
        id: Id = "",
        filter: Id = "",
    ) -> Response:
        # OpenRefine since 3.8 asks {service_url}/search?filter=(all mid:Q42), always.
        found = re.search(r"mid:([^\s)]+)", filter)
        wanted = id or (found[1] if found else "")
        language = _language(lang, request)
        card = await _turn(lambda: kgtool.cards.card(wanted, language))
        return answer(request, {"id": wanted, "html": flyout(card, language)})

    flown.__doc__ = f"A short text about one thing of the kind “{kind}”."
    return flown


async def _batch(request: Request, dialect: Dialect, raw: Any, language: str) -> Response:
    raw = _json(raw) if isinstance(raw, str) else raw
    if isinstance(raw, list) and dialect == "1.0":
        raw = {str(place): query for place, query in enumerate(raw)}
    if not isinstance(raw, dict):
        return problem_answer(400, 'A batch is a JSON object: {"q0": {"query": …}, …}.')
    if len(raw) > MAX_BATCH:
        return problem_answer(
            413, f"A batch may hold {MAX_BATCH} queries; this one has {len(raw)}."
        )
    deadline = time.monotonic() + SECONDS
    asked = {key: read_query(dialect, query, language) for key, query in raw.items()}
    good = [query for query in asked.values() if not isinstance(query, Failure)]
    answers = iter(await _matching(request).match(good, deadline))
    done = {
        key: query if isinstance(query, Failure) else next(answers) for key, query in asked.items()
    }
    request.app.state.figures.reconciled(done.values())
    waits = [one.retry_after for one in done.values() if isinstance(one, Failure)]
    if done and len(waits) == len(done) and all(wait is not None for wait in waits):
        longest = max(wait for wait in waits if wait is not None)
        return problem_answer(
            503, "The queries could not be answered now.", {"Retry-After": str(round(longest) or 1)}
        )
    media = _media(request) if dialect == "1.0" else ""
    return answer(request, write_answers(dialect, done, language), media)


async def _single(request: Request, raw: str, language: str) -> Response:
    # Before 0.1 there were single queries; some clients still send them.
    asked = _asked(raw, language)
    if isinstance(asked, Failure):
        return problem_answer(400, asked.reason)
    deadline = time.monotonic() + SECONDS
    (found,) = await _matching(request).match([asked], deadline)
    request.app.state.figures.reconciled([found])
    if isinstance(found, Failure):
        wait = {"Retry-After": str(round(found.retry_after) or 1)} if found.retry_after else None
        return problem_answer(503, found.reason, wait)
    return answer(request, write_answers("0.2", {"q": found}, language)["q"])


def _asked(text: str, language: str) -> Query | Failure:
    """A query of the 0.2 dialect, as JSON or as the name alone."""
    raw = _json(text) if text.lstrip().startswith("{") else {"query": text}
    return read_query("0.2", raw, language)


async def _extend(
    request: Request, kgtool: KgtoolDep, dialect: Dialect, raw: Any, language: str
) -> Response:
    wanted = read_extension(_json(raw) if isinstance(raw, str) else raw)
    if len(wanted.ids) * max(1, len(wanted.properties)) > 100 * MAX_BATCH:
        return problem_answer(413, f"An extension may ask for {100 * MAX_BATCH} cells.")
    extension = await _turn(lambda: kgtool.cards.extend(wanted, language))
    media = _media(request) if dialect == "1.0" else ""
    return answer(request, write_extension(dialect, extension), media)


async def _given(request: Request) -> dict[str, Any]:
    """What a request brings: parameters, form fields, or the members of a JSON object."""
    if request.method == "GET":
        return dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        body = _json(await request.body())
        return body if isinstance(body, dict) else {}
    if kind == "multipart/form-data":
        form = await request.form()
        return {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        text = (await request.body()).decode()
        return {name: values[0] for name, values in parse_qs(text, max_num_fields=50).items()}
    except ValueError:
        raise UsageError("The form is not UTF-8, or has too many fields.") from None


def _json(text: str | bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"This is not JSON: {error}.") from None


async def _turn(work: Callable[[], T]) -> T:
    return await turns.take(work)


def _matching(request: Request) -> Matching:
    matching: Matching = request.app.state.matching
    return matching


def _language(lang: str | None, request: Request | None = None) -> str:
    """The language of the address, else what the request accepts: labels are in more languages
    than our own texts."""
    if lang is None:
        return _accepted(request.headers.get("accept-language", "")) if request else "en"
    code = lang.lower()  # zh-Hant, as browsers write it
    if not _LANGUAGE.fullmatch(code):
        raise HTTPException(404, f"“{lang}” is not a language code.")
    return code


def _accepted(header: str) -> str:
    wanted = [_ACCEPTED.match(part.strip().lower()) for part in header.split(",")]
    ranked = sorted(filter(None, wanted), key=lambda found: -float(found["weight"] or 1))
    return next((found["code"] for found in ranked), "en")


def _media(request: Request) -> str:
    """The type of an answer in 1.0-draft where the request accepts it by name, else nothing."""
    version = _version(request)
    if version not in (None, 1):
        raise HTTPException(
            406, f"Version {version} is not spoken here; 0.1, 0.2 and 1.0-draft are."
        )
    return NEW_JSON if version else ""


def _version(request: Request) -> int | None:
    accept = request.headers.get("accept", "")
    versions = [int(a or b) for a, b in _VERSIONED.findall(accept)]
    if not versions or ("*/*" in accept and 1 not in versions):
        return None
    return 1 if 1 in versions else versions[0] or None


async def _manifest(
    make: Callable[..., dict[str, Any]], kgtool: KgtoolDep, below: str, lang: str | None
) -> dict[str, Any]:
    home = str(kgtool.settings.public_url).rstrip("/")
    root = f"{home}/reconcile{below}" + (f"/{lang}" if lang else "")
    about = await _turn(kgtool.cards.about)
    types = await _turn(lambda: kgtool.reconcile.suggest("type", "", 5, 0, lang or "en"))
    return make(root, home, about, types, kgtool.profile, lang or "en")
