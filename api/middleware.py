"""What happens to every request: number, language, limits, headers, figures, log."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import get_args

from fastapi import HTTPException
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kgtool.messages import languages, negotiate
from kgtool.messages.words import Words
from kgtool.reconcile.query import Answer, Decision, Failure, decision
from kgtool.service.callers import ANYONE

from .errors import ending, too_large, unforeseen

# No inline script or style anywhere; images also from Commons, where a reader asks for thumbnails.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{images}; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'"
)

_SAFE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_log = logging.getLogger("kgtool.access")


class Figures:
    """Counters and times for ``/metrics``, by route, not by address: few, and nobody's.

    With a *shared* folder, those of all processes of the service are told together; then
    ``PROMETHEUS_MULTIPROC_DIR`` names it too, from before this module was imported.
    """

    def __init__(self, shared: Path | None) -> None:
        self._shared = shared
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "kgtool_http_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "kgtool_http_seconds",
            "Seconds until an answer began",
            ["route"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=self.registry,
        )
        self.queries = Counter(
            "kgtool_reconcile_queries",
            "Names reconciled, by what came of them",
            ["decision"],
            registry=self.registry,
        )
        self.candidates = Histogram(
            "kgtool_reconcile_candidates",
            "Candidates of a name that could be asked",
            buckets=(0, 1, 2, 3, 5, 10, 25, 100),
            registry=self.registry,
        )
        for known in get_args(Decision):
            self.queries.labels(known)  # rates start at nought, not at nothing

    def reconciled(self, answers: Iterable[Answer]) -> None:
        """Count what came of the queries of a batch."""
        for one in answers:
            self.queries.labels(decision(one)).inc()
            if not isinstance(one, Failure):
                self.candidates.observe(len(one))

    def told(self, now: Collector) -> bytes:
        """All figures in the Prometheus text format, with those that *now* collects."""
        registry = self.registry
        if self._shared is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._shared))  # type: ignore[no-untyped-call]  # the library has no types
        present = CollectorRegistry()
        present.register(now)
        return generate_latest(registry) + generate_latest(present)


class Frame:
    """Around everything: number and log of a request, its language, safe headers."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self.app = app
        self.figures = figures
        self.languages = set(languages())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        number = given if _SAFE_ID.fullmatch(given) else secrets.token_hex(8)
        state = scope.setdefault("state", {})
        state["id"] = number
        state["caller"] = ANYONE  # until a route's rule has looked
        state["images"] = _wants_images(headers.get("cookie", ""))
        self._choose_language(scope, headers)
        started = time.perf_counter()
        status = 500
        begun = False

        async def answer(message: Message) -> None:
            nonlocal status, begun
            begun = True
            if message["type"] == "http.response.start":
                status = message["status"]
                self._headers(MutableHeaders(scope=message), state)
                route = getattr(scope.get("route"), "path", "none")
                self.figures.seconds.labels(route).observe(time.perf_counter() - started)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except asyncio.CancelledError:  # by the server, when it ends and has waited long enough
            if not begun:
                await ending(Request(scope))(scope, receive, answer)
        except Exception:  # the outermost place: whatever it is, the client gets an answer
            _log.exception("unforeseen", extra={"request": number})
            if begun:
                raise
            await unforeseen(Request(scope))(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self.figures.requests.labels(method, route, str(status)).inc()
            _log.info(
                "request",
                extra={
                    "request": number,
                    "method": method,
                    "route": route,
                    "status": status,
                    "milliseconds": round((time.perf_counter() - started) * 1000, 1),
                },
            )

    def _choose_language(self, scope: Scope, headers: Headers) -> None:
        """``/sv/partners`` is ``/partners`` in Swedish; else what the browser asks for."""
        first, _, rest = scope["path"].lstrip("/").partition("/")
        state = scope["state"]
        if first in self.languages:
            state["language"] = first
            state["prefix"] = f"/{first}"
            scope["path"] = f"/{rest}"
            raw: bytes = scope.get("raw_path") or b""
            scope["raw_path"] = raw[len(first) + 1 :] or b"/"
        else:
            state["language"] = negotiate(headers.get("accept-language", ""))
            state["prefix"] = ""

    def _headers(self, headers: MutableHeaders, state: dict[str, object]) -> None:
        headers["X-Request-ID"] = str(state["id"])
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        _keep_private(headers, state)
        # A part that must be framed (the reconciliation preview) brings its own policy.
        if "content-security-policy" not in headers:
            images = " https://commons.wikimedia.org https://upload.wikimedia.org"
            policy = CONTENT_POLICY.format(images=images if state["images"] else "")
            headers["Content-Security-Policy"] = policy
            headers.setdefault("X-Frame-Options", "DENY")


class BodyLimit:
    """Refuses bodies beyond a limit, whether announced or not, before they fill the memory."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit
        self._said = Words("error-body-large", (f"{limit / 1e6:g}",))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > self.limit:
            await self._refuse(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self.limit:
                    raise HTTPException(413, self._said)
            return message

        await self.app(scope, bounded, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = too_large(Request(scope), self._said)
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)


def _keep_private(headers: MutableHeaders, state: dict[str, object]) -> None:
    """What somebody who is known was told is kept by nobody between them and us; nor is what
    anyone was told given to them."""
    kept = headers.get("cache-control", "")
    if "immutable" in kept:  # static files
        return
    if "public" in kept:
        headers.add_vary_header("Cookie, Authorization")
    if state["caller"] is not ANYONE and not {"private", "no-store"} & set(kept.split(", ")):
        headers["Cache-Control"] = "private, no-cache"


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _wants_images(cookie: str) -> bool:
    try:
        jar = SimpleCookie(cookie)
    except CookieError:
        return False
    return "images" in jar and jar["images"].value == "1"
