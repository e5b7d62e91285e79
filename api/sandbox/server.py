"""A sandbox that really listens: uvicorn in a thread, on a port of its own if none is given."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kgtool.entities import Profile, load_profile
from kgtool.errors import Busy

from .app import Sandbox
from .faults import Schedule
from .wiki import Wiki, sandbox_profile

_transports: dict[tuple[Any, Any], asyncio.Transport] = {}  # (client, server) → connection


class _Droppable(H11Protocol):
    """Remembers each connection, so that a fault can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        ends = (transport.get_extra_info(end)[:2] for end in ("peername", "sockname"))
        self._ends = (next(ends), next(ends))
        _transports[self._ends] = transport
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        _transports.pop(self._ends, None)
        super().connection_lost(exc)


def drop_connection(scope: dict[str, Any]) -> None:
    """Break the TCP connection of a request without any answer."""
    ends = (tuple(scope["client"] or ()), tuple(scope["server"] or ()))
    transport = _transports.get(ends)
    if transport:
        transport.abort()


class SandboxServer:
    """A sandbox at ``address`` while the ``with`` block runs.

    ``like`` is the profile whose entity IRIs and properties it shares (Wikidata's by default).
    Further arguments go to :class:`Wiki`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        like: Profile | None = None,
        schedule: Schedule | None = None,
        control: str = "",
        **others: Any,
    ) -> None:
        self.folder = folder
        self._socket = _listening(host, port)
        self.address = f"http://{host}:{self._socket.getsockname()[1]}"
        profile = sandbox_profile(self.address, like or load_profile("wikidata"))
        self.wiki = Wiki(folder, profile, **others)
        self.sandbox = Sandbox(self.wiki, schedule=schedule, control=control, drop=drop_connection)
        config = uvicorn.Config(
            self.sandbox.app,
            http=_Droppable,
            lifespan="off",
            log_level="error",
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def serve(self) -> None:
        """Answer in this thread until a signal ends it."""
        try:
            self._run()
        finally:
            self._end()

    def __enter__(self) -> SandboxServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        self._end()

    def _end(self) -> None:
        self._socket.close()
        self.wiki.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio would let each answer wait 40 ms for an acknowledgement.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise Busy(
            f"The port {port} of {host} cannot be used: {error.strerror}.",
            hint="Name another with --port, or 0 for any that is free.",
        ) from None
    made.listen(128)
    return made
