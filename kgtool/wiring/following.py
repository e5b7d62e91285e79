"""What follows writing: what became of partners' data, and telling the wiki's people of it."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from kgtool.service.jobs import Work
from kgtool.wiring.base import now, page_of
from kgtool.wiring.writing import Writing

if TYPE_CHECKING:
    from typing import Any

    from kgtool.service.changes import Changes
    from kgtool.service.changes_words import ChangesWords
    from kgtool.service.jobs import Task
    from kgtool.service.mending import Mending


class Following(Writing):
    """The fates of statements."""

    @cached_property
    def changes(self) -> Changes:
        """What happened to partners' data."""
        from kgtool.partners.told import Told
        from kgtool.service.answers import Answers
        from kgtool.service.changes import Changes
        from kgtool.service.edits import Edits
        from kgtool.service.followed import Following as Followings
        from kgtool.service.past import Past
        from kgtool.sources.revisions import History as Revisions

        edits = Edits(lambda: self.batches)
        return Changes(
            self.snapshots.current,
            self._measuring,
            self.profile,
            lambda: self.wikibase,
            Revisions(self.settings.home / "revisions.sqlite"),
            edits,
            Past(self.workspace),
            Followings(self._measuring, self.profile, edits, lambda: self.history),
            Answers(self.settings.home, Told),
            now,
        )

    @cached_property
    def changes_words(self) -> ChangesWords:
        """What happened to partners' data, in words."""
        from kgtool.service.changes_words import ChangesWords

        return ChangesWords(self.labels, self.wording, self.profile)

    @cached_property
    def mending(self) -> Mending:
        """Single rows of worklists, mended by hand."""
        from kgtool.service.mending import Mending

        return Mending(
            self.profile,
            self.snapshots,
            lambda ids: self._wiki_for_searching.entities(ids),
            self.drafts,
            self.batches,
            lambda: self.grants,
            lambda shape: self.checks.of_draft(shape),
            self.recheck,
            self._audit,
            now,
        )

    def _following_works(self) -> list[Work]:
        return [
            Work("changes", "plans", self._read_changes),
            Work("changes-count", "plans", self._count_changes),
        ]

    def _read_changes(self, task: Task) -> dict[str, Any]:
        selection, since = task.arguments["selection"], task.arguments["since"]
        self.changes.read(
            selection, date.fromisoformat(since), stop=task.stopping, progress=task.tell
        )
        task.check()
        return {"page": f"{page_of(selection)}/changes?since={since}"}

    def _count_changes(self, task: Task) -> dict[str, Any]:
        selection, since = task.arguments["selection"], task.arguments["since"]

        def progress(what: str, done: int, total: int) -> None:
            task.tell(what, done, total)
            task.check()

        self.changes.told(selection, date.fromisoformat(since), progress=progress)
        return {"page": f"{page_of(selection)}/changes?since={since}"}
