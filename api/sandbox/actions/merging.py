"""``action=wbmergeitems`` and ``wbcreateredirect``."""

from __future__ import annotations

from typing import Any

from ..answers import ApiError, Message, refusal
from ..call import Call
from ..edits import Request, blank
from ..records import Raw, Revision
from ..statements import new_guid


def wbmergeitems(call: Call) -> dict[str, Any]:
    """Move what one item says to another; if nothing is left, the first becomes a redirect."""
    source, target = call.required("fromid").upper(), call.required("toid").upper()
    ignored = call.several("ignoreconflicts")
    request = call.request()
    edits, store = call.wiki.edits, call.wiki.store
    if source == target:
        text = "An item cannot be merged with itself."
        raise ApiError("cant-merge-self", text)
    with store.write():
        pages = [_page(call, id) for id in (source, target)]
        for page in pages:
            edits.check_rights(request.user, page)
        first, second = (store.latest(page).entity for page in pages)
        rest = _move(first, second, ignored)
        empty = not any(rest[part] for part in ("descriptions", "labels", "claims", "sitelinks"))
        edits.limits.edit(request.user)
        said = f"/* wbmergeitems-to:0||{target} */"
        emptied = store.save(rest, edits.author(said, request))
        edits.check(second)
        said = f"/* wbmergeitems-from:0||{source} */"
        kept = store.save(second, edits.author(said, request))
        if empty:
            emptied = _redirect(call, source, target, request)
    return {
        "success": 1,
        "redirected": int(empty),
        "from": {"id": source, "type": "item", "lastrevid": emptied.id},
        "to": {"id": target, "type": "item", "lastrevid": kept.id},
    }


def wbcreateredirect(call: Call) -> dict[str, Any]:
    """Make an empty item a redirect."""
    source, target = call.required("from").upper(), call.required("to").upper()
    request = call.request()
    with call.wiki.store.write():
        page = _page(call, source)
        call.wiki.edits.check_rights(request.user, page)
        _page(call, target)
        entity = call.wiki.store.latest(page).entity
        if any(entity[part] for part in ("labels", "descriptions", "claims", "sitelinks")):
            text = "Only an empty item becomes a redirect."
            message = Message("wikibase-api-target-not-empty", [], text)
            raise ApiError("target-not-empty", text, message)
        call.wiki.edits.limits.edit(request.user)
        _redirect(call, source, target, request)
    return {"success": 1, "redirect": target}


def _page(call: Call, id: str) -> Any:
    try:
        return call.wiki.edits.standing(id)
    except ApiError as error:
        if error.code == "no-such-entity":
            text = f"There is no {id}."
            message = Message("wikibase-api-no-such-entity", [id], text)
            raise ApiError("no-such-entity", text, message) from None
        raise


def _redirect(call: Call, source: str, target: str, request: Request) -> Revision:
    said = f"/* wbcreateredirect:0||{source}|{target} */"
    entity = {"entity": source, "id": source, "type": "item", "redirect": target}
    return call.wiki.store.save(entity, call.wiki.edits.author(said, request))


def _move(source: Raw, target: Raw, ignored: list[str]) -> Raw:
    """Move everything into ``target``; gives what has to stay behind."""
    rest = blank("item", source["id"])
    for code, label in source["labels"].items():
        there = target["labels"].setdefault(code, label)
        if there["value"] != label["value"]:
            _add_alias(target, code, label)
    for code, description in source["descriptions"].items():
        if target["descriptions"].setdefault(code, description)["value"] != description["value"]:
            if "description" not in ignored:
                raise _conflict(f"Descriptions differ in language {code}")
            rest["descriptions"][code] = description
    for code, aliases in source["aliases"].items():
        for alias in aliases:
            _add_alias(target, code, alias)
    for site, link in source["sitelinks"].items():
        if target["sitelinks"].setdefault(site, link)["title"] != link["title"]:
            if "sitelink" not in ignored:
                raise _conflict(f"Sitelinks differ for {site}")
            rest["sitelinks"][site] = link
    for property, statements in source["claims"].items():
        same = target["claims"].setdefault(property, [])
        for statement in statements:
            _add_statement(target["id"], same, statement)
    return rest


def _add_alias(target: Raw, code: str, term: Raw) -> None:
    label = target["labels"].get(code)
    aliases = target["aliases"].setdefault(code, [])
    if not (label and label["value"] == term["value"]) and term not in aliases:
        aliases.append(term)
    if not aliases:
        del target["aliases"][code]


def _add_statement(id: str, same: list[Raw], statement: Raw) -> None:
    for other in same:
        if other["mainsnak"] == statement["mainsnak"] and other.get("qualifiers") == statement.get(
            "qualifiers"
        ):
            known = {reference["hash"] for reference in other.get("references", [])}
            new = [r for r in statement.get("references", []) if r["hash"] not in known]
            if new:
                other["references"] = [*other.get("references", []), *new]
            return
    same.append({**statement, "id": new_guid(id)})


def _conflict(detail: str) -> ApiError:
    return refusal("failed-modify", "The items cannot be merged.", data={"extradata": [detail]})
