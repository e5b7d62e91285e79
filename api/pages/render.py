"""A template and a page's values → an answer, in the reader's language."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup, escape

from kgtool import messages
from kgtool.errors import KgtoolError, Told
from kgtool.messages.words import Words
from kgtool.partners import KINDS
from kgtool.service.callers import OPERATOR
from kgtool.wiring import Kgtool

from ..auth import visitor_of

_HERE = Path(__file__).parent
_OURS = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # printable ASCII, as addresses are, no backslash
STATIC = _HERE.parent / "static"
_PRIVATE = 0xE000  # stands for a part of a page, while a sentence is made of texts

# Entries of the main menu: path, message key.
MENU = (
    ("/partners", "nav-partners"),
    ("/coverage", "nav-coverage"),
    ("/worklists", "nav-worklists"),
    ("/drafts", "nav-drafts"),
    ("/queries", "nav-queries"),
    ("/requests", "nav-requests"),
    ("/reports", "nav-reports"),
    ("/glossary", "nav-glossary"),
)


def render(
    request: Request, template: str, *, status: int = 200, form: bool = False, **values: Any
) -> Response:
    """The page of that template. With *form*, forms on it can be sent back (sets a cookie).

    A reader who has exactly this page already gets 304.
    """
    state = request.state
    sessions = request.app.state.sessions
    session = sessions.read(request)
    visitor = visitor_of(session) if form else ""
    language: str = state.language
    text = (
        _environment()
        .get_template(template)
        .render(
            language=language,
            direction=messages.direction(language),
            say=partial(_say, language),
            number=partial(messages.number, language),
            percent=partial(messages.percent, language),
            day=partial(messages.day, language),
            moment=partial(messages.moment, language),
            month=partial(messages.month, language),
            url=partial(_url, state.prefix),
            static=static,
            caller=state.caller,
            images=state.images,
            csrf=sessions.form_token(visitor) if form else "",
            menu=MENU,
            path=request.scope["path"],
            address=_address(request),
            query_string=request.url.query,
            languages=[(code, messages.autonym(code)) for code in messages.languages()],
            workspace=_workspace(request.app.state.kgtool),
            entity_url=request.app.state.kgtool.profile.page_url,
            **values,
        )
    )
    body = text.encode()
    etag = f'"{sha256(body).hexdigest()[:24]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Content-Language": language,
        "Vary": "Accept-Language, Cookie",
    }
    known = [one.strip().removeprefix("W/") for one in _if_none_match(request)]
    if status == 200 and etag in known:
        return Response(status_code=304, headers=headers)
    answer = Response(body, status, headers, "text/html; charset=utf-8")
    if form and session.get("visitor") != visitor:
        sessions.write(answer, {**session, "visitor": visitor})
    return answer


def compile_templates() -> None:
    """Read every template now, so that no reader waits for it."""
    for name in _environment().list_templates():
        _environment().get_template(name)


def text_of(template: str, **values: Any) -> str:
    """What a template makes of values: for feeds, which have no frame."""
    return _environment().get_template(template).render(**values)


def error_page(
    request: Request,
    status: int,
    detail: str | Told,
    hint: str | Told,
    operator: str | Told,
    headers: dict[str, str],
) -> Response:
    """A page that says what went wrong and how the reader, or the operator, can mend it.

    A mere text is English, and marked so.
    """
    known = f"error-{status}" in messages.texts(messages.SOURCE)
    answer = render(
        request,
        "error.html",
        status=status,
        heading=f"error-{status}" if known else "error-other",
        sign_in=status == 401,
        detail=detail,
        hint=hint,
        operator=operator,
        reference=request.state.id,
    )
    answer.headers.update(headers)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def go(request: Request, path: str, **query: str) -> Response:
    """Send the reader on to a page of ours, after a form was taken in (303)."""
    return Response(
        status_code=303, headers={"Location": _url(request.state.prefix, path, **query)}
    )


def go_back(request: Request, back: str, otherwise: str) -> Response:
    """Send the reader on to where they came from: a path of ours with its query, or elsewhere.

    What is no path here (another host, say) was not made by a page of ours.
    """
    if not _OURS.fullmatch(back):
        return go(request, otherwise)
    return Response(status_code=303, headers={"Location": request.state.prefix + back})


@cache
def static(name: str) -> str:
    """Address of a static file; it names the content, so it can be kept for a year."""
    version = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={version}"


def _if_none_match(request: Request) -> list[str]:
    return request.headers.get("if-none-match", "").split(",")


def _url(prefix: str, path: str, **query: Any) -> str:
    """A path of ours in the reader's language; parameters that are None or "" are left out."""
    pairs = [
        (name, one)
        for name, value in query.items()
        for one in (value if isinstance(value, list | tuple) else [value])
        if one not in (None, "")
    ]
    return prefix + quote(path) + (f"?{urlencode(pairs)}" if pairs else "")


def _address(request: Request) -> str:
    """Where to come back to after signing in: this page, in no language; not from a form."""
    if request.method != "GET" or request.scope["path"].startswith("/sign-in"):
        return ""
    query = request.url.query
    return quote(request.scope["path"]) + (f"?{query}" if query else "")


def _workspace(kgtool: Kgtool) -> dict[str, Any]:
    """What every page says of the data: as of when, whether a sample; empty without data."""
    try:
        meta = kgtool.snapshots.current().generation.meta
    except KgtoolError:
        return {}
    return {
        "as_of": datetime.datetime.fromisoformat(meta.as_of),
        "sample": meta.sample,
        "items": meta.items,
        "generation": meta.number,
    }


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["kind"] = _kind
    made.filters["person"] = _person
    made.filters["date"] = _date
    made.filters["reached"] = _reached
    made.filters["told"] = _told
    made.filters["printable"] = lambda text: "".join(
        c for c in text if c.isprintable() or c == "\n"
    )
    return made


def _kind(kind: str, say: Callable[[str], str]) -> str:
    """A kind of partner in words: its name, or the partner's own word for it."""
    return say(f"partner-kind-{kind}") if kind in KINDS else kind


def _reached(address: str, title_url: Callable[[str], str]) -> str:
    """Where an address leads, if it can be followed: a page on the wiki, the web, or mail."""
    if re.fullmatch(r"https?://[^\s/]+\S*", address):
        return address
    if re.fullmatch(r"[^\s@:/]+@[^\s@:/]+", address):
        return f"mailto:{quote(address, safe='@+.-_')}"
    if re.fullmatch(r"[^\W\d_][^:@/\[\]{}|<>#]*:[^:@\[\]{}|<>#]+", address):
        return title_url(address)
    return ""


def _person(name: str, say: Callable[[str], str]) -> str:
    """Who did something, as HTML: an account, or whoever ran a command on the server."""
    if name == OPERATOR.name:
        return say("caller-command-line")
    return Markup("<bdi>{}</bdi>").format(name)


def _say(language: str, key: str, *params: messages.Param) -> str:
    """A message; in a language written from right to left, texts put into it are isolated.

    (Unicode Bidirectional Algorithm, 2.4: else a name in Latin letters would draw the marks beside
    it to its other side.) Parts of a page (``Markup``) go into it as they are: links, say; then it
    is such a part itself.
    """
    parts = {chr(_PRIVATE + n): one for n, one in enumerate(params) if isinstance(one, Markup)}
    params = tuple(
        chr(_PRIVATE + n) if isinstance(one, Markup) else one for n, one in enumerate(params)
    )
    if messages.direction(language) == "rtl":
        params = tuple(
            f"\u2068{one}\u2069" if isinstance(one, str) and not one.isdecimal() else one
            for one in params
        )
    said = messages.say(language, key, *params)
    if parts:
        said = escape(said)
        for mark, part in parts.items():
            said = said.replace(mark, part)
    return said


def _told(said: Told, language: str) -> str:
    """What is told later, on a page: as :func:`_say` says it."""
    if not isinstance(said, Words) or said.texts:
        return said.told(language)
    params = (_told(one, language) if isinstance(one, Words) else one for one in said.params)
    return _say(language, said.key, *params)


def written_date(date: str, language: str) -> str:
    """``1923``, ``1923-05`` or ``1923-05-01`` as the language writes it."""
    return _date(date, partial(messages.day, language))


def _date(date: str, day: Callable[[datetime.date], str]) -> str:
    return day(datetime.date.fromisoformat(date)) if date.count("-") == 2 else date
