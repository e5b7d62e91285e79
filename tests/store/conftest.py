"""A fresh database of each kind for each test: the same tests hold on all three."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from kgtool.store import Database, Seal
from kgtool.store.schema import metadata

from .servers import mariadb, postgresql, server_folder

SERVERS = {"postgresql": postgresql, "mariadb": mariadb}


@pytest.fixture(scope="session")
def server(
    need_program: Callable[..., str],
) -> Iterator[Callable[[str], str]]:
    """``server("mariadb")``: URL of a server that this session started."""
    started: dict[str, str] = {}
    with contextlib.ExitStack() as running:

        def start(kind: str) -> str:
            if kind not in started:
                folder = running.enter_context(server_folder())
                started[kind] = running.enter_context(SERVERS[kind](folder, need_program))
            return started[kind]

        yield start


@pytest.fixture(
    params=[
        "sqlite",
        "postgresql",
        pytest.param("mariadb", marks=pytest.mark.long),
    ]
)
def database(
    request: pytest.FixtureRequest, tmp_path: Path, server: Callable[[str], str]
) -> Iterator[Database]:
    url = "" if request.param == "sqlite" else server(request.param)
    made = Database(url, tmp_path / "registry.sqlite")
    yield made
    if url:
        with made.begin() as connection:
            metadata.drop_all(connection)
            connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    made.close()


@pytest.fixture(scope="session")
def seal() -> Seal:
    return Seal(Fernet.generate_key().decode())
