"""The service in a process of its own, for benchmarks that ask it over a socket."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving(home: Path) -> Iterator[http.client.HTTPConnection]:
    """Serve a workspace on a free port of this machine; gives one connection that is kept."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "kgtool", "serve", "--no-background", "--port", str(port)],
        # Clients are not limited here: what is measured is the service, not its patience.
        env=os.environ | {"KGTOOL_HOME": str(home), "KGTOOL_REQUESTS_PER_MINUTE": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        for _ in range(300):
            try:
                connection.connect()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        yield connection
    finally:
        connection.close()
        server.terminate()
        server.wait()
