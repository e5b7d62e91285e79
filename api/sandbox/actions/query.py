"""``action=query``: lists, what is known of pages, and of the wiki itself."""

from __future__ import annotations

from typing import Any

import msgspec

from ..answers import ApiError
from ..call import Call
from ..records import MODELS, Page, Raw, Revision, entity_of
from ..times import iso, seconds_of, stamp
from ..titles import is_impossible, title
from . import login
from .changes import allpages, logevents, recentchanges, usercontribs
from .links import linkshere
from .search import search
from .siteinfo import siteinfo, userinfo

_LISTS = {
    "recentchanges": recentchanges,
    "usercontribs": usercontribs,
    "allpages": allpages,
    "logevents": logevents,
    "search": search,
}
_META = {"tokens": login.tokens, "userinfo": userinfo, "siteinfo": siteinfo}


def query(call: Call) -> dict[str, Any]:
    """Whatever ``list``, ``meta`` and ``prop`` name."""
    answer: dict[str, Any] = {}
    further: dict[str, Any] = {}
    call.text("continue")
    call.flag("indexpageids")
    for name, modules in (("list", _LISTS), ("meta", _META)):
        for asked in call.several(name):
            if asked not in modules:
                call.warn("query", f'The parameter "{name}" does not know "{asked}".')
                continue
            part = modules[asked](call)
            further |= part.pop("_continue", {})
            answer |= part
    if call.given("titles") or call.given("pageids") or call.given("revids"):
        answer |= _pages(call, further)
    done: dict[str, Any] = {"batchcomplete": True}
    if "rvcontinue" in further:
        done = {}
    if further:
        done["continue"] = further
    return {**done, "query": answer} if answer else done


def _pages(call: Call, further: dict[str, Any]) -> dict[str, Any]:
    store = call.wiki.store
    props = call.several("prop")
    shown: list[Raw] = []
    asked: list[tuple[Page, Revision | None]] = []
    for revid in _numbers("revids", call.several("revids")):
        revision = store.revision(revid)
        rows = store.ask("SELECT page FROM revision WHERE id = ?", revid)
        page = store.page_by_id(rows[0][0]) if rows else None
        if page and revision and not page.deleted:
            asked.append((page, revision))
    titles = call.several("titles")
    _check_history(call, len(titles) + len(call.several("pageids")))
    names = {given: title(given) for given in titles}
    ids = {given: name.text if name else entity_of(given) for given, name in names.items()}
    pages = store.pages(ids.values())
    normal = [
        {"fromencoded": False, "from": g, "to": i} for g, i in ids.items() if names[g] and g != i
    ]
    redirects = []
    follow = call.flag("redirects")
    for given in titles:
        found = pages.get(ids[given])
        if found and follow and found.redirect:
            redirects.append({"from": given, "to": found.redirect})
            found = store.page(found.redirect)
        if is_impossible(given):
            text = "The requested page title contains invalid characters."
            shown.append({"title": given, "invalidreason": text, "invalid": True})
        elif found is None or found.deleted:
            name = names[given]
            ns = name.ns if name else 120 if given.startswith("Property:") else 0
            shown.append({"ns": ns, "title": name.text if name else given, "missing": True})
        else:
            asked.append((found, None))
    for id in _numbers("pageids", call.several("pageids")):
        found = store.page_by_id(id)
        if found is None or found.deleted:
            shown.append({"pageid": id, "missing": True})
        else:
            asked.append((found, None))
    latest = store.revisions(page.latest for page, _ in asked)
    linking: dict[int, list[Raw]] = {}
    if "linkshere" in props:
        linking, go_on = linkshere(call, [page for page, _ in asked])
        further |= go_on
    for page, revision in asked:
        entry: Raw = {"pageid": page.id, "ns": page.ns, "title": page.title}
        if "info" in props:
            entry |= _info(page, latest[page.latest])
        if "revisions" in props:
            many = len(asked) == 1 and call.given("rvlimit")
            if many:
                entry["revisions"] = _history(call, page, further)
            else:
                entry["revisions"] = [_revision(call, page, revision or latest[page.latest])]
        if page.id in linking:
            entry["linkshere"] = linking[page.id]
        shown.append(entry)
    answer: dict[str, Any] = {"normalized": normal} if normal else {}
    answer |= {"redirects": redirects} if redirects else {}
    return {**answer, "pages": shown}


_OF_ONE_PAGE = ("rvlimit", "rvstartid", "rvendid", "rvdir", "rvstart", "rvend", "rvuser")


def _check_history(call: Call, pages: int) -> None:
    """Only of one page at a time does a wiki list the history."""
    given = [name for name in (*_OF_ONE_PAGE, "rvexcludeuser") if call.given(name)]
    if given and (pages > 1 or call.given("revids")):
        text = f"The parameter {given[0]} is for the history of a single page."
        raise ApiError("invalidparammix", text)


def _info(page: Page, revision: Revision) -> Raw:
    entry: Raw = {
        "contentmodel": MODELS.get(page.ns, "wikitext"),
        "pagelanguage": "en",
        "pagelanguagehtmlcode": "en",
        "pagelanguagedir": "ltr",
        "touched": iso(revision.time),
        "lastrevid": revision.id,
        "length": len(revision.content),
    }
    if page.redirect:
        entry["redirect"] = True
    return entry


def _history(call: Call, page: Page, further: dict[str, Any]) -> list[Raw]:
    # Contents come 50 at a time, to bots 500 (ApiQueryRevisionsBase).
    heavy = "content" in call.several("rvprop")
    limit = call.limit("rvlimit", 1, most=50 if heavy else 500, bots=500 if heavy else 5000)
    newest = call.choice("rvdir", "older", "newer", default="older") == "older"
    order, sign, end = ("DESC", "<=", ">=") if newest else ("ASC", ">=", "<=")
    where = "page = ?"
    values: list[int | str] = [page.id]
    first = call.text("rvcontinue").partition("|")[2] or call.text("rvstartid")
    for text, test in ((first, sign), (call.text("rvendid"), end)):
        if text.isdecimal():
            where += f" AND id {test} ?"
            values.append(int(text))
    for name, test in (("rvstart", sign), ("rvend", end)):
        if text := call.text(name):
            seconds = seconds_of(text)
            if seconds is None:
                raise ApiError("badtimestamp", f'"{text}" is no time for {name}.')
            where += f" AND time {test} ?"
            values.append(int(seconds))
    for name, test in (("rvuser", "="), ("rvexcludeuser", "!=")):
        if text := call.text(name):
            where += f" AND user {test} ?"
            values.append(text)
    rows = call.wiki.store.ask(
        f"SELECT * FROM revision WHERE {where} ORDER BY id {order} LIMIT ?",  # noqa: S608 (marks)
        *values,
        limit + 1,
    )
    revisions = [Revision(*row) for row in rows]
    if len(revisions) > limit:
        after = revisions[limit]
        further |= {"rvcontinue": f"{stamp(after.time)}|{after.id}", "continue": "||"}
    return [_revision(call, page, revision) for revision in revisions[:limit]]


def _revision(call: Call, page: Page, revision: Revision) -> Raw:
    props = call.several("rvprop", default="ids|timestamp|flags|comment|user")
    slots = call.several("rvslots")
    entry: Raw = {}
    if "ids" in props:
        entry |= {"revid": revision.id, "parentid": revision.parent}
    if "flags" in props:
        entry["minor"] = False
    if "user" in props:
        entry["user"] = revision.user
        if revision.user_id == 0:
            entry["anon"] = True
    if "timestamp" in props:
        entry["timestamp"] = iso(revision.time)
    if "size" in props:
        entry["size"] = len(revision.content)
    if "sha1" in props:
        entry["sha1"] = revision.sha1
    if "comment" in props:
        entry["comment"] = revision.comment
    if "tags" in props:
        entry["tags"] = [tag for tag in revision.tags.split("|") if tag]
    if "content" in props:
        model = MODELS.get(page.ns, "wikitext")
        form = "application/json" if page.ns in MODELS else "text/x-wiki"
        content: Raw = {"contentmodel": model, "contentformat": form}
        content["content" if call.version == 2 else "*"] = _content(revision)
        entry |= {"slots": {"main": content}} if slots else content
    return entry


def _content(revision: Revision) -> str:
    """The text of a revision; of a redirect, as Wikibase serialises it."""
    if revision.content.startswith(b"{") and b'"redirect":' in revision.content[:200]:
        entity = revision.entity
        if "redirect" in entity:
            short = {name: entity[name] for name in ("entity", "redirect")}
            return msgspec.json.encode(short).decode()
    return revision.content.decode()


def _numbers(name: str, values: list[str]) -> list[int]:
    try:
        return [int(value) for value in values]
    except ValueError:
        raise ApiError("badinteger", f"{name} takes whole numbers.") from None
