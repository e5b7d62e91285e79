"""How things stood before, as far as generations are kept; and who cites a partner."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from kgtool.entities import Item
from kgtool.errors import NotFound
from kgtool.partners.concern import Concern
from kgtool.views.entities import Entities
from kgtool.views.generation import Workspace
from kgtool.views.snapshot import Snapshot


class PastState:
    """A kept generation; ``begins`` is when it was made, ``as_of`` when today's was."""

    def __init__(self, entities: Entities | None, begins: str, as_of: str) -> None:
        self._entities = entities
        self.begins = begins
        self.as_of = as_of

    def many(self, ids: Iterable[str]) -> dict[str, Item]:
        """Items as they were then."""
        found = self._entities.many(ids) if self._entities is not None else {}
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

    def citing(self, snapshot: Snapshot, concern: Concern) -> list[int]:
        """Numbers of the items with a statement whose reference leads to the partner.

        By item, own identifier or website; whether it really does is judged statement by statement.
        """
        rows = (
            snapshot.tables()
            .execute(
                """SELECT DISTINCT item FROM reference_snaks
                   WHERE value_item IN (SELECT unnest($partners))
                      OR property IN (SELECT unnest($own))
                      OR (value LIKE '%://%' AND len(list_filter(
                            $sites, lambda site : contains(value, site))) > 0)
                   UNION
                   SELECT item FROM claims WHERE property IN (SELECT unnest($own))""",
                {
                    "partners": [int(id[1:]) for id in concern.partners],
                    "own": [int(id[1:]) for id in concern.own if id[1:].isdecimal()],
                    "sites": list(concern.sites),
                },
            )
            .fetchall()
        )
        return [int(row[0]) for row in rows]
