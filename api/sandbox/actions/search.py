"""``action=wbsearchentities`` (by beginning of names) and ``list=search`` (by words, by value)."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from ..answers import missing_param
from ..call import Call
from ..records import Page, Raw
from ..store import NAMESPACE
from ..times import iso

_HIGHEST = "\U0010ffff"
_STATEMENT = re.compile(r"haswbstatement:(P\d+)(?:=(\S+))?")


def wbsearchentities(call: Call) -> dict[str, Any]:
    """Entities whose label or alias begins with the given text, or whose id it is."""
    text = call.required("search").strip()
    language = call.required("language")
    letter = "P" if call.choice("type", "item", "property", default="item") == "property" else "Q"
    strict = call.flag("strictlanguage")
    start = call.number("continue", 0) or 0
    limit = call.limit("limit", 7, most=50, bots=50)
    shown_in = call.text("uselang", language)
    call.text("profile")
    call.text("props")
    chain = [language] if strict else list(dict.fromkeys([language, "mul", "en"]))
    found: dict[str, Raw] = {}
    if re.fullmatch(r"[QP]\d+", text.upper()) and text.upper().startswith(letter):
        page = call.wiki.store.page(text.upper())
        if page and page.alive:
            found[page.entity] = {"type": "entityId", "text": page.entity}
    marks = ",".join("?" * len(chain))
    rows = call.wiki.store.ask(
        "SELECT entity, kind, language, text FROM term WHERE text >= ? AND text < ? "  # noqa: S608 (only marks)
        f"AND kind IN ('L', 'A') AND language IN ({marks}) AND entity LIKE ? "
        "ORDER BY kind DESC, CAST(substr(entity, 2) AS INTEGER) LIMIT ?",
        *(text, text + _HIGHEST, *chain, f"{letter}%", 10 * (start + limit + 1)),
    )
    for id, kind, code, name in rows:
        match = {"type": "label" if kind == "L" else "alias", "language": code, "text": name}
        found.setdefault(id, match)
    ids = list(found)[start : start + limit]
    answer: dict[str, Any] = {"searchinfo": {"search": text}}
    pages = call.wiki.store.pages(ids)
    answer["search"] = [_hit(call, pages[id], found[id], shown_in) for id in ids]
    if len(found) > start + limit:
        answer["search-continue"] = start + limit
    return {**answer, "success": 1}


def _hit(call: Call, page: Page, match: Raw, language: str) -> Raw:
    entity = call.wiki.store.latest(page).entity
    hit: Raw = {
        "id": page.entity,
        "title": page.title,
        "pageid": page.id,
        "concepturi": call.wiki.profile.entity_iri(page.entity),
        "repository": "local",
        "url": call.wiki.profile.page_url(page.entity),
    }
    if "datatype" in entity:
        hit["datatype"] = entity["datatype"]
    display = {}
    for part in ("label", "description"):
        terms = entity[f"{part}s"]
        term = next((terms[c] for c in (language, "mul", "en") if c in terms), None)
        if term:
            display[part] = {"value": term["value"], "language": term["language"]}
    hit["display"] = display
    hit |= {part: term["value"] for part, term in display.items()}
    hit["match"] = match
    if match["type"] != "label":
        hit["aliases"] = [match["text"]]
    return hit


def search(call: Call) -> dict[str, Any]:
    """``list=search``: words of names, and ``haswbstatement:P195=Q1``."""
    if not call.text("srsearch"):
        raise missing_param("srsearch")
    text = call.text("srsearch")
    limit = call.limit("srlimit", 10)
    start = call.number("sroffset", 0) or 0
    for name in ("srprop", "srinfo", "srwhat", "srsort", "srqiprofile"):
        call.text(name)
    within = call.several("srnamespace", default=str(NAMESPACE["item"]))
    ids = [id for id in matching(call, text) if "*" in within or _namespace(id) in within]
    pages = call.wiki.store.pages(ids[start : start + limit])
    hits = []
    for id in ids[start : start + limit]:
        page = pages[id]
        revision = call.wiki.store.latest(page)
        labels = revision.entity["labels"]
        snippet = escape(labels["en"]["value"]) if "en" in labels else ""
        hit = {"ns": page.ns, "title": page.title, "pageid": page.id}
        hit |= {"size": len(revision.content), "wordcount": 0, "snippet": snippet}
        hits.append({**hit, "timestamp": iso(revision.time)})
    answer: dict[str, Any] = {"searchinfo": {"totalhits": len(ids)}, "search": hits}
    if len(ids) > start + limit:
        answer["_continue"] = {"sroffset": start + limit, "continue": "-||"}
    return answer


def _namespace(id: str) -> str:
    return str(NAMESPACE["property" if id[0] == "P" else "item"])


def matching(call: Call, text: str) -> list[str]:
    """The ids of the entities that fit a search, by number."""
    sets: list[set[str]] = []
    for property, value in _STATEMENT.findall(text):
        sets.append(call.wiki.graph.with_value(property, value))
    for word in _STATEMENT.sub(" ", text).split():
        rows = call.wiki.store.ask(
            "SELECT DISTINCT entity FROM term WHERE text LIKE ? ESCAPE '\\'",
            "%" + re.sub(r"([\\%_])", r"\\\1", word.strip('"')) + "%",
        )
        sets.append({row[0] for row in rows})
    found = set.intersection(*sets) if sets else set()
    return sorted(found, key=lambda id: (id[0], int(id[1:])))
