"""Use cases of batches: start, apply, resume, stop, undo; what became of each row."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from kgtool.drafts import Plan
from kgtool.entities import Profile
from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.service.writing import Writing
from kgtool.settings import Settings
from kgtool.writes import (
    Batch,
    BatchFolder,
    Progress,
    Run,
    Undone,
    undo_batch,
)

Moment: TypeAlias = Literal["before-batch", "after-batch"]


class Batches(BatchFolder):
    """The batches of one workspace. ``around`` is told before and after each run of one;
    ``accounts`` are those that may have written from here.
    """

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        *,
        around: Callable[[Batch, Moment], None] = lambda batch, moment: None,
        accounts: Callable[[], Collection[str]] = tuple,
    ) -> None:
        super().__init__(settings.home)
        self._settings = settings
        self._profile = profile
        self._around = around
        self._accounts = accounts
        self.writing = Writing(settings.home)

    def start(self, plan: Plan) -> Batch:
        """Put the plan among the workspace's batches; nothing is sent.

        :raises UsageError: the plan was made for another wiki.
        """
        if plan.wiki != self._profile.action_api:
            raise UsageError(
                Words("error-plan-other-wiki", (plan.wiki, self._profile.action_api)),
                hint=Words("error-plan-again"),
                operator=Words("operator-wikibase-as-was", ("KGTOOL_WIKIBASE",)),
            )
        return super().start(plan)

    def apply(
        self,
        batch: Batch,
        *,
        trial: int = 0,
        refused: bool = False,
        grant: str = "",
        around: bool = True,
        stopping: Callable[[], bool] = lambda: False,
        progress: Callable[[Progress], None] = lambda done: None,
    ) -> dict[str, Any]:
        """Carry out what is open of a batch; the counts by state, and why it ended early if so.

        With ``grant``, an OAuth 2 access token, whoever gave it writes; else the settings' account.
        Without ``around``, nobody is told before and after: for single edits.

        :raises Busy: another process edits from this workspace.
        :raises Forbidden: the account may not; nothing was sent.
        :raises RemoteError: the wiki cannot be read; everything sent is journaled.
        """
        from kgtool.writes.outcomes import in_words

        with self.writing.of(batch):
            if around:
                self._around(batch, "before-batch")
            run = self._run(batch, grant, stopping=stopping, progress=progress)
            run.apply(trial=trial, refused=refused)
            if around:
                self._around(batch, "after-batch")
            said: dict[str, Any] = dict(batch.counts())
            ended: str | Words = ""
            if run.stopped:
                said["stopped"], ended = "as asked", Words("batch-stopped")
            elif run.stopped_by is not None:
                ended = in_words(run.stopped_by)
                said["stopped"] = str(ended)
            self.writing.note(batch, ended)
        return said

    def files(self) -> list[Path]:
        """The plans of the batches, newest first."""
        return [self.folder / id / "plan.json" for id in self.ids()]

    def undo(
        self,
        batch: Batch,
        reason: str = "",
        *,
        grant: str = "",
        around: bool = True,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Undone:
        """Take a batch back, as far as others have not edited since; ``grant`` as in :meth:`apply`.

        :raises Busy, Forbidden, RemoteError: as :meth:`apply`.
        """
        with self.writing.of(batch):
            run = self._run(batch, grant, stopping=stopping)
            with contextlib.closing(run.client):
                undone = undo_batch(run, reason)
            self.writing.keep_undone(batch, undone)
            self.writing.note(batch, "")
            if around:
                self._around(batch, "after-batch")
        return undone

    def _run(self, batch: Batch, grant: str, **how: Any) -> Run:
        bot = self._settings.wiki_user.partition("@")[0]
        accounts = {bot, *self._accounts()}
        return Run(batch, self._as(grant), self._profile, accounts=accounts, **how)

    def _as(self, grant: str) -> Settings:
        """The settings under which a run signs in."""
        if not grant:
            return self._settings
        return replace(self._settings, oauth2_token=grant, wiki_user="", wiki_password="")
