"""A server that only sends bytes: what a socket and a client cost by themselves."""

from __future__ import annotations

from typing import Any


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer ``/1000`` with that many bytes (ASGI)."""
    asked = scope["path"].removeprefix("/")
    body = bytes(int(asked) if asked.isdecimal() else 0)
    length = b"%d" % len(body)
    start = {"type": "http.response.start", "status": 200}
    await send({**start, "headers": [(b"content-length", length)]})
    await send({"type": "http.response.body", "body": body})
