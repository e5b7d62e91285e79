"""``kgtool serve``."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen at")
@click.option("--port", default=8000, show_default=True, help="port; 0 takes a free one")
@click.option("--workers", default=1, show_default=True, help="processes that answer")
@click.option(
    "--background/--no-background",
    default=True,
    show_default=True,
    help="whether to start a background worker beside it (kgtool worker)",
)
def serve(host: str, port: int, workers: int, background: bool) -> None:
    """Serve the pages, the API and the protocols.

    SIGTERM lets running answers finish. Logs are JSON lines without personal data.
    """
    import uvicorn

    from kgtool.service.logs import CONFIG
    from kgtool.settings import Settings

    shared = contextlib.ExitStack()

    # Shared by the processes that answer. The library of figures looks for it when it is imported.
    folder = os.environ.get("KGTOOL_RUN_FOLDER") or shared.enter_context(
        tempfile.TemporaryDirectory(prefix="kgtool-")
    )
    os.environ["KGTOOL_RUN_FOLDER"] = os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    # uvicorn passes the signal on to us when it has ended: the worker must be ended as well.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    with shared:
        if background:
            shared.enter_context(background_worker())
        uvicorn.run(
            "kgtool.api.app:app_from_environment",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            log_config=CONFIG,
            forwarded_allow_ips=Settings.from_environment().trusted_proxies,
            access_log=False,  # uvicorn's own names addresses and queries
            server_header=False,
            timeout_graceful_shutdown=30,
        )


@contextlib.contextmanager
def background_worker() -> Iterator[None]:
    """A worker in a process of its own while the block runs; one that dies is started again.

    It ends when its standard input is closed, so it does not outlive us, however we end.
    """
    closing = threading.Event()
    running = [_start()]

    def watch() -> None:
        while not closing.is_set():
            running[0].wait()
            if not closing.wait(2.0):
                running[0] = _start()

    threading.Thread(target=watch, name="watch", daemon=True).start()
    try:
        yield
    finally:
        closing.set()
        process = running[0]
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        if process.poll() is None:
            process.kill()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # our own command
        [sys.executable, "-m", "kgtool", "worker", "--until-closed"], stdin=subprocess.PIPE
    )
