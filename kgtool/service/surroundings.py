"""What is done around a batch: the written items are read again, and coverage is recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

from kgtool.coverage.selection import OfItems
from kgtool.entities import Profile
from kgtool.errors import KgtoolError
from kgtool.service.concerned import concerned
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
        named = concerned(batch.plan, self._snapshots, self._profile)
        return [one for one in self._recorded() if one in named]
