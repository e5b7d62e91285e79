"""The names view of a generation: an index of everything that was loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kgtool.entities import Entity, OtherKind, Profile, parse_entity
from kgtool.entities.bulk import BulkItem, parse_bulk
from kgtool.views.entities import Entities
from kgtool.views.generation import Generation
from kgtool.views.kept import id_of
from kgtool.views.names.index import Index, Origin, build_index, open_index, update_index
from kgtool.views.names.record import NameRecord, record
from kgtool.views.view import Change


class NamesView:
    """Builds the name index of each generation; patches the previous one where it can."""

    name = "names"
    needs: tuple[str, ...] = ()

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def build(
        self, generation: Generation, previous: Generation | None, change: Change | None
    ) -> None:
        """Write ``names/``. Costs as much as what changed, but for one load in ten or so."""
        folder = generation.path / self.name
        entities = Entities(generation)
        origin = Origin(self._profile.title, generation.meta.as_of, complete=False)
        if previous is not None and change is not None and (previous.path / self.name).is_dir():
            ids = [id_of(int(key)) for key in change.changed]
            update_index(
                folder,
                self._records(entities.many(ids).values()),
                [id_of(int(key)) for key in change.gone],
                origin=origin,
                start=previous.path / self.name,
            )
        else:
            build_index(folder, self._every(entities), origin)

    def _records(self, entities: Iterable[Entity]) -> Iterator[NameRecord]:
        return (record(entity, self._profile) for entity in entities)

    def _every(self, entities: Entities) -> Iterator[NameRecord]:
        for _, line in entities.lines():
            entity = parse_bulk(line)
            if not isinstance(entity, BulkItem):  # of properties, bulk keeps no names
                whole = parse_entity(line)
                assert not isinstance(whole, OtherKind)  # kept lines are nothing else
                yield record(whole, self._profile)
            else:
                yield record(entity, self._profile)


def open_names(generation: Generation) -> Index:
    """The name index of a generation.

    :raises NotFound: the generation was written by a kgtool that made none.
    """
    return open_index(generation.path / NamesView.name)
