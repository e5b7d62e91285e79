"""``action=wbgetentities``: entities as they are."""

from __future__ import annotations

import re
from typing import Any

from ..answers import ApiError, Message
from ..call import Call
from ..edits import sitelink_url
from ..records import Page, Raw, Revision, spliced
from ..times import iso

_ALL = ("info", "sitelinks", "aliases", "labels", "descriptions", "claims", "datatype")
_ID = re.compile(r"^[QP][1-9]\d{0,9}$")


def wbgetentities(call: Call) -> dict[str, Any]:
    """Entities by id, or by site and title."""
    ids = list(dict.fromkeys(id.strip().upper() for id in call.several("ids")))
    sites, titles = call.several("sites"), call.several("titles")
    props = call.several("props", default="|".join(_ALL))
    languages = call.several("languages")
    filters = call.several("sitefilter")
    follow = call.choice("redirects", "yes", "no", default="yes") == "yes"
    call.flag("normalize")
    fallback = call.flag("languagefallback")
    if not ids and not (sites and titles):
        text = "Either ids, or sites and titles are needed."
        raise ApiError("param-missing", text, Message("wikibase-api-param-missing", [], text))
    for id in ids:
        if not _ID.match(id):
            text = f'Nothing has the id "{id}".'
            message = Message("wikibase-api-no-such-entity", [id], text)
            raise ApiError("no-such-entity", text, message, data={"id": id})
    answer: dict[str, Any] = {}
    for site, title in _pairs(sites, titles):
        rows = call.wiki.store.ask(
            "SELECT entity FROM sitelink WHERE site = ? AND title = ?", site, title
        )
        if rows:
            ids.append(rows[0][0])
        else:
            absent = {"site": site, "title": title, "missing": ""}
            answer[f"-{sum(key.startswith('-') for key in answer) + 1}"] = absent
    plain = set(props) == set(_ALL) and not languages and not filters
    found = _standing(call, ids, follow)
    for id in ids:
        if id not in found:
            answer[id] = {"id": id, "missing": ""}
            continue
        page, revision = found[id]
        head = info(page, revision) if "info" in props else {}
        if id != page.entity:
            head["redirects"] = {"from": id, "to": page.entity}
        if plain and call.version == 2:
            answer[id] = spliced(head, revision.content)
            continue
        entity = selected(revision.entity, props, languages, fallback=fallback)
        if "sitelinks/urls" in props:
            add_urls(entity)
        if filters and "sitelinks" in entity:
            links = entity["sitelinks"]
            entity["sitelinks"] = {site: links[site] for site in filters if site in links}
        answer[id] = {**head, **entity}
    return {"entities": answer, "success": 1}


def info(page: Page, revision: Revision) -> Raw:
    """What ``props=info`` adds in front of an entity."""
    return {
        "pageid": page.id,
        "ns": page.ns,
        "title": page.title,
        "lastrevid": revision.id,
        "modified": iso(revision.time),
    }


def add_urls(entity: Raw) -> None:
    """Add the address of each sitelink's page."""
    for site, link in entity.get("sitelinks", {}).items():
        link["url"] = sitelink_url(site, link["title"])


def selected(entity: Raw, props: list[str], languages: list[str], *, fallback: bool = False) -> Raw:
    """The parts of an entity that were asked for."""
    wanted = {"type", "id", *props}
    if "sitelinks/urls" in props:
        wanted.add("sitelinks")
    made = {key: value for key, value in entity.items() if key in wanted}
    if languages:
        for part in ("labels", "descriptions", "aliases"):
            if part in made:
                made[part] = _in_languages(made[part], languages, fallback and part != "aliases")
    return made


def _in_languages(terms: Raw, languages: list[str], fallback: bool) -> Raw:
    made = {}
    for code in languages:
        chain = [code, code.partition("-")[0], "mul", "en"] if fallback else [code]
        found = next((one for one in chain if one in terms), None)
        if found:
            term = terms[found]
            made[code] = term if found == code else {**term, "for-language": code}
    return made


def _pairs(sites: list[str], titles: list[str]) -> list[tuple[str, str]]:
    if len(sites) == 1:
        return [(sites[0], title.replace("_", " ")) for title in titles]
    if len(titles) == 1:
        return [(site, titles[0].replace("_", " ")) for site in sites]
    if sites or titles:
        text = "Give one site with several titles, or one title with several sites."
        raise ApiError("params-illegal", text, Message("wikibase-api-params-illegal", [], text))
    return []


def _standing(call: Call, ids: list[str], follow: bool) -> dict[str, tuple[Page, Revision]]:
    store = call.wiki.store
    pages = store.pages(ids)
    if follow:
        targets = store.pages(page.redirect for page in pages.values() if page.redirect)
        pages = {id: targets.get(page.redirect or "", page) for id, page in pages.items()}
    pages = {id: page for id, page in pages.items() if page.alive}
    revisions = store.revisions(page.latest for page in pages.values())
    return {id: (page, revisions[page.latest]) for id, page in pages.items()}
