"""A sandbox that really listens and has a bot, as most tests want one; profiles as files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kgtool.api.sandbox.run import profile_toml
from kgtool.api.sandbox.server import SandboxServer
from kgtool.entities import Profile

ACCOUNT, APP, PASSWORD = "KgBot", "kgtool", "rehearsal-password"
BOT = (f"{ACCOUNT}@{APP}", PASSWORD)  # how the bot signs in


@contextmanager
def running(folder: Path, **how: Any) -> Iterator[SandboxServer]:
    """A wiki below *folder*; *how* is as :class:`SandboxServer` takes it."""
    with SandboxServer(folder / "wiki", **how) as server:
        server.wiki.accounts.add(ACCOUNT, groups=("bot",))
        server.wiki.accounts.add_bot_password(ACCOUNT, APP, PASSWORD)
        yield server


def profile_file(profile: Profile, folder: Path) -> str:
    """Write a profile into *folder*, as ``KGTOOL_WIKIBASE`` wants it."""
    path = folder / "profile.toml"
    path.write_text(profile_toml(profile), encoding="utf-8")
    return str(path)
