"""What a wiki answered → the outcome. Decided by HTTP status, error codes and message names.

Each failure of the Action API comes as 200 with ``error``; the code alone does not tell them apart,
the names of the messages do. A code that is not known here is *unknown*: it is looked up.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

from kgtool.messages.words import Words
from kgtool.sources.waiting import retry_after
from kgtool.writes.outcomes import (
    Blocked,
    Confirmed,
    EditConflict,
    Gone,
    Invalid,
    Lagged,
    Misdirected,
    NotAllowed,
    Outcome,
    Protected,
    ReadOnly,
    SessionLost,
    Taken,
    Throttled,
    TokenExpired,
    Unknown,
    Unreachable,
)

_LINKED = re.compile(r"\[\[(?:[^|\]]*:)?([QP]\d+)[|\]]")

# Codes of the Action API that say that the request itself was refused, and why nothing was saved.
_INVALID = {
    "modification-failed",
    "failed-save",
    "failed-modify",
    "invalid-json",
    "param-illegal",
    "param-invalid",
    "not-recognized",
    "not-recognized-language",
    "not-recognized-site",
    "no-external-page",
    "missingparam",
    "badtags",
    "badvalue",
    "invalid-claim",
    "invalid-guid",
    "invalid-snak",
    "undofailure",
    "nosuchrevid",
    "spamblacklist",
    "abusefilter-disallowed",
    "titleblacklist-forbidden",
    "entity-too-big",
    "no-direct-editing",
    "invalidtitle",
    "contenttoobig",
    "badmd5",
}


class Answer(Struct, frozen=True):
    """What came back: ``status`` 0 and ``problem`` where there was no answer at all.

    ``sent`` is False where the request provably never left.
    """

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""
    problem: str | Words = ""
    sent: bool = True


def classify_action(answer: Answer) -> Outcome:
    """The outcome of an edit by the Action API."""
    early = _without_body(answer)
    if early is not None:
        return early
    try:
        raw = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unknown(Words("why-not-json"))
    if not isinstance(raw, dict):
        return Unknown(Words("why-not-json"))
    if "error" in raw and isinstance(raw["error"], dict):
        return _error(raw["error"], answer)
    return _success(raw)


def classify_rest(answer: Answer, item: str) -> Outcome:
    """The outcome of an edit of ``item`` by the Wikibase REST API."""
    early = _without_body(answer, rest=True)
    if early is not None:
        return early
    if answer.status in (200, 201):
        tag = answer.headers.get("etag", "").strip('W/"')
        return Confirmed(item, int(tag) if tag.isdecimal() else 0)
    try:
        raw = msgspec.json.decode(answer.body or b"{}")
        code = str(raw.get("code", "")) if isinstance(raw, dict) else ""
        said = str(raw.get("message", "")) if isinstance(raw, dict) else ""
    except (msgspec.DecodeError, UnicodeDecodeError):
        code, said = "", ""
    match answer.status, code:
        case (412, _) | (409, "patch-test-failed"):
            return EditConflict()
        case (404, _) | (409, "redirected-item" | "redirected-property"):
            return Gone(said or Words("why-not-there"))
        case (401, _):
            return SessionLost()
        case (403, "permission-denied" | "") if "block" in said.lower():
            return Blocked(said)
        case (403, _):
            return NotAllowed(said)
        case (400 | 409 | 413 | 422, _):
            return Invalid(code or str(answer.status), said)
    return Unknown(f"HTTP {answer.status} {code}".strip())


def _without_body(answer: Answer, *, rest: bool = False) -> Outcome | None:
    if not answer.sent:
        return Unreachable(answer.problem)
    if answer.status == 0:
        return Unknown(answer.problem or Words("why-no-answer"))
    if answer.status == 429:
        return Throttled(_seconds(answer, 60.0))
    if 300 <= answer.status < 400:
        return Misdirected(f"HTTP {answer.status} to {answer.headers.get('location', '?')}")
    if answer.status >= 500 or (answer.status != 200 and not rest):
        return Unknown(f"HTTP {answer.status}")
    return None


def _success(raw: dict[str, Any]) -> Outcome:
    entity = raw.get("entity")
    if isinstance(entity, dict) and isinstance(entity.get("id"), str):
        return Confirmed(entity["id"], int(entity.get("lastrevid", 0)))
    edit = raw.get("edit")
    if isinstance(edit, dict) and edit.get("result") == "Success":
        title = str(edit.get("title", ""))
        return Confirmed(title.rsplit(":", 1)[-1], int(edit.get("newrevid", 0)))
    if isinstance(edit, dict):
        return Invalid("edit", str(edit.get("result", "")))
    return Unknown(Words("why-says-neither"))


def _error(error: dict[str, Any], answer: Answer) -> Outcome:
    code, info = str(error.get("code", "")), str(error.get("info", ""))
    messages = [m for m in error.get("messages", []) if isinstance(m, dict)]
    names = {str(m.get("name", "")) for m in messages}
    codes = {part.strip() for part in answer.headers.get("mediawiki-api-error", "").split(",")}
    match code:
        case "maxlag":
            lag = error.get("lag", 5)
            return Lagged(_seconds(answer, float(lag) if isinstance(lag, int | float) else 5.0))
        case "readonly":
            return ReadOnly(str(error.get("readonlyreason", info)))
        case "badtoken" | "notoken":
            return TokenExpired()
        case "assertuserfailed" | "assertbotfailed" | "assertnameduserfailed":
            return SessionLost()
        case "editconflict" | "articleexists" | "pagedeleted":
            return EditConflict()
        case "ratelimited" | "no-automatic-entity-id":
            return Throttled(_seconds(answer, 60.0))
        case "no-such-entity" | "missingtitle" | "unresolved-redirect":
            return Gone(code)
        case "blocked" | "autoblocked" | "globalblocking-blocked":
            return Blocked(info)
        case "protectedpage" | "cascadeprotected":
            return Protected()
        case "unknown_action" | "mustpostparams" | "mustbeposted":
            return Misdirected(info)
        case "permissiondenied" | "writeapidenied" | "cantcreate":
            if "blockedtext" in names or "blocked" in codes:
                return Blocked(info)
            if "protectedpagetext" in names or "protectedpage" in codes:
                return Protected()
            return NotAllowed(info)
    if "actionthrottledtext" in names or "ratelimited" in codes:
        return Throttled(_seconds(answer, 60.0))
    taken = _taken(messages)
    if taken is not None:
        return taken
    if code in _INVALID or any(name.startswith("wikibase-validator-") for name in names):
        named = next((n for n in sorted(names) if n.startswith("wikibase-validator-")), code)
        return Invalid(named.removeprefix("wikibase-validator-"), info)
    return Unknown(Words("why-error", (code,)))


def _taken(messages: list[dict[str, Any]]) -> Taken | None:
    for message in messages:
        name = str(message.get("name", ""))
        if not name.endswith("-conflict") or "editconflict" in name or name == "edit-conflict":
            continue
        # Which parameter names the other item differs by message.
        for parameter in message.get("parameters", []):
            found = _LINKED.search(str(parameter))
            if found:
                return Taken(found.group(1), name.removeprefix("wikibase-validator-"))
    return None


def _seconds(answer: Answer, otherwise: float) -> float:
    asked = retry_after(answer.headers)
    return otherwise if asked is None else asked
