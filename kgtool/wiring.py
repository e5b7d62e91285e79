"""The one place that knows every class: settings in, a working kgtool out."""

from __future__ import annotations

from functools import cached_property

from kgtool.entities.profile import Profile, load_profile
from kgtool.service.loading import Loading, View
from kgtool.settings import Settings
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

    def _views(self) -> list[View]:
        return []


def build(settings: Settings) -> Kgtool:
    """Wire everything. Opens no file and no connection until a part is used."""
    return Kgtool(settings)
