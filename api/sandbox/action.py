"""The Action API: one call in, one answer out, in the order in which MediaWiki checks things."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from .actions import claims, editing, entities, login, merging, pages, search
from .actions.query import query
from .answers import ApiError, bad_value, missing_param
from .call import Call
from .oauth import INVALID_TOKEN
from .times import iso

Module = Callable[[Call], dict[str, Any]]

WRITES: dict[str, Module] = {
    "wbeditentity": editing.wbeditentity,
    "wbsetlabel": editing.wbsetlabel,
    "wbsetdescription": editing.wbsetdescription,
    "wbsetaliases": editing.wbsetaliases,
    "wbsetsitelink": editing.wbsetsitelink,
    "wbcreateclaim": claims.wbcreateclaim,
    "wbsetclaim": claims.wbsetclaim,
    "wbsetclaimvalue": claims.wbsetclaimvalue,
    "wbremoveclaims": claims.wbremoveclaims,
    "wbsetqualifier": claims.wbsetqualifier,
    "wbremovequalifiers": claims.wbremovequalifiers,
    "wbsetreference": claims.wbsetreference,
    "wbremovereferences": claims.wbremovereferences,
    "wbmergeitems": merging.wbmergeitems,
    "wbcreateredirect": merging.wbcreateredirect,
    "edit": pages.edit,
    "delete": pages.delete,
    "protect": pages.protect,
}
READS: dict[str, Module] = {
    "query": query,
    "wbgetentities": entities.wbgetentities,
    "wbgetclaims": claims.wbgetclaims,
    "wbsearchentities": search.wbsearchentities,
    "wbformatvalue": editing.wbformatvalue,
    "login": login.login,
    "clientlogin": login.clientlogin,
    "logout": login.logout,
}


class Answer(NamedTuple):
    """Bytes of JSON and headers; the status is always 200."""

    body: bytes
    headers: dict[str, str]


def answer(call: Call) -> Answer:
    """Carry out a call."""
    error: ApiError | None = None
    try:
        body = _carried_out(call)
        call.warn_of_unknown()
        if call.flag("curtimestamp"):
            body = {"curtimestamp": iso(call.wiki.store.clock()), **body}
        if call.warnings:
            body = {"warnings": call.warnings, **body}
    except ApiError as refused:
        error = refused
        docref = f"The modules and their parameters: {call.wiki.profile.action_api}"
        plain = call.params.get("errorformat", "bc") not in ("bc", "html")
        body = error.body(docref, plain=plain)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Disposition": "inline; filename=api-result.json",
        "X-Frame-Options": "DENY",
        "Cache-Control": "private, must-revalidate, max-age=0",
    }
    if error:
        headers |= {"MediaWiki-API-Error": error.header, **error.headers}
    elif not call.posted and not call.private:
        headers["Vary"] = "Accept-Encoding, Treat-as-Untrusted, Cookie"
    if call.version == 2:
        return Answer(msgspec.json.encode(body), headers)
    return Answer(json.dumps(_in_version_1(body)).encode(), headers)


def _carried_out(call: Call) -> dict[str, Any]:
    if call.session.refused:
        raise ApiError(INVALID_TOKEN, "This access token is not good, or no longer.")
    _check_assertions(call)
    name = call.action
    module = WRITES.get(name) or READS.get(name)
    if module is None:
        raise bad_value("action", name)
    if name in WRITES:
        _check_token(call)
        if call.wiki.read_only:
            data = {"readonlyreason": call.wiki.read_only}
            raise ApiError("readonly", "Nothing can be written now.", data=data)
    _check_lag(call)
    return module(call)


def _check_assertions(call: Call) -> None:
    user = call.user
    match call.choice("assert", "anon", "user", "bot"):
        case "user" if user.anonymous:
            raise ApiError("assertuserfailed", "Nobody is signed in.")
        case "anon" if not user.anonymous:
            raise ApiError("assertanonfailed", "Somebody is signed in.")
        case "bot" if not user.may("bot"):
            raise ApiError("assertbotfailed", 'This sign-in lacks the right "bot".')
    name = call.text("assertuser")
    if name and name != user.name:
        raise ApiError("assertnameduserfailed", f'"{name}" is not signed in.')


def _check_token(call: Call) -> None:
    if "token" in call.in_query:
        text = "The parameter token belongs in the body of a POST, not in the address."
        raise ApiError("mustpostparams", text)
    if not call.posted:
        raise ApiError("mustbeposted", f'The module "{call.action}" takes POST only.')
    if "token" not in call.params:
        raise missing_param("token")
    if not call.session.accepts("csrf", call.params["token"]):
        raise ApiError("badtoken", "The token is not one of this session.")


def _check_lag(call: Call) -> None:
    allowed = call.number("maxlag")
    if allowed is None:
        return
    lag = call.wiki.lag
    data: dict[str, Any]
    if lag > allowed and lag > 0:
        data = {"host": "sandbox", "lag": lag, "type": "wikibase-queryservice"}
        data["queryserviceLag"] = int(lag * 60)
    elif allowed < -1:
        # The database of a single server has a lag of -1 to MediaWiki.
        lag, data = -1, {"host": "", "lag": -1, "type": "db"}
    else:
        return
    headers = {"Retry-After": "5", "X-Database-Lag": str(int(lag))}
    raise ApiError("maxlag", f"The copies are {lag} s behind.", data=data, headers=headers)


def _in_version_1(value: Any, key: str = "") -> Any:
    """The same answer as ``formatversion=1`` shapes it."""
    if isinstance(value, dict):
        made = {}
        for name, member in value.items():
            if member is False:
                continue
            if name == "pages" and isinstance(member, list):
                made[name] = {
                    str(page.get("pageid", -1 - place)): _in_version_1(page)
                    for place, page in enumerate(member)
                }
            elif name == "html" and key == "messages":
                made[name] = {"*": member}
            elif name == "docref" or (name == "warnings" and isinstance(member, str)):
                made["*"] = member
            else:
                made[name] = _in_version_1(member, name)
        return made
    if isinstance(value, list):
        return [_in_version_1(member, key) for member in value]
    if isinstance(value, msgspec.Raw):
        return msgspec.json.decode(value)
    return "" if value is True else value
