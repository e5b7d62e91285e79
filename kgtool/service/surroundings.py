"""What is done around a batch: the written items are read again, and coverage is recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Literal

from kgtool.coverage.selection import OfItems
from kgtool.drafts import Outcome
from kgtool.entities import EntityIdValue, Item, Profile
from kgtool.errors import KgtoolError
from kgtool.service.history import History
from kgtool.service.sync import Sync
from kgtool.views.generation import Workspace
from kgtool.views.snapshot import Snapshots
from kgtool.writes import Batch

_log = logging.getLogger("kgtool.batches")


class Surroundings:
    """Records the partners that a batch concerns before and after it.

    ``recorded`` names the selections whose history is kept. Does nothing in an empty workspace.
    What fails here is logged and never stops a batch: the next sync and the daily record mend it.
    """

    def __init__(
        self,
        workspace: Workspace,
        snapshots: Snapshots,
        profile: Profile,
        history: Callable[[], History],
        sync: Callable[[], Sync],
        recorded: Callable[[], list[str]],
    ) -> None:
        self._workspace = workspace
        self._snapshots = snapshots
        self._profile = profile
        self._history = history
        self._sync = sync
        self._recorded = recorded

    def look(self, batch: Batch, moment: Literal["before-batch", "after-batch"]) -> None:
        """Record the partners concerned; after the batch, once its items were read again."""
        if not self._workspace.current():
            return
        try:
            concerned = self._concerned(batch)
            written = sorted({line.item for line in batch.report() if line.revision})
            if moment == "after-batch" and written:
                self._sync().run(OfItems(tuple(written)))
            failed = self._history().record_all(concerned, moment)
        except KgtoolError as error:
            failed = {batch.id: str(error)}
        for what, why in failed.items():
            _log.warning("not recorded %s of %s: %s", moment, what, why)

    def _concerned(self, batch: Batch) -> list[str]:
        """Recorded partners in whose collections the rows are, by the table or by the items."""
        rows: Iterable[Outcome] = batch.plan.rows
        there = self._snapshots.current().entities.many(
            {item for row in rows if (item := getattr(row, "item", ""))}
        )
        items = [*(row.draft.wanted for row in rows), *there.values()]
        named = {id for item in items if isinstance(item, Item) for id in self._collections(item)}
        return [one for one in self._recorded() if one in named]

    def _collections(self, item: Item) -> Iterable[str]:
        roles = self._profile.properties
        for property in (roles.collection, roles.located, roles.owned):
            for statement in item.claims.get(property, []):
                if isinstance(statement.mainsnak.datavalue, EntityIdValue):
                    yield statement.mainsnak.datavalue.value.id
