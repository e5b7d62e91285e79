"""The Wikibase REST API (v1) for items and statements; properties can be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from . import wire
from .answers import ApiError
from .edits import Saved
from .records import Raw
from .refusals import RestError, from_api
from .rest_call import Reply, RestCall, answered, body_of, current, patched, request_of
from .statements import drop_statement, find_statement, put_statement

_RESOURCE = {"labels": "label", "descriptions": "description", "sitelinks": "sitelink"}
_TERMS = ("labels", "descriptions", "aliases")
_STATEMENT = re.compile(
    r"[PQ][1-9]\d{0,9}\$[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE
)
_FORMS = {
    "item_id": re.compile(r"Q[1-9]\d{0,9}", re.IGNORECASE),
    "property_id": re.compile(r"P[1-9]\d{0,9}", re.IGNORECASE),
    "statement_id": _STATEMENT,
}


def reply(call: RestCall) -> Reply:
    """Carry out a request."""
    try:
        made = _carried_out(call)
    except ApiError as error:
        made = from_api(error).reply()
    except wire.Invalid as error:
        said = f"The value at '{error.path}' cannot be."
        made = RestError(400, "invalid-value", said, {"path": error.path}).reply()
    except RestError as error:
        made = error.reply()
    status, body, headers = made
    headers = {
        **headers,
        "Cache-Control": "private,must-revalidate,s-maxage=0",
        "Vary": "x-restbase-compat",
    }
    if not call.user.anonymous and status != 500:
        headers["X-Authenticated-User"] = call.user.name
    return Reply(status, body, headers)


def _carried_out(call: RestCall) -> tuple[int, bytes, dict[str, str]]:
    match call.path:
        case ("entities", "items") if call.method == "POST":
            return _create(call)
        case ("entities", "items" | "properties" as kind, id, *rest):
            _check("item_id" if kind == "items" else "property_id", id)
            return _entity(call, id.upper(), rest)
        case ("statements", guid):
            _check("statement_id", guid)
            return _statement(call, guid.partition("$")[0].upper(), guid)
    raise RestError(404, "rest-no-match", "There is nothing at this path.", {})


def _check(parameter: str, given: str) -> None:
    """A part of the path must be in its form."""
    if not _FORMS[parameter].fullmatch(given):
        raise _bad_path(parameter)


def _bad_path(parameter: str) -> RestError:
    text = f"Invalid path parameter: '{parameter}'"
    return RestError(400, "invalid-path-parameter", text, {"parameter": parameter})


def _needed(document: Raw, field: str) -> Any:
    """A field that a request must have."""
    if field not in document:
        context = {"path": "", "field": field}
        raise RestError(400, "missing-field", "A field is missing.", context)
    return document[field]


def _create(call: RestCall) -> tuple[int, bytes, dict[str, str]]:
    document = body_of(call)
    reader = wire.Reader(call.wiki.store)
    given = _needed(document, "item")

    def change(entity: Raw) -> None:
        _fill(call, entity, reader.fill(entity, given, "/item"))

    reader.fill({}, given, "/item")
    saved = call.wiki.edits.create("item", change, request_of(call, document))
    id = saved.answered["id"]
    where = f"{call.wiki.address}/w/rest.php/wikibase/v1/entities/items/{id}"
    return answered(201, wire.item(saved.answered), saved.revision, {"Location": where})


def _entity(call: RestCall, id: str, rest: list[str]) -> tuple[int, bytes, dict[str, str]]:
    if rest[:1] == ["statements"] and len(rest) == 2:
        _check("statement_id", rest[1])
        return _statement(call, id, rest[1])
    if rest and (rest[0] not in wire.PARTS or len(rest) > 2):
        raise RestError(404, "rest-no-match", "There is nothing at this path.", {})
    if len(rest) == 2 and rest[0] in _TERMS and not call.wiki.rules.knows_language(rest[1]):
        raise _bad_path("language_code")
    if call.method == "GET":
        _, revision = current(call, id)
        shown = _below(wire.item(revision.entity), rest)
        if call.if_none_match == f'"{revision.id}"':
            return 304, b"", {"ETag": f'"{revision.id}"'}
        if rest == ["statements"] and "property" in call.query:
            wanted = call.query["property"]
            shown = {wanted: shown[wanted]} if wanted in shown else {}
        return answered(200, shown, revision)
    if call.path[1] == "properties":
        raise RestError(405, "rest-method-not-allowed", "Properties can be read only.", {})
    document = body_of(call)
    if rest == ["statements"] and call.method == "POST":
        return _add_statement(call, id, document)
    known: list[bool] = []

    def change(entity: Raw) -> None:
        whole = wire.item(entity)
        known[:] = [_has(whole, rest)]
        changed = _changed(call, whole, rest, document)
        parts = [part for part in wire.PARTS if changed.get(part) != whole[part]]
        _fill(call, entity, wire.Reader(call.wiki.store).fill(entity, changed, "", parts))

    saved = _change(call, id, change, document)
    if call.method == "DELETE":
        return answered(200, f"{_RESOURCE[rest[0]].capitalize()} deleted", saved.revision)
    made = call.method in ("PUT", "POST") and not known[0]
    shown = _below(wire.item(saved.answered), rest)
    return answered(201 if made else 200, shown, saved.revision)


def _has(whole: Raw, rest: list[str]) -> bool:
    return len(rest) == 2 and rest[1] in whole[rest[0]]


def _changed(call: RestCall, whole: Raw, rest: list[str], document: Raw) -> Raw:
    """The whole item as it should be after a request to one of its parts."""
    whole = deepcopy(whole)
    if call.method == "PATCH":
        _needed(document, "patch")
        if not rest:
            patched_whole: Raw = patched(whole, document)
            return patched_whole
        whole[rest[0]] = patched(whole[rest[0]], document)
        return whole
    if len(rest) != 2:
        raise RestError(405, "rest-method-not-allowed", f"{call.method} is not for this.", {})
    part, key = rest
    if call.method == "DELETE":
        _below(whole, rest)
        del whole[part][key]
    elif part == "aliases":
        before = whole[part].get(key, [])
        new = document.get("aliases")
        if not isinstance(new, list) or not all(isinstance(text, str) for text in new):
            raise wire.Invalid("/aliases")
        whole[part][key] = list(dict.fromkeys([*before, *new]))
    else:
        whole[part][key] = _needed(document, _RESOURCE[part])
    return whole


def _add_statement(call: RestCall, id: str, document: Raw) -> tuple[int, bytes, dict[str, str]]:
    given = wire.Reader(call.wiki.store).statement(_needed(document, "statement"), "/statement")
    made: list[Raw] = []

    def change(entity: Raw) -> None:
        made[:] = [call.wiki.edits.statements.kept(id, given)]
        put_statement(entity, made[0])

    saved = _change(call, id, change, document)
    where = f"{call.wiki.address}/w/rest.php/wikibase/v1/entities/items/{id}/statements/"
    headers = {"Location": where + made[0]["id"]}
    return answered(201, wire.statement(made[0]), saved.revision, headers)


def _statement(call: RestCall, id: str, guid: str) -> tuple[int, bytes, dict[str, str]]:
    _, revision = current(call, id)
    before = _found(revision.entity, guid)
    if call.method == "GET":
        return answered(200, wire.statement(before), revision)
    document = body_of(call)
    made: list[Raw] = []

    def change(entity: Raw) -> None:
        now = _found(entity, guid)
        if call.method == "DELETE":
            drop_statement(entity, guid)
            return
        if call.method == "PATCH":
            _needed(document, "patch")
            given = patched(wire.statement(now), document)
        else:
            given = _needed(document, "statement")
        raw = wire.Reader(call.wiki.store).statement(given, "/statement")
        if raw["mainsnak"]["property"] != now["mainsnak"]["property"]:
            raise RestError(
                400, "cannot-modify-read-only-value", "The property stays.", {"path": "/property"}
            )
        made[:] = [call.wiki.edits.statements.kept(id, {**raw, "id": guid})]
        put_statement(entity, made[0])

    saved = _change(call, id, change, document)
    if call.method == "DELETE":
        return answered(200, "Statement deleted", saved.revision)
    return answered(200, wire.statement(made[0]), saved.revision)


def _found(entity: Raw, guid: str) -> Raw:
    found = find_statement(entity, guid)
    if not found:
        raise RestError(
            404, "resource-not-found", "There is no such thing.", {"resource_type": "statement"}
        )
    statement: Raw = entity["claims"][found[0]][found[1]]
    return statement


def _change(call: RestCall, id: str, change: Callable[[Raw], None], document: Raw) -> Saved:
    """Save a change if ``If-Match`` names the revision that stands."""
    with call.wiki.store.write():
        _, revision = current(call, id)
        if call.if_match and call.if_match not in ("*", f'"{revision.id}"'):
            raise RestError(412, "", "", {})
        if call.wiki.read_only:
            raise ApiError("readonly", "Nothing can be written now.")
        return call.wiki.edits.change(id, change, request_of(call, document), said="/* rest */")


def _below(whole: Raw, rest: list[str]) -> Any:
    if not rest:
        return whole
    part = whole[rest[0]]
    if len(rest) == 1:
        return part
    if rest[1] not in part:
        kind = _RESOURCE.get(rest[0], rest[0])
        raise RestError(
            404, "resource-not-found", "There is no such thing.", {"resource_type": kind}
        )
    return part[rest[1]]


def _fill(call: RestCall, entity: Raw, data: Raw) -> None:
    call.wiki.edits.terms.apply(entity, data)
    call.wiki.edits.statements.apply(entity, data.get("claims", []))
