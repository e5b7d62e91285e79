"""Faults to rehearse with: what goes wrong between a client and a wiki, on a seeded schedule."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from .answers import ApiError

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

KINDS = {
    "drop-before": "the connection breaks, nothing was done",
    "drop-after": "it was done, but the connection breaks before the answer",
    "late-commit": "the connection breaks, and it is done some time later",
    "timeout": "no answer ever comes, and it is done some time later",
    "too-many": "429 with Retry-After",
    "unavailable": "503 as HTML",
    "html": "200 with HTML in place of JSON; it may have been done",
    "maxlag": "the copies lag behind, with Retry-After",
    "readonly": "the wiki is read-only",
    "session-loss": "the session is forgotten",
    "bad-token": "all tokens of the session become worthless",
}
_HTML = b"<!DOCTYPE html>\n<html><head><title>Error</title></head><body>Try again.</body></html>\n"


@dataclass
class Schedule:
    """Which request meets which fault.

    ``queue`` comes first, one fault a request; then each request draws, ``rates`` giving the chance
    of each kind. Only requests that write take part, unless ``reads`` is set. A commit comes late
    by at most ``late_seconds``; ``hang_seconds`` is how long an unanswered connection is kept.
    """

    rates: dict[str, float] = field(default_factory=dict)
    queue: deque[str] = field(default_factory=deque)
    seed: int = 0
    reads: bool = False
    late_seconds: float = 5.0
    hang_seconds: float = 60.0
    retry_after: int = 1

    def __post_init__(self) -> None:
        unknown = (set(self.rates) | set(self.queue)) - set(KINDS)
        if unknown:
            raise ValueError(f"There is no fault “{sorted(unknown)[0]}”. Known: {', '.join(KINDS)}")
        if sum(self.rates.values()) > 1:
            raise ValueError("The rates of all faults together are above 1.")
        self.random = Random(self.seed)  # noqa: S311 (a schedule to repeat, not a secret)
        self.lock = threading.Lock()

    def next(self, *, writes: bool) -> str:
        """The fault that the next request meets, or an empty text."""
        with self.lock:
            if not writes and not self.reads:
                return ""
            if self.queue:
                return self.queue.popleft()
            chance = self.random.random()
            for kind, rate in self.rates.items():
                if chance < rate:
                    return kind
                chance -= rate
            return ""

    def lateness(self) -> float:
        """How many seconds a commit comes late."""
        with self.lock:
            return self.random.uniform(0, self.late_seconds)

    def coin(self) -> bool:
        """Heads or tails."""
        with self.lock:
            return self.random.random() < 0.5


class Faults:
    """An ASGI app around another that makes requests meet the faults of a schedule.

    ``writes`` says of a request and its body whether it writes; ``drop`` breaks its connection;
    ``lose`` makes its session be forgotten, or, told so, only its tokens worthless.
    """

    def __init__(
        self,
        app: Asgi,
        schedule: Schedule,
        *,
        writes: Callable[[dict[str, Any], bytes], bool],
        drop: Callable[[dict[str, Any]], None],
        lose: Callable[[dict[str, Any], bool], None],
    ) -> None:
        self.app = app
        self.schedule = schedule
        self.met: Counter[str] = Counter()
        self._writes = writes
        self._drop = drop
        self._lose = lose
        self._late: set[asyncio.Task[None]] = set()

    @property
    def pending(self) -> int:
        """How many commits are still to come."""
        return len(self._late)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request, or let it meet its fault."""
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        body = await _whole(receive)
        kind = self.schedule.next(writes=self._writes(scope, body))
        if not kind:
            await self.app(scope, _again(body), send)
            return
        self.met[kind] += 1
        match kind:
            case "drop-before":
                await self._break(scope)
            case "drop-after":
                await self._act(scope, body)
                await self._break(scope)
            case "late-commit":
                self._later(scope, body)
                await self._break(scope)
            case "timeout":
                self._later(scope, body)
                await asyncio.sleep(self.schedule.hang_seconds)
                await self._break(scope)
            case "html":
                if self.schedule.coin():
                    await self._act(scope, body)
                await _reply(send, 200, _HTML)
            case "unavailable":
                await _reply(send, 503, _HTML)
            case "too-many":
                wait = {"Retry-After": str(self.schedule.retry_after)}
                await _reply(send, 429, _HTML, wait)
            case "maxlag" | "readonly":
                await self._refuse(send, kind)
            case _:
                self._lose(scope, kind == "bad-token")
                await self.app(scope, _again(body), send)

    async def _act(self, scope: dict[str, Any], body: bytes) -> None:
        async def nowhere(message: Message) -> None:
            """The wiki acts, and its answer is lost."""

        await self.app(scope, _again(body), nowhere)

    def _later(self, scope: dict[str, Any], body: bytes) -> None:
        async def act() -> None:
            await asyncio.sleep(self.schedule.lateness())
            await self._act(scope, body)

        task = asyncio.get_running_loop().create_task(act())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _break(self, scope: dict[str, Any]) -> None:
        self._drop(scope)
        await asyncio.sleep(0)  # lets the server see that the connection is gone

    async def _refuse(self, send: Send, kind: str) -> None:
        wait = str(self.schedule.retry_after)
        if kind == "maxlag":
            data = {"host": "sandbox", "lag": 7.5, "type": "db"}
            headers = {"Retry-After": wait, "X-Database-Lag": "7"}
            error = ApiError("maxlag", "The copies are 7.5 s behind.", data=data, headers=headers)
        else:
            data = {"readonlyreason": "Rehearsal"}
            error = ApiError("readonly", "Nothing can be written now.", data=data)
        headers = {"MediaWiki-API-Error": error.header, **error.headers}
        headers["Content-Type"] = "application/json; charset=utf-8"
        await _reply(send, 200, msgspec.json.encode(error.body("", plain=False)), headers)


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _reply(
    send: Send, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    given = {"Content-Type": "text/html; charset=utf-8", **(headers or {})}
    pairs = [(name.lower().encode(), value.encode()) for name, value in given.items()]
    pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
