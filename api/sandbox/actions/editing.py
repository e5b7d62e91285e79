"""``action=wbeditentity`` and the small modules that set one part of an entity."""

from __future__ import annotations

from typing import Any

import msgspec

from ..answers import ApiError, Message, invalid, no_such_entity, param_invalid
from ..call import Call
from ..edits import Saved
from ..records import Raw
from .entities import add_urls

_FIELDS = {"labels", "descriptions", "aliases", "sitelinks", "claims"}
_META = {"id", "type", "datatype", "pageid", "ns", "title", "lastrevid", "modified", "site"}


def wbeditentity(call: Call) -> dict[str, Any]:
    """Create an entity, or change several of its parts at once."""
    edits = call.wiki.edits
    request = call.request()
    kind = call.choice("new", "item", "property")
    given = call.text("data", "{}")
    clear = call.flag("clear")
    if kind:
        if call.given("id"):
            text = "Either new or id, not both."
            raise ApiError("param-illegal", text, Message("wikibase-api-param-illegal", [], text))
        saved = edits.create(kind, lambda entity: _apply(call, entity, given, new=True), request)
    else:
        saved = edits.change(
            target(call),
            lambda entity: _apply(call, entity, given),
            request,
            base=call.number("baserevid"),
            clear=clear,
        )
    return entity_answer(call, saved)


def entity_answer(call: Call, saved: Saved) -> dict[str, Any]:
    """The answer with the whole entity."""
    shown: Raw = msgspec.json.decode(msgspec.json.encode(saved.answered))
    add_urls(shown)
    shown["lastrevid"] = saved.revision.id
    if not saved.changed:
        shown["nochange"] = True
    _warn_if_merged(call, saved)
    return {"entity": shown, "success": 1}


def target(call: Call) -> str:
    """The id of the entity to edit, given by id or by site and title.

    :raises ApiError: neither is given, or no entity has that page.
    """
    if call.given("id"):
        return call.required("id").strip().upper()
    if call.given("site") and call.given("title"):
        rows = call.wiki.store.ask(
            "SELECT entity FROM sitelink WHERE site = ? AND title = ?",
            call.text("site"),
            call.text("title").replace("_", " "),
        )
        if not rows:
            raise no_such_entity(f"{call.text('site')}:{call.text('title')}")
        return str(rows[0][0])
    text = "Either id, or site and title, or new is needed."
    raise ApiError("param-missing", text, Message("wikibase-api-param-missing", [], text))


def _apply(call: Call, entity: Raw, given: str, *, new: bool = False) -> None:
    try:
        data = msgspec.json.decode(given)
    except (msgspec.DecodeError, RecursionError):
        text = "The parameter data is not JSON."
        message = Message("wikibase-api-invalid-json", [], text)
        raise ApiError("invalid-json", text, message) from None
    if not isinstance(data, dict):
        raise param_invalid("The parameter data has to be a JSON object.")
    if "id" in data and (new or data["id"] != entity["id"]):
        raise param_invalid('The field "id" is not the parameter id.')
    unknown = set(data) - _FIELDS - _META
    if unknown:
        raise param_invalid(f"There is no field “{sorted(unknown)[0]}”.")
    if new and entity["type"] == "property":
        entity["datatype"] = str(data.get("datatype", ""))
    call.wiki.edits.terms.apply(entity, data)
    if data.get("claims"):
        call.wiki.edits.statements.apply(entity, data["claims"])


def _warn_if_merged(call: Call, saved: Saved) -> None:
    if saved.merged:
        note = {"name": "wikibase-conflict-patched", "parameters": [], "type": "warning"}
        note["html"] = "The edit was put on a later version."
        call.warnings.setdefault(call.action, {}).setdefault("messages", []).append(note)


def wbsetlabel(call: Call) -> dict[str, Any]:
    """Set or remove one label."""
    return _set_term(call, "labels")


def wbsetdescription(call: Call) -> dict[str, Any]:
    """Set or remove one description."""
    return _set_term(call, "descriptions")


def _set_term(call: Call, part: str) -> dict[str, Any]:
    code = call.required("language")
    value = call.text("value")
    word = part[:-1]

    def change(entity: Raw) -> None:
        call.wiki.edits.terms.set_term(entity, part, code, {"value": value})

    doing = "set" if value else "remove"
    saved = _change(call, change, f"/* wbset{word}-{doing}:1|{code} */ {value}".rstrip())
    term = saved.answered[part].get(code, {"language": code, "removed": ""})
    return _brief(call, saved, {part: {code: term}})


def wbsetaliases(call: Call) -> dict[str, Any]:
    """Set, add or remove the aliases of a language."""
    code = call.required("language")
    given = [{"language": code, "value": text} for text in call.several("set")]
    given += [{"language": code, "value": text, "add": ""} for text in call.several("add")]
    given += [{"language": code, "value": text, "remove": ""} for text in call.several("remove")]

    def change(entity: Raw) -> None:
        empty = {"language": code, "value": ""}
        call.wiki.edits.terms.apply(entity, {"aliases": {code: given or [empty]}})

    saved = _change(call, change, f"/* wbsetaliases-update:{len(given)}|{code} */")
    return _brief(call, saved, {"aliases": {code: saved.answered["aliases"].get(code, [])}})


def wbsetsitelink(call: Call) -> dict[str, Any]:
    """Set or remove one sitelink."""
    site = call.required("linksite")
    link: Raw = {"site": site, "title": call.text("linktitle")}
    if call.given("badges"):
        link["badges"] = call.several("badges")

    def change(entity: Raw) -> None:
        call.wiki.edits.terms.set_sitelink(entity, site, link)

    doing = "set" if link["title"] else "remove"
    said = f"/* wbsetsitelink-{doing}:1|{site} */ {link['title']}".rstrip()
    saved = _change(call, change, said)
    shown = saved.answered["sitelinks"].get(site, {"site": site, "removed": ""})
    return _brief(call, saved, {"sitelinks": {site: shown}})


def _change(call: Call, change: Any, said: str) -> Saved:
    saved = call.wiki.edits.change(
        target(call), change, call.request(), base=call.number("baserevid"), said=said
    )
    _warn_if_merged(call, saved)
    return saved


def _brief(call: Call, saved: Saved, parts: Raw) -> dict[str, Any]:
    entity = saved.answered
    shown = {"id": entity["id"], "type": entity["type"], **parts}
    shown["lastrevid"] = saved.revision.id
    if not saved.changed:
        shown["nochange"] = True
    return {"entity": shown, "success": 1}


def wbformatvalue(call: Call) -> dict[str, Any]:
    """A value as text for people, as the forms of OpenRefine ask for it."""
    try:
        raw = msgspec.json.decode(call.required("datavalue"))
    except msgspec.DecodeError:
        text = "The parameter datavalue is not JSON."
        raise invalid("bad-value", [text], text) from None
    for name in ("generate", "datatype", "property", "options"):
        call.text(name)
    return {"result": _words(call, raw.get("value") if isinstance(raw, dict) else raw)}


def _words(call: Call, value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "id" in value:
        page = call.wiki.store.page(str(value["id"]))
        if page and page.alive:
            labels = call.wiki.store.latest(page).entity["labels"]
            label = labels.get(call.text("uselang", "en")) or labels.get("en")
            return str(label["value"] if label else value["id"])
        return str(value["id"])
    for name in ("text", "time", "amount"):
        if name in value:
            return str(value[name]).removeprefix("+")
    return f"{value.get('latitude')}, {value.get('longitude')}"
