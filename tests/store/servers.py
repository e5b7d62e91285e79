"""Database servers that a test starts for itself, on a free port, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

Need = Callable[..., str]


@contextlib.contextmanager
def server_folder() -> Iterator[Path]:
    """A folder for a server; not among pytest's, which each session shuts when it begins."""
    with tempfile.TemporaryDirectory(prefix="kgtool-server-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


class PostgreSQL:
    """An empty PostgreSQL database in a folder; its server can go away and come back."""

    def __init__(self, folder: Path, need: Need) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        initdb = Path(need(str(found[-1]) if found else "initdb", package="postgresql"))
        as_user = _unprivileged(folder)
        data, port = folder / "data", _free_port()
        _run([*as_user, initdb, "-D", data, "-U", "kgtool", "--auth=trust", "-E", "UTF8", "-N"])
        server = [initdb.with_name("postgres"), "-D", data, "-p", port, "-h", "127.0.0.1"]
        self._command = [*as_user, *server, "-k", folder, "-F"]
        self.url = f"postgresql+psycopg://kgtool@127.0.0.1:{port}/postgres"

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Its URL, while the server runs; at the end it throws everybody out."""
        with _running(self._command, signal.SIGINT):
            _await(self.url)
            yield self.url


@contextlib.contextmanager
def postgresql(folder: Path, need: Need) -> Iterator[str]:
    """URL of an empty PostgreSQL database."""
    with PostgreSQL(folder, need).running() as url:
        yield url


@contextlib.contextmanager
def mariadb(folder: Path, need: Need) -> Iterator[str]:
    """URL of an empty MariaDB database."""
    with contextlib.ExitStack() as running:
        yield _mariadb(folder, need, running)


def _mariadb(folder: Path, need: Need, running: contextlib.ExitStack) -> str:
    install = need("mariadb-install-db", package="mariadb-server")
    server = need("mariadbd", package="mariadb-server")
    as_user = _unprivileged(folder)
    data, port = folder / "data", _free_port()
    # A server that starts empties its folder for temporary tables: no other may share it.
    temporary = running.enter_context(server_folder())
    if as_user:
        shutil.chown(temporary, "nobody")
    common = ["--no-defaults", f"--datadir={data}", f"--tmpdir={temporary}"]
    make = [*common, "--auth-root-authentication-method=normal", "--skip-test-db"]
    _run([*as_user, install, *make])
    options = [
        *common,
        f"--socket={folder / 's'}",
        f"--pid-file={folder / 'pid'}",
        "--bind-address=127.0.0.1",
        f"--port={port}",
        "--skip-name-resolve",
        "--innodb-flush-log-at-trx-commit=2",
    ]
    running.enter_context(_running([*as_user, server, *options], signal.SIGTERM))
    root = f"mysql+pymysql://root@127.0.0.1:{port}"
    _await(f"{root}/mysql")
    engine = create_engine(root)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE DATABASE kgtool CHARACTER SET utf8mb4")
    engine.dispose()
    return f"{root}/kgtool?charset=utf8mb4"


def _unprivileged(folder: Path) -> list[str]:
    """Neither server runs as root: then as ``nobody``, who must own the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "nobody")
    return ["setpriv", "--reuid=nobody", "--clear-groups", "--"]


def _free_port() -> int:
    """A port that nobody has, and that the system gives to no client before the server takes it."""
    for port in random.sample(range(20_000, 32_000), 200):
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port
    raise AssertionError("No port is free.")


def _run(command: list[object]) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def _running(command: list[object], stop: signal.Signals) -> Iterator[None]:
    server = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        server.send_signal(stop)
        server.wait(60)


def _await(url: str) -> None:
    engine = create_engine(url)
    for _ in range(1800):
        with contextlib.suppress(OperationalError):
            engine.connect().close()
            engine.dispose()
            return
        time.sleep(0.1)  # a server gives no sign but its port
    raise AssertionError(f"The server of {url} did not start.")
