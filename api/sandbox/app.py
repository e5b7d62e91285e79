"""The sandbox as an ASGI app: which path leads where."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from typing import Any
from unicodedata import normalize
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from kgtool.errors import Forbidden, UsageError

from .accounts import User
from .action import WRITES, answer
from .actions.login import BOT_COOKIE
from .call import Call
from .diffs import diff_text
from .entitydata import entity_data, entity_uri
from .faults import KINDS, Faults, Schedule
from .oauth import INVALID_TOKEN, OAuth
from .records import entity_of
from .rest import reply
from .rest_call import RestCall
from .sessions import Session
from .titles import title
from .wiki import Wiki

COOKIE = "sandbox_session"
_REST = "/w/rest.php/"


class Sandbox:
    """A wiki that can be reached: ``app`` is the ASGI app, ``faults`` what may go wrong.

    ``control`` is the key with which ``/_sandbox/faults`` is set.
    """

    def __init__(
        self,
        wiki: Wiki,
        *,
        schedule: Schedule | None = None,
        control: str = "",
        drop: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        self.wiki = wiki
        self.control = control or secrets.token_urlsafe(16)
        routes = [
            Route("/w/api.php", self._action, methods=["GET", "POST"]),
            Route("/w/index.php", self._index),
            Route("/w/rest.php/wikibase/{rest:path}", self._rest, methods=list(_METHODS)),
            Route("/wiki/Special:EntityData/{name}", self._data),
            Route("/wiki/{title:path}", self._page),
            Route("/entity/{id}", self._uri),
            Route("/sparql", self._sparql, methods=["GET", "POST"]),
            Route("/_sandbox/faults", self._faults, methods=["GET", "PUT"]),
            Route("/", self._home),
            *OAuth(wiki).routes,
        ]
        self.faults = Faults(
            Starlette(routes=routes),  # type: ignore[arg-type]  # its types name MutableMapping
            schedule or Schedule(),
            writes=_writes,
            drop=drop or _raise,
            lose=self._lose,
        )
        self.app = self.faults

    async def _action(self, request: Request) -> Response:
        query = dict(request.query_params)
        form: dict[str, str] = {}
        if request.method == "POST":
            async with request.form(max_part_size=16 * 2**20) as sent:
                form = {name: value for name, value in sent.items() if isinstance(value, str)}
        call = self._call(request, query, form)
        made = await run_in_threadpool(answer, call)
        response = Response(made.body, headers={**made.headers, **_ALWAYS})
        for name, value in call.cookies.items():
            response.set_cookie(name, value, httponly=True)
        return response

    def _call(self, request: Request, query: dict[str, str], form: dict[str, str]) -> Call:
        session, known = self._session(request)
        call = Call(
            self.wiki,
            session,
            self._user(request, session),
            # MediaWiki composes the signs of whatever is sent to the Action API (WebRequest).
            {key: normalize("NFC", text) for key, text in {**query, **form}.items()},
            frozenset(query),
            request.method == "POST",
        )
        if not known:
            call.cookies[COOKIE] = session.id
        return call

    def _session(self, request: Request) -> tuple[Session, bool]:
        sessions = self.wiki.sessions
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            name = self.wiki.tokens.get(token)
            known = sessions.of_bearer(token, name) if name else Session("", refused=True)
            return known, True
        for cookie in (BOT_COOKIE, COOKIE):
            found = sessions.get(request.cookies.get(cookie))
            if found:
                return found, True
        return sessions.new(), False

    def _user(self, request: Request, session: Session) -> User:
        return self.wiki.user(session, request.client.host if request.client else "127.0.0.1")

    async def _rest(self, request: Request) -> Response:
        version, _, path = request.path_params["rest"].partition("/")
        if version not in ("v0", "v1"):
            return JSONResponse({"code": "rest-no-match", "message": "No such version."}, 404)
        session, _ = self._session(request)
        if session.refused:
            return JSONResponse({"errorKey": INVALID_TOKEN, "httpCode": 401}, 401)
        call = RestCall(
            self.wiki,
            self._user(request, session),
            request.method,
            tuple(path.split("/")),
            request.headers.get("if-match", ""),
            request.headers.get("if-none-match", ""),
            await request.body(),
            dict(request.query_params),
        )
        made = await run_in_threadpool(reply, call)
        return Response(made.body, made.status, {**made.headers, **_ALWAYS})

    async def _data(self, request: Request) -> Response:
        name = request.path_params["name"]
        made = await run_in_threadpool(entity_data, self.wiki, request, name)
        made.headers["X-Content-Type-Options"] = "nosniff"
        return made

    async def _uri(self, request: Request) -> Response:
        return entity_uri(self.wiki, request.path_params["id"])

    async def _index(self, request: Request) -> Response:
        asked = request.query_params
        text = await run_in_threadpool(
            diff_text, self.wiki, asked.get("diff", ""), asked.get("oldid", "prev")
        )
        return PlainTextResponse(text or "There is no such difference.", 200 if text else 404)

    async def _page(self, request: Request) -> Response:
        given = request.path_params["title"]
        known = title(given)
        page = self.wiki.store.page(known.text if known else entity_of(given))
        if page is None or page.deleted:
            return PlainTextResponse("There is no such page.", 404)
        return PlainTextResponse(self.wiki.store.latest(page).content.decode())

    async def _sparql(self, request: Request) -> Response:
        query = request.query_params.get("query", "")
        if request.method == "POST":
            body = (await request.body()).decode()
            kind = request.headers.get("content-type", "")
            if kind.startswith("application/sparql-query"):
                query = body
            elif kind.startswith("application/x-www-form-urlencoded"):
                query = dict(parse_qsl(body)).get("query", query)
        try:
            media, data = await run_in_threadpool(self.wiki.graph.query, query)
        except (UsageError, Forbidden) as error:
            return PlainTextResponse(error.message, 400)
        return Response(data, media_type=media)

    async def _faults(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.control}":
            return PlainTextResponse("The control key of this sandbox is needed.", 403)
        if request.method == "PUT":
            given = await request.json()
            try:
                self.faults.schedule = schedule_from(given)
            except (TypeError, ValueError) as error:
                return PlainTextResponse(str(error), 400)
            self.wiki.read_only = str(given.get("read_only", ""))
            self.wiki.lag = float(given.get("lag", 0))
        state = {"met": dict(self.faults.met), "pending": self.faults.pending, "kinds": KINDS}
        return JSONResponse(state)

    async def _home(self, request: Request) -> Response:
        lines = [
            "A Wikibase to rehearse on.",
            f"Action API   {self.wiki.profile.action_api}",
            f"REST API     {self.wiki.profile.rest_api}",
            f"SPARQL       {self.wiki.profile.sparql[0]}",
        ]
        return PlainTextResponse("\n".join(lines) + "\n")

    def _lose(self, scope: dict[str, Any], tokens_only: bool) -> None:
        session, known = self._session(Request(scope))
        if not known:
            return
        if tokens_only:
            session.renew_secret()
        else:
            self.wiki.sessions.forget(session)


_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ALWAYS = {"X-Content-Type-Options": "nosniff"}


def schedule_from(given: dict[str, Any]) -> Schedule:
    """A schedule from the JSON of ``/_sandbox/faults``.

    :raises ValueError: a kind is unknown, or the rates are above 1.
    :raises TypeError: a field is unknown.
    """
    fields = {name: value for name, value in given.items() if name not in ("read_only", "lag")}
    if "queue" in fields:
        fields["queue"] = deque(fields["queue"])
    return Schedule(**fields)


def _writes(scope: dict[str, Any], body: bytes) -> bool:
    if scope["path"].startswith(_REST):
        return bool(scope["method"] != "GET")
    if scope["path"] != "/w/api.php" or scope["method"] != "POST":
        return False
    kind = dict(scope["headers"]).get(b"content-type", b"")
    if kind.startswith(b"multipart/"):
        return any(f"\r\n\r\n{name}\r\n".encode() in body for name in WRITES)
    sent = parse_qsl(scope["query_string"].decode()) + parse_qsl(body.decode(errors="replace"))
    return dict(sent).get("action") in WRITES


def _raise(scope: dict[str, Any]) -> None:
    raise ConnectionError("The connection is to break here, but this server cannot do that.")
