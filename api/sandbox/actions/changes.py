"""Lists in order of time: recent changes, contributions, logs; and the list of all pages."""

from __future__ import annotations

from typing import Any

from ..answers import ApiError
from ..call import Call
from ..records import Raw, title_of
from ..times import iso, seconds_of, stamp


def recentchanges(call: Call) -> dict[str, Any]:
    """What changed, newest first; reaches back as far as the wiki remembers."""
    props = call.several("rcprop", default="title|timestamp|ids")
    limit = call.limit("rclimit", 10)
    where = ["c.time >= ?"]
    values: list[Any] = [int(call.wiki.store.clock()) - call.wiki.rules.recent_seconds]
    types = call.several("rctype", default="edit|new|log|categorize")
    where.append(f"c.type IN ({','.join('?' * len(types))})")
    values += types
    if namespaces := call.several("rcnamespace"):
        where.append(f"p.ns IN ({','.join('?' * len(namespaces))})")
        values += namespaces
    for name, test in (("rcuser", "c.user = ?"), ("rcexcludeuser", "c.user != ?")):
        if call.text(name):
            where.append(test)
            values.append(call.text(name))
    if call.text("rctitle"):
        where.append("p.entity = ?")
        values.append(call.text("rctitle").removeprefix("Property:"))
    if call.flag("rctoponly"):
        where.append("c.revision = p.latest")
    show = call.several("rcshow")
    if "bot" in show or "!bot" in show:
        where.append("c.bot" if "bot" in show else "NOT c.bot")
    order = _span(call, "rc", "c.time", "c.id", where, values)
    rows = call.wiki.store.ask(
        "SELECT c.id, c.type, c.page, c.revision, c.parent, c.bot, c.old_size, c.new_size, "  # noqa: S608 (only marks)
        "c.time, c.user, c.comment, c.tags, c.log, p.entity, p.ns FROM change c "
        f"JOIN page p ON p.id = c.page WHERE {' AND '.join(where)} ORDER BY {order} LIMIT ?",
        *values,
        limit + 1,
    )
    answer: dict[str, Any] = {"recentchanges": [_change(row, props) for row in rows[:limit]]}
    if len(rows) > limit:
        after = rows[limit]
        mark = f"{stamp(after[8])}|{after[0]}"
        answer["_continue"] = {"rccontinue": mark, "continue": "-||"}
    return answer


def _change(row: Any, props: list[str]) -> Raw:
    id, kind, page, revision, parent, bot, old, new, time, user, comment, tags, log, *of = row
    entry: Raw = {"type": kind}
    if "title" in props:
        entry |= {"ns": of[1], "title": title_of(of[0])}
    if "ids" in props:
        entry |= {"pageid": page, "revid": revision, "old_revid": parent, "rcid": id}
    if "user" in props:
        entry["user"] = user
    if "flags" in props:
        entry |= {"bot": bool(bot), "new": kind == "new", "minor": False}
    if "sizes" in props:
        entry |= {"oldlen": old, "newlen": new}
    if "timestamp" in props:
        entry["timestamp"] = iso(time)
    if "comment" in props:
        entry["comment"] = comment
    if "tags" in props:
        entry["tags"] = [tag for tag in tags.split("|") if tag]
    if log and "loginfo" in props:
        entry |= {"logid": id, "logtype": log, "logaction": log, "logparams": {}}
    return entry


def usercontribs(call: Call) -> dict[str, Any]:
    """What an account did, newest first."""
    props = call.several("ucprop", default="ids|title|timestamp|comment|size|flags")
    limit = call.limit("uclimit", 10)
    users = call.several("ucuser")
    if not users:
        raise ApiError("missingparam", 'The parameter "ucuser" is required.')
    where = [f"r.user IN ({','.join('?' * len(users))})", "NOT p.deleted"]
    values: list[Any] = list(users)
    show = call.several("ucshow")
    for word, test in (("new", "r.parent = 0"), ("top", "r.id = p.latest")):
        if word in show or f"!{word}" in show:
            where.append(test if word in show else f"NOT {test}")
    order = _span(call, "uc", "r.time", "r.id", where, values)
    rows = call.wiki.store.ask(
        "SELECT r.id, r.page, r.parent, r.user_id, r.user, r.time, r.comment, r.tags, "  # noqa: S608 (only marks)
        "length(r.content), p.entity, p.ns, p.latest FROM revision r JOIN page p ON p.id = r.page "
        f"WHERE {' AND '.join(where)} ORDER BY {order} LIMIT ?",
        *values,
        limit + 1,
    )
    answer: dict[str, Any] = {"usercontribs": [_contribution(row, props) for row in rows[:limit]]}
    if len(rows) > limit:
        mark = f"{stamp(rows[limit][5])}|{rows[limit][0]}"
        answer["_continue"] = {"uccontinue": mark, "continue": "-||"}
    return answer


def _contribution(row: Any, props: list[str]) -> Raw:
    id, page, parent, user_id, user, time, comment, tags, size, entity, ns, latest = row
    entry: Raw = {"userid": user_id, "user": user}
    if "ids" in props:
        entry |= {"pageid": page, "revid": id, "parentid": parent}
    if "title" in props:
        entry |= {"ns": ns, "title": title_of(entity)}
    if "timestamp" in props:
        entry["timestamp"] = iso(time)
    if "flags" in props:
        entry |= {"new": parent == 0, "minor": False, "top": id == latest}
    if "comment" in props:
        entry["comment"] = comment
    if "size" in props:
        entry["size"] = size
    if "tags" in props:
        entry["tags"] = [tag for tag in tags.split("|") if tag]
    return entry


def logevents(call: Call) -> dict[str, Any]:
    """Deletions, newest first."""
    kind = call.text("letype", "delete")
    limit = call.limit("lelimit", 10)
    for name in ("leprop", "leaction"):
        call.text(name)
    where, values = ["c.log = ?"], [kind]
    if call.text("letitle"):
        where.append("p.entity = ?")
        values.append(call.text("letitle").removeprefix("Property:"))
    order = _span(call, "le", "c.time", "c.id", where, values)
    rows = call.wiki.store.ask(
        "SELECT c.id, c.user, c.time, c.comment, p.entity, p.ns, p.id FROM change c "  # noqa: S608 (only marks)
        f"JOIN page p ON p.id = c.page WHERE {' AND '.join(where)} ORDER BY {order} LIMIT ?",
        *values,
        limit + 1,
    )
    events = [
        {
            "logid": id,
            "ns": ns,
            "title": title_of(entity),
            "pageid": 0,
            "logpage": page,
            "params": {},
            "type": kind,
            "action": kind,
            "user": user,
            "timestamp": iso(time),
            "comment": comment,
        }
        for id, user, time, comment, entity, ns, page in rows[:limit]
    ]
    answer: dict[str, Any] = {"logevents": events}
    if len(rows) > limit:
        mark = f"{stamp(rows[limit][2])}|{rows[limit][0]}"
        answer["_continue"] = {"lecontinue": mark, "continue": "-||"}
    return answer


def allpages(call: Call) -> dict[str, Any]:
    """All pages of a namespace, by title."""
    limit = call.limit("aplimit", 10)
    namespace = call.number("apnamespace", 0)
    begin = call.text("apcontinue") or call.text("apfrom")
    redirects = call.choice("apfilterredir", "all", "redirects", "nonredirects", default="all")
    test = {"all": "1", "redirects": "redirect NOT NULL", "nonredirects": "redirect IS NULL"}
    rows = call.wiki.store.ask(
        "SELECT id, entity, ns FROM page WHERE ns = ? AND NOT deleted AND entity >= ? "  # noqa: S608 (fixed words)
        f"AND {test[redirects]} ORDER BY entity LIMIT ?",
        namespace,
        begin,
        limit + 1,
    )
    pages = [{"pageid": id, "ns": ns, "title": title_of(entity)} for id, entity, ns in rows[:limit]]
    answer: dict[str, Any] = {"allpages": pages}
    if len(rows) > limit:
        answer["_continue"] = {"apcontinue": rows[limit][1], "continue": "-||"}
    return answer


def _span(call: Call, prefix: str, time: str, id: str, where: list[str], values: list[Any]) -> str:
    """Add the limits of time and the continuation to a query; gives its order."""
    older = call.choice(f"{prefix}dir", "older", "newer", default="older") == "older"
    for name, sign in (("start", "<=" if older else ">="), ("end", ">=" if older else "<=")):
        text = call.text(prefix + name)
        if not text:
            continue
        seconds = seconds_of(text)
        if seconds is None:
            raise ApiError("badtimestamp", f'"{text}" is no time for {prefix}{name}.')
        where.append(f"{time} {sign} ?")
        values.append(seconds)
    mark = call.text(f"{prefix}continue")
    if mark:
        at, _, number = mark.partition("|")
        seconds = seconds_of(at)
        if seconds is None or not number.isdecimal():
            raise ApiError("badcontinue", f'"{mark}" is not a continuation of this list.')
        sign = "<=" if older else ">="
        where.append(f"({time}, {id}) {sign} (?, ?)")
        values += [seconds, int(number)]
    return f"{time} DESC, {id} DESC" if older else f"{time}, {id}"
