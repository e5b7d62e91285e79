"""What everything else stands on: settings, profile, workspace, database, other servers."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from kgtool.entities.profile import load_profile
from kgtool.store import AuditStore, Database, Seal
from kgtool.views.generation import Workspace
from kgtool.views.local import source
from kgtool.views.snapshot import Snapshots

if TYPE_CHECKING:
    from kgtool.entities.profile import Profile
    from kgtool.settings import Settings
    from kgtool.sources.http import HttpClient


class _Open(Protocol):
    def close(self) -> None: ...


P = TypeVar("P", bound=_Open)


class Base:
    """What every other floor stands on."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._open = ExitStack()

    @cached_property
    def profile(self) -> Profile:
        """The Wikibase that this workspace is about."""
        return load_profile(self.settings.wikibase)

    @cached_property
    def workspace(self) -> Workspace:
        """The folder in which everything is kept."""
        return Workspace(self.settings.home)

    @cached_property
    def snapshots(self) -> Snapshots:
        """The current generation, for readers."""
        return Snapshots(source(self.settings.home, self.settings.cache_folder))

    @cached_property
    def database(self) -> Database:
        """Registry, helpdesk, accounts: what people entered."""
        path = self.settings.home / "registry.sqlite"
        return self._opened(Database(self.settings.database_url, path))

    @cached_property
    def _audit(self) -> AuditStore:
        return AuditStore(self.database)

    @cached_property
    def _seal(self) -> Seal:
        return Seal(self.settings.data_key)

    @cached_property
    def http(self) -> HttpClient:
        """The one client for requests to other servers."""
        from kgtool.sources.http import HttpClient

        return self._opened(HttpClient.of(self.settings))

    def _opened(self, part: P) -> P:
        """Remember to close a part in the end."""
        self._open.callback(part.close)
        return part

    def close(self) -> None:
        """Give back what is open."""
        self._open.close()


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def page_of(selection: str) -> str:
    """Path of the page of what a text names: a partner, or a saved selection."""
    kind = "partners" if selection[:1] == "Q" and selection[1:].isdecimal() else "selections"
    return f"/{kind}/{selection}"
