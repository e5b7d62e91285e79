"""A sandbox that really listens, for every test that talks to a wiki."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgtool.api.sandbox.server import SandboxServer

from .client import Client

BOT = ("KgBot@kgtool", "rehearsal-password")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxServer]:
    """A running sandbox with a bot account, :data:`BOT`."""
    with SandboxServer(tmp_path / "wiki") as server:
        server.wiki.accounts.add("KgBot", groups=("bot",))
        server.wiki.accounts.add_bot_password("KgBot", "kgtool", BOT[1])
        yield server


@pytest.fixture
def bot(sandbox: SandboxServer) -> Iterator[Client]:
    """The bot, signed in."""
    with Client(sandbox.address, *BOT) as client:
        yield client
