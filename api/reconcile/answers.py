"""How answers leave: JSON without surprises, JSONP for old browsers, open to every origin."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON = "application/json; charset=utf-8"
NEW_JSON = "application/reconciliation.v1+json"
# Framed by clients, without scripts; images only where a preview shows one.
PREVIEW_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https:"

_CALLBACK = re.compile(r"[\w$.]{1,128}", re.ASCII)
_encode = msgspec.json.Encoder().encode  # writes NaN as null, never as NaN


def answer(request: Request, content: Any, media: str = "") -> Response:
    """*content* as JSON of the type *media*, or as a call of the function that a GET request names
    in ``callback``."""
    body = _encode(content)
    sent = {"Content-Security-Policy": "default-src 'none'"}
    callback = request.query_params.get("callback")
    if callback is None or request.method != "GET":
        return Response(body, headers=sent, media_type=media or JSON)
    if not _CALLBACK.fullmatch(callback):
        return problem_answer(
            400, "The name of the callback has other signs than letters, digits, _, $ and dots."
        )
    # The comment keeps the beginning of the body out of the caller's hands.
    script = (
        b"/**/"
        + callback.encode()
        + b"("
        + body.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
        + b");"
    )
    return Response(script, 200, sent, media_type="application/javascript; charset=utf-8")


def problem_answer(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """An error in the form of RFC 9457; its ``message`` is what OpenRefine would show."""
    body = {"type": "about:blank", "status": status, "detail": detail, "message": detail}
    return Response(_encode(body), status, headers, media_type="application/problem+json")


class OpenToAll:
    """Lets pages of every origin read what lies below ``prefix``: answers, errors, preflights."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_below(scope["path"]):
            await self.app(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = "*"
                headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-ID"
                headers.add_vary_header("Accept")
            await send(message)

        if scope["method"] == "OPTIONS":
            allowed = {
                "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
                "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type",
                "Access-Control-Max-Age": "86400",
            }
            await Response(status_code=204, headers=allowed)(scope, receive, opened)
            return
        await self.app(scope, receive, opened)

    def _is_below(self, path: str) -> bool:
        return path == self.prefix or path.startswith(f"{self.prefix}/")
