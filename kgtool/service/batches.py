"""Use cases of batches: start, apply, resume, stop, undo; what became of each row."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from kgtool.drafts import Plan
from kgtool.entities import Profile
from kgtool.errors import KgtoolError, UsageError
from kgtool.service.kept_plans import KeptPlans, Summary
from kgtool.service.writing import Writing
from kgtool.settings import Settings
from kgtool.writes import (
    Batch,
    BatchFolder,
    Progress,
    Run,
    Undone,
    lease,
    undo_batch,
)

Moment: TypeAlias = Literal["before-batch", "after-batch"]


class Batches(BatchFolder):
    """The batches of one workspace. ``around`` is told before and after each run of one."""

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        plans: KeptPlans,
        *,
        around: Callable[[Batch, Moment], None] = lambda batch, moment: None,
    ) -> None:
        super().__init__(settings.home)
        self._settings = settings
        self._profile = profile
        self._plans = plans
        self._around = around
        self.writing = Writing(settings.home)
        self._running: dict[str, threading.Thread] = {}

    def start(self, plan: Plan) -> Batch:
        """Put the plan among the workspace's batches; nothing is sent.

        :raises UsageError: the plan was made for another wiki.
        """
        if plan.wiki != self._profile.action_api:
            raise UsageError(
                f"This plan was made for {plan.wiki}, not for {self._profile.action_api}.",
                hint="Set KGTOOL_WIKIBASE as it was, or plan again.",
            )
        return super().start(plan)

    def apply(
        self,
        batch: Batch,
        *,
        trial: int = 0,
        refused: bool = False,
        stopping: Callable[[], bool] = lambda: False,
        progress: Callable[[Progress], None] = lambda done: None,
    ) -> dict[str, Any]:
        """Carry out what is open of a batch; the counts by state, and why it ended early if so.

        :raises Busy: another process edits from this workspace.
        :raises Forbidden: the account may not; nothing was sent.
        :raises RemoteError: the wiki cannot be read; everything sent is journaled.
        """
        from kgtool.writes.outcomes import in_words

        with self.writing.of(batch):
            self._around(batch, "before-batch")
            run = Run(batch, self._settings, self._profile, stopping=stopping, progress=progress)
            run.apply(trial=trial, refused=refused)
            self._around(batch, "after-batch")
            said: dict[str, Any] = dict(batch.counts())
            if run.stopped:
                said["stopped"] = "as asked"
            elif run.stopped_by is not None:
                said["stopped"] = in_words(run.stopped_by)
            self.writing.note(batch, said.get("stopped", ""))
        return said

    def begin(self, batch: Batch, *, trial: int = 0, refused: bool = False) -> None:
        """Apply in the background; :attr:`writing` tells how it goes and how it ended.

        :raises Busy: another process, or this one, edits from this workspace.
        """
        self._in_background(batch, lambda: self.apply(batch, trial=trial, refused=refused))

    def begin_undo(self, batch: Batch, reason: str = "") -> None:
        """Undo in the background; :attr:`writing` has what became of it.

        :raises Busy: another process, or this one, edits from this workspace.
        """
        self._in_background(batch, lambda: self.undo(batch, reason, stopping=batch.stop_asked))

    def _in_background(self, batch: Batch, work: Callable[[], object]) -> None:
        with lease(self._settings.home):
            batch.may_go_on()  # and whoever asked hears of another writer at once

        def carry_out() -> None:
            with contextlib.suppress(KgtoolError):  # noted as the end
                work()

        thread = threading.Thread(target=carry_out, name=f"batch {batch.id}", daemon=True)
        self._running[batch.id] = thread
        thread.start()

    def summaries(self, limit: int = 100) -> list[Summary]:
        """The newest batches, with the counts of their plans."""
        ids = itertools.islice(self.ids(), limit)
        return [self._plans.summary_of(self.folder / id / "plan.json") for id in ids]

    def goes_on(self, batch: Batch) -> bool:
        """Whether the batch is being written, or about to be, by this process or another."""
        thread = self._running.get(batch.id)
        return (thread is not None and thread.is_alive()) or self.writing.goes_on(batch)

    def wait(self, batch: str) -> None:
        """Wait until a batch that was begun here has ended."""
        if batch in self._running:
            self._running[batch].join()

    def undo(
        self, batch: Batch, reason: str = "", *, stopping: Callable[[], bool] = lambda: False
    ) -> Undone:
        """Take a batch back, as far as others have not edited since.

        :raises Busy, Forbidden, RemoteError: as :meth:`apply`.
        """
        with self.writing.of(batch):
            run = Run(batch, self._settings, self._profile, stopping=stopping)
            undone = undo_batch(run, reason)
            self.writing.keep_undone(batch, undone)
            self.writing.note(batch, "")
            self._around(batch, "after-batch")
        return undone
