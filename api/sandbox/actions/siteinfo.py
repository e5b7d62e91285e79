"""``meta=siteinfo`` and ``meta=userinfo``."""

from __future__ import annotations

from typing import Any

from ..accounts import GROUP_RIGHTS
from ..call import Call
from ..records import Raw
from ..times import iso

_NAMESPACES = {-1: "Special", 0: "", 1: "Talk", 2: "User", 4: "Project", 120: "Property"}


def siteinfo(call: Call) -> dict[str, Any]:
    """The wiki: general, namespaces, statistics, lag."""
    wiki = call.wiki
    made: dict[str, Any] = {}
    for part in call.several("siprop", default="general"):
        match part:
            case "general":
                made[part] = _general(call)
            case "namespaces":
                made[part] = {str(id): _namespace(id, name) for id, name in _NAMESPACES.items()}
            case "statistics":
                rows = wiki.store.ask(
                    "SELECT (SELECT count(*) FROM page WHERE NOT deleted), "
                    "(SELECT count(*) FROM page WHERE NOT deleted AND ns = 0), "
                    "(SELECT count(*) FROM revision), (SELECT count(*) FROM account)"
                )
                names = ("pages", "articles", "edits", "users")
                made[part] = dict(zip(names, rows[0], strict=True))
            case "dbrepllag":
                made[part] = [{"host": "localhost", "lag": wiki.lag}]
            case "usergroups":
                made[part] = [
                    {"name": name, "rights": sorted(rights)}
                    for name, rights in GROUP_RIGHTS.items()
                ]
            case _:
                call.warn("siteinfo", f'The parameter "siprop" does not know "{part}".')
    return made


def _general(call: Call) -> Raw:
    wiki = call.wiki
    general: Raw = {
        "mainpage": "Main Page",
        "base": f"{wiki.address}/wiki/Main_Page",
        "sitename": wiki.rules.site_name,
        "generator": "MediaWiki 1.43.9",
        "case": "first-letter",
        "lang": "en",
        "writeapi": True,
        "maxlag": 5,
        "server": wiki.address,
        "servername": wiki.address.partition("://")[2],
        "articlepath": "/wiki/$1",
        "scriptpath": "/w",
        "script": "/w/index.php",
        "wikiid": "sandbox",
        "time": iso(wiki.store.clock()),
        "timezone": "UTC",
        "wikibase-conceptbaseuri": wiki.profile.entity_iri(""),
        "wikibase-sparql": wiki.profile.sparql[0],
    }
    if wiki.read_only:
        general |= {"readonly": True, "readonlyreason": wiki.read_only}
    return general


def _namespace(id: int, name: str) -> Raw:
    entry: Raw = {"id": id, "case": "first-letter", "name": name, "subpages": False}
    entry |= {"canonical": name} if name else {}
    if id in (0, 120):
        entry["defaultcontentmodel"] = "wikibase-item" if id == 0 else "wikibase-property"
    return {**entry, "content": id in (0, 120), "nonincludable": False}


def userinfo(call: Call) -> dict[str, Any]:
    """Who is signed in, with groups, rights, limits and block."""
    call.private = True
    user = call.user
    made: Raw = {"id": user.id, "name": user.name}
    if user.anonymous:
        made["anon"] = True
    props = call.several("uiprop")
    if "groups" in props:
        made["groups"] = list(user.groups)
    if "rights" in props:
        made["rights"] = sorted(user.rights)
    if "blockinfo" in props and user.block:
        block = user.block
        made |= {
            "blockid": block.id,
            "blockedby": block.by,
            "blockreason": block.reason,
            "blockedtimestamp": iso(block.start),
            "blockexpiry": iso(block.expiry),
        }
    if "ratelimits" in props:
        made["ratelimits"] = _limits(call)
    if "editcount" in props:
        rows = call.wiki.store.ask("SELECT count(*) FROM revision WHERE user = ?", user.name)
        made["editcount"] = rows[0][0]
    return {"userinfo": made}


def _limits(call: Call) -> Raw:
    if call.user.may("noratelimit"):
        return {}
    who = "anon" if call.user.anonymous else "user"
    rules = call.wiki.rules
    named = {"edit": rules.edits, "wikibase-idgenerator": rules.creations}
    return {
        name: {who: {"hits": limit.hits, "seconds": limit.seconds}}
        for name, limit in named.items()
        if limit
    }
