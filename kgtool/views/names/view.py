"""The names view of a generation: an index of everything that was loaded."""

from __future__ import annotations

from pathlib import Path

from kgtool.entities import Profile
from kgtool.errors import NotFound, WorkspaceError
from kgtool.views.entities import Entities
from kgtool.views.generation import Generation
from kgtool.views.kept import id_of
from kgtool.views.names.from_generation import parts_of
from kgtool.views.names.index import Index, Origin, index_of_parts, open_index, update_index
from kgtool.views.names.record import record
from kgtool.views.view import Change


class NamesView:
    """Builds the name index of each generation; patches the previous one where it can."""

    name = "names"
    needs: tuple[str, ...] = ()

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def space(self, size: int) -> float:
        """About how many bytes it takes on disk for ``size`` bytes of entity JSON.

        That is while parts are merged: 0.43 for items with few labels, 0.84 for those with many.
        The index itself takes half of it.
        """
        return 0.6 * size

    def build(
        self, generation: Generation, previous: Generation | None, change: Change | None
    ) -> None:
        """Write ``names/``. Costs as much as what changed, but for one load in ten or so."""
        folder = generation.path / self.name
        origin = Origin(self._profile.title, generation.meta.as_of, complete=False)

        def anew() -> Index:
            return index_of_parts(
                folder, lambda parts: parts_of(generation, self._profile, parts), origin
            )

        before = _readable(previous.path / self.name) if previous is not None else None
        if before is None or change is None or len(change.changed) > before.most_changes:
            anew()
            return
        entities = Entities(generation)
        changed = entities.many(id_of(int(key)) for key in change.changed)
        update_index(
            folder,
            (record(entity, self._profile) for entity in changed.values()),
            [id_of(int(key)) for key in change.gone],
            origin=origin,
            start=before.folder,
            anew=anew,
        )


def _readable(folder: Path) -> Index | None:
    """The index in a folder, or none where there is none that can be gone on from."""
    try:
        return open_index(folder)
    except (NotFound, WorkspaceError):
        return None
