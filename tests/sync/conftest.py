"""A sandbox with partners' items, and workspaces that sync with it over real connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kgtool.api.sandbox.server import SandboxServer
from kgtool.settings import Settings
from kgtool.wiring import Kgtool, build
from tests.sandbox.client import Client
from tests.sandbox.running import BOT, profile_file, running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxServer]:
    """A running sandbox with a bot account."""
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def editor(server: SandboxServer) -> Iterator[Client]:
    """Somebody who edits the wiki."""
    with Client(server.address, *BOT) as client:
        yield client


@pytest.fixture
def workspace(server: SandboxServer, tmp_path: Path) -> Iterator[Callable[[str], Kgtool]]:
    """Makes workspaces about the sandbox, each in a folder of its own name."""
    profile = profile_file(server.wiki.profile, tmp_path)
    made: list[Kgtool] = []

    def make(name: str) -> Kgtool:
        made.append(build(Settings(home=tmp_path / name, wikibase=profile, contact="tests")))
        return made[-1]

    yield make
    for one in made:
        one.close()
