"""A sandbox with partners' items, and workspaces that sync with it over real connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kgtool.api.sandbox.run import profile_toml
from kgtool.api.sandbox.server import SandboxServer
from kgtool.settings import Settings
from kgtool.wiring import Kgtool, build
from tests.sandbox.client import Client
from tests.sandbox.conftest import BOT


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SandboxServer]:
    """A running sandbox with a bot account."""
    with SandboxServer(tmp_path / "wiki") as running:
        running.wiki.accounts.add("KgBot", groups=("bot",))
        running.wiki.accounts.add_bot_password("KgBot", "kgtool", BOT[1])
        yield running


@pytest.fixture
def editor(server: SandboxServer) -> Iterator[Client]:
    """Somebody who edits the wiki."""
    with Client(server.address, *BOT) as client:
        yield client


@pytest.fixture
def workspace(server: SandboxServer, tmp_path: Path) -> Iterator[Callable[[str], Kgtool]]:
    """Makes workspaces about the sandbox, each in a folder of its own name."""
    profile = tmp_path / "profile.toml"
    profile.write_text(profile_toml(server.wiki.profile), encoding="utf-8")
    made: list[Kgtool] = []

    def make(name: str) -> Kgtool:
        made.append(build(Settings(home=tmp_path / name, wikibase=str(profile), contact="tests")))
        return made[-1]

    yield make
    for one in made:
        one.close()
