"""A sandbox that really listens, for every test that talks to a wiki."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgtool.api.sandbox.server import SandboxServer

from .client import Client
from .running import BOT, running


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxServer]:
    """A running sandbox with a bot account."""
    with running(tmp_path) as server:
        yield server


@pytest.fixture
def bot(sandbox: SandboxServer) -> Iterator[Client]:
    """The bot, signed in."""
    with Client(sandbox.address, *BOT) as client:
        yield client
