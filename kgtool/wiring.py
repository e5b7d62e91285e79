"""The one place that knows every class: settings in, a working kgtool out."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property

from duckdb import DuckDBPyConnection

from kgtool.entities.profile import Profile, load_profile
from kgtool.service.accounts import Accounts
from kgtool.service.claims import Claims
from kgtool.service.discovery import Discovery
from kgtool.service.labels import Labels
from kgtool.service.loading import Loading, View
from kgtool.service.partners import Partners
from kgtool.service.requests import Requests
from kgtool.settings import Settings
from kgtool.store import (
    AccountStore,
    AuditStore,
    ClaimStore,
    Database,
    PartnerStore,
    RequestStore,
    Seal,
)
from kgtool.views.generation import Workspace
from kgtool.views.snapshot import Snapshots


class Kgtool:
    """All use cases over one workspace. Each part is made when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

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
        return Snapshots(self.workspace)

    @cached_property
    def loading(self) -> Loading:
        """Entities into the workspace."""
        return Loading(self.workspace, self.profile, self._views())

    @cached_property
    def accounts(self) -> Accounts:
        """Signing in, roles, tokens."""
        return Accounts(AccountStore(self.database), self._audit, _now)

    @cached_property
    def partners(self) -> Partners:
        """The registry of partners."""
        discovery = Discovery(self.profile, self._tables)
        store = PartnerStore(self.database, self._seal)
        return Partners(store, self._audit, discovery, _now)

    @cached_property
    def requests(self) -> Requests:
        """The helpdesk."""
        return Requests(RequestStore(self.database, self._seal), self._audit, _now)

    @cached_property
    def labels(self) -> Labels:
        """What items are called."""
        return Labels(self._tables)

    @cached_property
    def claims(self) -> Claims:
        """Who works on which gaps."""
        return Claims(ClaimStore(self.database), _now)

    @cached_property
    def database(self) -> Database:
        """Registry, helpdesk, accounts: what people entered."""
        return Database(self.settings.database_url, self.settings.home / "registry.sqlite")

    def close(self) -> None:
        """Give back what is open."""
        if "database" in self.__dict__:
            self.database.close()

    def _tables(self) -> DuckDBPyConnection:
        return self.snapshots.current().tables()

    @cached_property
    def _audit(self) -> AuditStore:
        return AuditStore(self.database)

    @cached_property
    def _seal(self) -> Seal:
        return Seal(self.settings.data_key)

    def _views(self) -> list[View]:
        return []


def build(settings: Settings) -> Kgtool:
    """Wire everything. Opens no file and no connection until a part is used."""
    return Kgtool(settings)


def _now() -> datetime:
    return datetime.now(UTC)
