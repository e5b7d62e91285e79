"""The entities of a generation: its segments' kept lines, without what later segments replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from kgtool.entities import Entity, OtherKind, Property, parse_entity
from kgtool.errors import NotInWorkspace
from kgtool.views.generation import Generation
from kgtool.views.kept import PROPERTIES, Kept, Keys, among, id_of, key_of


class Entities:
    """Finds entities by id; goes through all of them."""

    def __init__(self, generation: Generation) -> None:
        self._parts = [
            (Kept(segment / "entities"), generation.dead(segment))
            for segment in generation.segments
        ]

    @cached_property
    def keys(self) -> Keys:
        """Sorted keys (:func:`kgtool.views.kept.key_of`) of all entities."""
        parts = [
            kept.keys if dead is None else np.setdiff1d(kept.keys, dead)
            for kept, dead in self._parts
        ]
        return np.unique(np.concatenate(parts)) if parts else np.array([], dtype=np.uint64)

    def __contains__(self, id: str) -> bool:
        keys = np.array([key_of(id)] if _is_id(id) else [], dtype=np.uint64)
        return any(kept.holds(_alive(keys, dead)).any() for kept, dead in self._parts)

    def get(self, id: str) -> Entity | None:
        """One entity, or none where it was never loaded."""
        return self.many([id]).get(id)

    def require(self, id: str) -> Entity:
        """One entity.

        :raises NotInWorkspace: it was never loaded.
        """
        found = self.get(id)
        if found is None:
            raise NotInWorkspace([id])
        return found

    def many(self, ids: Iterable[str]) -> dict[str, Entity]:
        """Those of the entities that are here, by id."""
        return {id: _parsed(line) for id, line in self._line_of(ids).items()}

    def properties(self) -> dict[str, Property]:
        """All properties that are here, by id."""
        found = self.many(map(id_of, self.keys[self.keys >= PROPERTIES].tolist()))
        return {id: one for id, one in found.items() if isinstance(one, Property)}

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Every entity's key and JSON line, oldest segment first."""
        for kept, dead in self._parts:
            gone = set() if dead is None else set(dead.tolist())
            for key, line in kept.lines():
                if key not in gone:
                    yield key, line

    def __iter__(self) -> Iterator[Entity]:
        return (_parsed(line) for _, line in self.lines())

    def __len__(self) -> int:
        return len(self.keys)

    def differing(self, past: Entities, ids: Iterable[str]) -> set[str]:
        """Those that are here and were otherwise in another generation, which had them.

        Segments that both share are not read: only what was replaced since.
        """
        left = np.array([key_of(id) for id in ids if _is_id(id)], dtype=np.uint64)
        then = {kept.identity: (kept, dead) for kept, dead in past._parts}
        for kept, dead in self._parts:
            if kept.identity in then:
                alive = _alive(left, dead)
                alive = _alive(alive[kept.holds(alive)], then[kept.identity][1])
                left = np.setdiff1d(left, alive)
        names = [id_of(key) for key in left.tolist()]
        were = past._line_of(names)
        here = self._line_of(were)
        return {id for id, line in here.items() if line != were[id]}

    def _line_of(self, ids: Iterable[str]) -> dict[str, bytes]:
        wanted = np.array([key_of(id) for id in ids if _is_id(id)], dtype=np.uint64)
        found: dict[str, bytes] = {}
        for kept, dead in reversed(self._parts):
            lines = kept.get(_alive(wanted, dead).tolist())
            found.update((id_of(key), line) for key, line in lines.items())
        return found


def _alive(keys: Keys, dead: Keys | None) -> Keys:
    return keys if dead is None else keys[~among(keys, dead)]


def _is_id(id: str) -> bool:
    try:
        return key_of(id) >= 0
    except ValueError:
        return False


def _parsed(line: bytes) -> Entity:
    entity = parse_entity(line)
    assert not isinstance(entity, OtherKind)  # kept lines are items and properties
    return entity
