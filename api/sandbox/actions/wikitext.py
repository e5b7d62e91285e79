"""``action=edit`` of pages with wikitext, as MediaWiki's EditPage saves them."""

from __future__ import annotations

import hashlib
from difflib import SequenceMatcher
from typing import Any

from ..accounts import User
from ..answers import ApiError, Message
from ..call import Call
from ..records import Page, Revision
from ..times import iso, seconds_of
from ..titles import Title, title

_LONGEST = 2_097_152  # bytes ($wgMaxArticleSize)


def edit_text(call: Call) -> dict[str, Any]:
    """Save a page's text, put on later edits where these touch other lines."""
    store = call.wiki.store
    wanted = _title(call)
    page = store.page(wanted.text)
    there = page is not None and not page.deleted
    _check_rights(call.user, page if there else None)
    if there and call.flag("createonly"):
        raise ApiError("articleexists", "The page is there already.")
    if not there and call.flag("nocreate"):
        raise ApiError("missingtitle", "The page is not there.")
    request = call.request()
    with store.write():
        page = store.page(wanted.text)
        latest = store.latest(page) if page is not None and not page.deleted else None
        text = _text(call, latest)
        base = _base(call, latest)
        if latest is not None and base is not None and base.id != latest.id:
            text = _merged(call, base, latest, text)
        _check_deleted(call, page)
        answer: dict[str, Any] = {"result": "Success"}
        if latest is not None and latest.content.decode() == text:
            assert page is not None
            return {"edit": {**answer, **_of(page), "nochange": True}}
        _check_limit(call)
        author = call.wiki.edits.author("", request)
        made = store.save_text(wanted.text, wanted.ns, text.encode(), author)
    page = store.page(wanted.text)
    assert page is not None
    answer |= _of(page)
    answer |= {"oldrevid": latest.id if latest else 0, "newrevid": made.id}
    answer["newtimestamp"] = iso(made.time)
    return {"edit": {**answer, **({} if latest else {"new": True})}}


def _of(page: Page) -> dict[str, Any]:
    return {"pageid": page.id, "title": page.title, "contentmodel": "wikitext"}


def _title(call: Call) -> Title:
    given = call.required("title")
    found = title(given)
    if found is None:
        raise ApiError("invalidtitle", f'Bad title "{given}".')
    return found


def _text(call: Call, latest: Revision | None) -> str:
    """The whole new text, without white space at its end, as it is kept."""
    before = latest.content.decode() if latest else ""
    if not any(call.given(name) for name in ("text", "appendtext", "prependtext")):
        names = '"text", "appendtext", "prependtext", "undo"'
        raise ApiError("missingparam", f"At least one of the parameters {names} is required.")
    parts = (call.text("prependtext"), call.text("text", before), call.text("appendtext"))
    md5 = call.text("md5")
    sent = call.text("text") if call.given("text") else parts[0] + parts[2]
    if md5 and hashlib.md5(sent.encode(), usedforsecurity=False).hexdigest() != md5:
        raise ApiError("badmd5", "The MD5 hash is not that of the text.")
    text = "".join(parts).replace("\r\n", "\n").replace("\r", "\n").rstrip()
    if len(text.encode()) > _LONGEST:
        raise ApiError("contenttoobig", f"A page has at most {_LONGEST} bytes.")
    for name in ("minor", "notminor", "watchlist", "contentmodel", "contentformat", "recreate"):
        call.text(name)
    return text


def _base(call: Call, latest: Revision | None) -> Revision | None:
    """The revision that the text was made from; the latest where nothing is said."""
    store = call.wiki.store
    if number := call.number("baserevid"):
        found = store.revision(number)
        if found is None:
            raise ApiError("nosuchrevid", f"There is no revision with ID {number}.")
        return found
    stamp = call.text("basetimestamp")
    if not stamp or latest is None:
        return latest
    seconds = seconds_of(stamp)
    if seconds is None:
        raise ApiError("badtimestamp", f'"{stamp}" is no time for basetimestamp.')
    rows = store.ask(
        "SELECT id FROM revision WHERE page = ? AND time <= ? ORDER BY id DESC LIMIT 1",
        latest.page,
        int(seconds),
    )
    return store.revision(rows[0][0]) if rows else None


def _merged(call: Call, base: Revision, latest: Revision, text: str) -> str:
    """The text put on what others saved since; ones own edits count as known."""
    rows = call.wiki.store.ask(
        "SELECT count(*) FROM revision WHERE page = ? AND id > ? AND user != ?",
        *(latest.page, base.id, call.user.name),
    )
    if base.page == latest.page and not rows[0][0]:
        return text
    made = merged(base.content.decode(), latest.content.decode(), text)
    if made is None:
        raise ApiError("editconflict", f"Edit conflict: {latest.user} has edited the page.")
    return made


def merged(base: str, theirs: str, ours: str) -> str | None:
    """Three texts line by line, as diff3 does; ``None`` where both changed the same place."""
    lines = [text.split("\n") for text in (base, theirs, ours)]
    changes = [
        [
            (begin, end, other[first:last])
            for kind, begin, end, first, last in SequenceMatcher(
                None, lines[0], other, autojunk=False
            ).get_opcodes()
            if kind != "equal"
        ]
        for other in lines[1:]
    ]
    for begin, end, new in changes[0]:
        for first, last, other in changes[1]:
            apart = end < first or last < begin
            if not apart and (begin, end, new) != (first, last, other):
                return None
    together = {(begin, end): new for one in changes for begin, end, new in one}
    made = list(lines[0])
    for (begin, end), new in sorted(together.items(), reverse=True):
        made[begin:end] = new
    return "\n".join(made)


def _check_deleted(call: Call, page: Page | None) -> None:
    started = seconds_of(call.text("starttimestamp")) if call.text("starttimestamp") else None
    if page is None or not page.deleted or started is None or call.flag("recreate"):
        return
    rows = call.wiki.store.ask(
        "SELECT max(time) FROM change WHERE page = ? AND log = 'delete'", page.id
    )
    if rows[0][0] is not None and rows[0][0] > started:
        raise ApiError("pagedeleted", "The page was deleted since it was read.")


def _check_rights(user: User, page: Page | None) -> None:
    if not user.may("edit"):
        raise ApiError("permissiondenied", "This account may not edit.")
    if page is None and not user.may("createpage"):
        raise ApiError("cantcreate", "This account may not create pages.")
    if user.block:
        text = "This account is blocked."
        raise ApiError("blocked", text, Message("apierror-blocked", [], text))
    if page is not None and page.protected and not user.may("editprotected"):
        raise ApiError("protectedpage", "This page is protected.")


def _check_limit(call: Call) -> None:
    try:
        call.wiki.edits.limits.edit(call.user)
    except ApiError:
        raise ApiError("ratelimited", "Too many edits in a short time. Wait a while.") from None
