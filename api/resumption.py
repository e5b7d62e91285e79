"""Exports that go on where a broken line left them: ranges of bytes (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EXPORTS = ("text/csv", "text/plain")
_IN_MEMORY = 4 << 20  # bytes of an export; of a larger one the rest waits on disk
_PIECE = 1 << 18
_range = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-(?P<end>\d{1,18}))")


class Resumption:
    """Gives exports a strong ETag, that of their bytes, and any one range of these bytes.

    An export is made whole before it is sent, so its length and its ETag are known. It stands
    around the compression: a range is one of the bytes that are sent, compressed or not, and each
    of both forms has an ETag of its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        export: _Export | None = None
        asked = Headers(scope=scope)

        async def answer(message: Message) -> None:
            nonlocal export
            if message["type"] == "http.response.start" and _is_export(message):
                export = _Export(message)
            elif export is None:
                await send(message)
            else:
                await export.take(message.get("body", b""))
                if not message.get("more_body", False):
                    await export.send(asked, send)

        try:
            await self.app(scope, receive, answer)
        finally:
            if export is not None:
                export.close()


class _Export:
    """The bytes of one export, and the head that it was to have."""

    def __init__(self, start: Message) -> None:
        self._start = start
        self._kept: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (see close)
        self._hash = sha256()
        self._size = 0

    async def take(self, piece: bytes) -> None:
        """Keep what comes next."""
        self._hash.update(piece)
        self._size += len(piece)
        if self._size > _IN_MEMORY:
            await run_in_threadpool(self._kept.write, piece)
        else:
            self._kept.write(piece)

    async def send(self, asked: Headers, send: Send) -> None:
        """Answer with all of it, the range that was asked for, or that there is nothing new."""
        etag = f'"{self._hash.hexdigest()[:24]}"'
        headers = MutableHeaders(raw=self._start["headers"])
        headers["ETag"] = etag
        headers["Accept-Ranges"] = "bytes"
        known = {one.strip() for one in asked.get("if-none-match", "").split(",")}
        if etag in known:
            del headers["content-length"]
            await self._answer(send, 304, 0, 0)
            return
        wanted = _wanted(asked, etag, self._size)
        if wanted is None:
            headers["Content-Length"] = str(self._size)
            await self._answer(send, 200, 0, self._size)
        elif not wanted:
            headers["Content-Range"] = f"bytes */{self._size}"
            headers["Content-Length"] = "0"
            await self._answer(send, 416, 0, 0)
        else:
            headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{self._size}"
            headers["Content-Length"] = str(len(wanted))
            await self._answer(send, 206, wanted.start, wanted.stop)

    async def _answer(self, send: Send, status: int, start: int, stop: int) -> None:
        await send({**self._start, "status": status})
        for piece in self._pieces(start, stop):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _pieces(self, start: int, stop: int) -> Iterator[bytes]:
        self._kept.seek(start)
        for at in range(start, stop, _PIECE):
            yield self._kept.read(min(_PIECE, stop - at))

    def close(self) -> None:
        """Give back what holds the bytes."""
        self._kept.close()


def _is_export(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    kept = headers.get("content-disposition", "").startswith("attachment")
    return start["status"] == 200 and (kept or headers.get("content-type", "").startswith(_EXPORTS))


def _wanted(asked: Headers, etag: str, size: int) -> range | None:
    """The bytes that are asked for as a ``range``, empty where there are none; else ``None``.

    Of a form that we do not know, and where the export is another one by now, all of it is sent
    (RFC 9110, 13.1.5 and 14.2).
    """
    found = _range.fullmatch(asked.get("range", "").replace(" ", ""))
    if found is None or asked.get("if-range", etag) != etag:
        return None
    if found["end"]:
        return range(max(0, size - int(found["end"])), size)
    first = int(found["first"])
    last = int(found["last"]) if found["last"] else size - 1
    if found["last"] and last < first:
        return None
    return range(first, min(last + 1, size)) if first < size else range(0)
