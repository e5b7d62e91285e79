"""How things stood before, as far as generations are kept."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from kgtool.entities import Item
from kgtool.errors import NotFound
from kgtool.views.entities import Entities
from kgtool.views.generation import Workspace


class PastState:
    """A kept generation; ``begins`` is when it was made, ``as_of`` when today's was."""

    def __init__(self, entities: Entities, begins: str, as_of: str) -> None:
        self._entities = entities
        self.begins = begins
        self.as_of = as_of

    def differing(self, now: Entities, ids: Iterable[str]) -> set[str]:
        """Those that were here then and stand otherwise now."""
        return now.differing(self._entities, ids)

    def many(self, ids: Iterable[str]) -> dict[str, Item]:
        """Items as they were then."""
        found = self._entities.many(ids)
        return {id: one for id, one in found.items() if isinstance(one, Item)}


class Past:
    """Opens the generations of a workspace that are not current any more."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @contextmanager
    def before(self, day: datetime.date) -> Iterator[PastState]:
        """The newest generation made before the day; else the oldest that is kept."""
        with ExitStack() as held:
            chosen = None
            for number in self._workspace.generations():
                try:
                    generation = held.enter_context(self._workspace.reading_past(number))
                except NotFound:
                    continue
                if chosen is not None and generation.meta.as_of[:10] >= day.isoformat():
                    break
                chosen = generation
            current = held.enter_context(self._workspace.reading())
            chosen = chosen or current
            yield PastState(Entities(chosen), chosen.meta.as_of, current.meta.as_of)
