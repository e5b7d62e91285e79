"""The service in a process of its own, for benchmarks that ask it over a socket."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# In which a service that just started makes ready what the first readers would wait for.
SETTLING = 10.0  # seconds


@contextmanager
def serving(home: Path) -> Iterator[http.client.HTTPConnection]:
    """Serve a workspace on a free port of this machine; gives one connection that is kept."""
    # Clients are not limited here: what is measured is the service, not its patience.
    with served(home, env={"KGTOOL_REQUESTS_PER_MINUTE": "0"}) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        try:
            connection.connect()
            yield connection
        finally:
            connection.close()


@contextmanager
def bare() -> Iterator[http.client.HTTPConnection]:
    """A server of the same make that only sends bytes; gives one connection that is kept."""
    port = free_port()
    words = ["--port", str(port), "--lifespan", "off", "--no-access-log", "--log-level", "error"]
    server = subprocess.Popen([sys.executable, "-m", "uvicorn", "kgtool.bench.bare:app", *words])
    try:
        await_answer(port)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        yield connection
        connection.close()
    finally:
        server.terminate()
        server.wait(60)


@contextmanager
def served(
    home: Path, *, workers: int = 1, background: bool = False, env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Serve a workspace on a free port of this machine; gives its address."""
    port = free_port()
    server = start(home, port, workers=workers, background=background, env=env)
    try:
        await_answer(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def start(
    home: Path,
    port: int,
    *,
    workers: int = 1,
    background: bool = False,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """``kgtool serve`` on a port, with what it says thrown away."""
    words = ["serve", "--port", str(port), "--workers", str(workers)]
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "kgtool",
            *words,
            "--background" if background else "--no-background",
        ],
        env=os.environ | {"KGTOOL_HOME": str(home), **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def await_answer(port: int, seconds: float = 120.0) -> None:
    """Wait until the service at a port answers: it listens before it has begun to work.

    :raises TimeoutError: it does not.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
        try:
            asking.request("GET", "/health/live")
            if asking.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            asking.close()
    raise TimeoutError(f"Nobody answers on port {port}.")
