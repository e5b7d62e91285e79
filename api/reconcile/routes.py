"""The endpoints. ``/reconcile[/{lang}]`` speaks 0.1 and 0.2, ``/reconcile/v1[/{lang}]`` 1.0-draft.

OpenRefine sends forms to the root and asks for flyouts at addresses of its own; the public
testbench mixes dialects. What each really sends is kept as tests.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Query as Parameter
from fastapi import Request
from fastapi.responses import Response

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
from .answers import PREVIEW_POLICY, answer, problem_answer
from .given import given_in, language_of, media_of, read_json
from .manifest import BATCH, new_manifest, old_manifest
from .matching import Matching, turns
from .preview import features_page, flyout, preview_page

MAX_BATCH = 10 * BATCH
SECONDS = 30.0  # for one batch; OpenRefine gives up after 60
LIMIT = 20  # suggestions where no number is asked for

Cursor = Annotated[int, Parameter(ge=0, le=100_000)]
Limit = Annotated[int, Parameter(ge=0)]  # more than MAX_LIMIT are not given
Id = Annotated[str, Parameter(max_length=200)]
Asked = Annotated[str, Parameter(max_length=20_000)]  # a query of the 0.2 dialect, or a name


async def old_root(request: Request, kgtool: KgtoolDep, lang: str | None = None) -> Response:
    """0.1 and 0.2: the manifest, or answers to ``queries``, ``query`` or ``extend``."""
    language = language_of(lang)
    given = await given_in(request)
    if "queries" in given:
        return await _batch(request, "0.2", given["queries"], language)
    if "extend" in given:
        return await _extend(request, kgtool, "0.2", given["extend"], language)
    if "query" in given:
        return await _single(request, given["query"], language)
    if request.method == "POST":
        return problem_answer(400, "Send the form field “queries” or “extend”.")
    media = media_of(request)
    make = new_manifest if media else old_manifest
    return answer(request, await _manifest(make, kgtool, "", lang), media)


async def new_root(request: Request, kgtool: KgtoolDep, lang: str | None = None) -> Response:
    """Manifest of 1.0-draft; also answers ``?extend=``, which the public testbench sends."""
    language = language_of(lang)
    if "extend" in request.query_params:
        given = await given_in(request)
        return await _extend(request, kgtool, "0.2", given["extend"], language)
    media = media_of(request)
    return answer(request, await _manifest(new_manifest, kgtool, "/v1", lang), media)


async def match(request: Request, lang: str | None = None) -> Response:
    """1.0-draft: a batch of queries, answered in their order."""
    given = read_json(await request.body())
    if not isinstance(given, dict) or not isinstance(given.get("queries"), list):
        return problem_answer(400, "Send a JSON object with a list “queries”.")
    return await _batch(request, "1.0", given["queries"], language_of(lang, request))


async def extend(request: Request, kgtool: KgtoolDep, lang: str | None = None) -> Response:
    """1.0-draft: data extension."""
    given = read_json(await request.body())
    return await _extend(request, kgtool, "1.0", given, language_of(lang, request))


async def propose(
    request: Request,
    kgtool: KgtoolDep,
    lang: str | None = None,
    type: Id = "",
    limit: Limit = 0,
) -> Response:
    """Properties that entities of a type usually have, the most frequent first."""
    language = language_of(lang, request)
    count = min(limit or LIMIT, MAX_LIMIT)
    found = await turns.take(lambda: kgtool.reconcile.properties_of(type, count, language))
    content: dict[str, Any] = {
        "properties": [{"id": one.id, "name": one.name or one.id} for one in found]
    }
    if type:
        content["type"] = type
    if limit:
        content["limit"] = count
    return answer(request, content, media_of(request))


async def preview(
    request: Request, kgtool: KgtoolDep, id: Id, lang: str | None = None, query: Asked = ""
) -> Response:
    """A small page about an entity, without scripts, to be shown in a frame; with a ``query`` of
    the 0.2 dialect, or a name, it also shows how the score comes about."""
    language = language_of(lang, request)
    asked = _asked(query, language) if query else None
    if isinstance(asked, Failure):
        return problem_answer(400, asked.reason)
    card = await turns.take(lambda: kgtool.cards.card(id, language))
    scored = await turns.take(lambda: kgtool.reconcile.explain(asked, id)) if asked else None
    about = await turns.take(kgtool.cards.about)
    headers = {"Content-Security-Policy": PREVIEW_POLICY, "Content-Language": language}
    page = preview_page(card, about, kgtool.profile, language, asked, scored)
    status = 200 if card.known else 404
    return Response(page, status, headers, media_type="text/html; charset=utf-8")


async def features(request: Request, kgtool: KgtoolDep) -> Response:
    """What a score is made of, as a page."""
    language = str(request.state.language)
    weights = await turns.take(lambda: kgtool.reconcile.reconciler().weights)
    address = f"{str(kgtool.settings.public_url).rstrip('/')}/reconcile/{language}"
    headers = {"Content-Security-Policy": PREVIEW_POLICY, "Content-Language": language}
    page = features_page(weights, address, language)
    return Response(page, headers=headers, media_type="text/html; charset=utf-8")


async def explain(
    request: Request, kgtool: KgtoolDep, query: Asked, id: Id, lang: str | None = None
) -> Response:
    """How the entity *id* scores for a query of the 0.2 dialect, point by point."""
    language = language_of(lang, request)
    asked = _asked(query, language)
    if isinstance(asked, Failure):
        return problem_answer(400, asked.reason)
    found = await turns.take(lambda: kgtool.reconcile.explain(asked, id))
    if found is None:
        return problem_answer(404, f"{id} is not in the index.")
    return answer(request, write_explanation(found, language))


def suggest(kind: Kind) -> Callable[..., Awaitable[Response]]:
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
        language = language_of(lang, request)
        start, count = cursor or offset, min(limit or LIMIT, MAX_LIMIT)
        text = prefix[:MAX_QUERY]
        found = await turns.take(
            lambda: kgtool.reconcile.suggest(kind, text, count + 1, start, language)
        )
        following = start + count if len(found) > count else None
        content = write_suggestions(found[:count], cursor=following, qualifiers=kind == "property")
        return answer(request, content, media_of(request))

    suggested.__doc__ = f"Things of the kind “{kind}” by the beginning of a name, or by id."
    return suggested


def flyouts(kind: Kind) -> Callable[..., Awaitable[Response]]:
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
        language = language_of(lang, request)
        card = await turns.take(lambda: kgtool.cards.card(wanted, language))
        return answer(request, {"id": wanted, "html": flyout(card, language)})

    flown.__doc__ = f"A short text about one thing of the kind “{kind}”."
    return flown


async def _batch(request: Request, dialect: Dialect, raw: Any, language: str) -> Response:
    raw = read_json(raw) if isinstance(raw, str) else raw
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
    media = media_of(request) if dialect == "1.0" else ""
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
    raw = read_json(text) if text.lstrip().startswith("{") else {"query": text}
    return read_query("0.2", raw, language)


async def _extend(
    request: Request, kgtool: KgtoolDep, dialect: Dialect, raw: Any, language: str
) -> Response:
    wanted = read_extension(read_json(raw) if isinstance(raw, str) else raw)
    if len(wanted.ids) * max(1, len(wanted.properties)) > 100 * MAX_BATCH:
        return problem_answer(413, f"An extension may ask for {100 * MAX_BATCH} cells.")
    extension = await turns.take(lambda: kgtool.cards.extend(wanted, language))
    media = media_of(request) if dialect == "1.0" else ""
    return answer(request, write_extension(dialect, extension), media)


def _matching(request: Request) -> Matching:
    matching: Matching = request.app.state.matching
    return matching


async def _manifest(
    make: Callable[..., dict[str, Any]], kgtool: KgtoolDep, below: str, lang: str | None
) -> dict[str, Any]:
    home = str(kgtool.settings.public_url).rstrip("/")
    root = f"{home}/reconcile{below}" + (f"/{lang}" if lang else "")
    about = await turns.take(kgtool.cards.about)
    types = await turns.take(lambda: kgtool.reconcile.suggest("type", "", 5, 0, lang or "en"))
    return make(root, home, about, types, kgtool.profile, lang or "en")
