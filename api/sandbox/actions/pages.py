"""``action=edit``, ``delete``, ``protect``: what is done to whole pages."""

from __future__ import annotations

from typing import Any

from ..answers import ApiError, Message, bad_value, missing_param
from ..call import Call
from ..patches import Conflict, patched
from ..records import MODELS, Author, Page, entity_of
from ..times import iso
from ..titles import title
from .wikitext import edit_text


def edit(call: Call) -> dict[str, Any]:
    """Save the text of a page, or take edits of an entity back."""
    if title(call.text("title")) is not None and not call.given("undo"):
        return edit_text(call)
    return _undo(call)


def _undo(call: Call) -> dict[str, Any]:
    """Undo the edits after ``undoafter`` (by default: before ``undo``) up to ``undo``."""
    page = _page(call)
    if page.ns not in MODELS:
        raise ApiError("undofailure", "Here only edits of entities can be undone.")
    if call.given("text") and not call.given("undo"):
        model = MODELS[page.ns]
        text = f"Direct editing via API is not supported for content model {model}."
        raise ApiError("no-direct-editing", text)
    undo, after = call.number("undo"), call.number("undoafter")
    for name in ("starttimestamp", "basetimestamp", "nocreate", "minor", "watchlist"):
        call.text(name)
    if not undo:
        raise missing_param("undo")
    store, edits = call.wiki.store, call.wiki.edits
    undone = store.revision(undo)
    before = store.revision(after or (undone.parent if undone else 0))
    if undone is None or before is None:
        missing = undo if undone is None else after or ""
        raise ApiError("nosuchrevid", f"There is no revision {missing} to go back to.")
    if undone.page != page.id or before.page != page.id:
        raise ApiError("revwrongpage", f"This revision is not of {page.title}.")
    request = call.request()

    def change(entity: Any) -> None:
        try:
            made = patched(entity, undone.entity, before.entity)
        except Conflict:
            text = "Later edits changed the same thing."
            raise ApiError("undofailure", text) from None
        entity.clear()
        entity.update(made)

    said = f"/* undo:0||{undo}|{undone.user} */"
    saved = edits.change(page.entity, change, request, said=said)
    answer: dict[str, Any] = {
        "result": "Success",
        "pageid": page.id,
        "title": page.title,
        "contentmodel": MODELS[page.ns],
    }
    if not saved.changed:
        return {"edit": {**answer, "nochange": True}}
    answer |= {"oldrevid": page.latest, "newrevid": saved.revision.id}
    return {"edit": {**answer, "newtimestamp": iso(saved.revision.time), "watched": True}}


def delete(call: Call) -> dict[str, Any]:
    """Delete a page; for administrators."""
    page = _page(call)
    _require(call, "delete")
    reason = call.text("reason")
    author = Author(call.user.id, call.user.name, reason)
    log = call.wiki.store.delete(page, author)
    return {"delete": {"title": page.title, "reason": reason, "logid": log}}


def protect(call: Call) -> dict[str, Any]:
    """Protect a page from edits; for administrators."""
    page = _page(call)
    _require(call, "protect")
    levels = dict(one.partition("=")[::2] for one in call.required("protections").split("|"))
    if set(levels) - {"edit", "move"} or set(levels.values()) - {"sysop", "all"}:
        raise bad_value("protections", call.text("protections"))
    if "edit" in levels:
        call.wiki.store.protect(page.entity, on=levels["edit"] == "sysop")
    made = [
        {action: level.replace("all", ""), "expiry": "infinite"} for action, level in levels.items()
    ]
    reason = call.text("reason")
    return {"protect": {"title": page.title, "reason": reason, "protections": made}}


def _page(call: Call) -> Page:
    if call.given("pageid"):
        found = call.wiki.store.page_by_id(call.number("pageid") or 0)
    else:
        given = call.required("title")
        known = title(given)
        found = call.wiki.store.page(known.text if known else entity_of(given))
    if found is None or found.deleted:
        raise ApiError("missingtitle", "There is no such page.")
    return found


def _require(call: Call, right: str) -> None:
    if not call.user.may(right):
        group = "[[Project:Administrators|Administrators]]"
        raise ApiError("permissiondenied", f"Only this group may do that: {group}.")
    if call.user.block:
        text = "This account is blocked."
        raise ApiError("blocked", text, Message("apierror-blocked", [], text))
