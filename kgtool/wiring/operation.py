"""Running it all: reports, work in the background, backups, health."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kgtool.service.jobs import Jobs
from kgtool.store import Copy, JobLeases, JobStore, PublicationStore
from kgtool.wiring.base import now
from kgtool.wiring.following import Following

if TYPE_CHECKING:
    from typing import Any

    from kgtool.service.backup import Backups
    from kgtool.service.batch_jobs import BatchJobs
    from kgtool.service.doctor import Doctor
    from kgtool.service.jobs import Schedule, Work
    from kgtool.service.plan_jobs import PlanJobs
    from kgtool.service.publishing import Publishing
    from kgtool.service.reports import Reports
    from kgtool.service.upkeep import Upkeep
    from kgtool.service.worker import Worker


class Operation(Following):
    """What runs by itself, and what an operator asks."""

    @cached_property
    def reports(self) -> Reports:
        """What a month brought."""
        from kgtool.service.reports import Reports

        return Reports(
            self.history,
            self.partners,
            self.saved_selections,
            self.requests,
            self.batches,
            self.labels,
            self.wording,
            self.profile,
            now,
        )

    @cached_property
    def publishing(self) -> Publishing:
        """Tables on wiki pages."""
        from kgtool.service.published import Published
        from kgtool.service.publishing import Publishing

        return Publishing(
            self.settings,
            self.profile,
            PublicationStore(self.database),
            lambda: Published(
                self.coverage,
                self.reports,
                self.changes,
                self.changes_words,
                self.labels,
                self.wording,
            ),
            self._audit,
            now,
        )

    @cached_property
    def jobs(self) -> Jobs:
        """Asking for work in the background."""
        return Jobs(
            JobStore(self.database), lambda: {work.kind: work.lane for work in self.works()}, now
        )

    @cached_property
    def batch_jobs(self) -> BatchJobs:
        """Batches in the background."""
        from kgtool.service.batch_jobs import BatchJobs

        return BatchJobs(
            self.batches,
            lambda: self.jobs,
            self.grants,
            self.plan_notes.check,
            self._audit,
            now,
        )

    @cached_property
    def plan_jobs(self) -> PlanJobs:
        """Plans, in the background where that takes long."""
        from kgtool.service.plan_jobs import PlanJobs

        return PlanJobs(self.settings.home, self.drafts, lambda: self.jobs)

    def worker(self) -> Worker:
        """A worker for the jobs of this workspace."""
        from kgtool.service.worker import Worker

        return Worker(JobLeases(self.database), self.works(), self.schedules(), now)

    def works(self) -> list[Work]:
        """The kinds of work that can be done in the background."""
        return [
            *self.batch_jobs.works(),
            *self.plan_jobs.works(),
            *self._upkeep.works(),
            *self._following_works(),
            *self._question_works(),
        ]

    def schedules(self) -> list[Schedule]:
        """What is done again and again."""
        return [*self._upkeep.schedules(self.settings.sync_minutes)]

    @cached_property
    def _upkeep(self) -> Upkeep:
        from kgtool.service.upkeep import Upkeep

        return Upkeep(
            self.workspace,
            lambda: self.sync,
            lambda: self.history,
            self.recorded,
            lambda: self.partners,
            lambda: self.requests,
            lambda: self.accounts,
            lambda: self.grants,
            lambda: self.plan_jobs,
            lambda: self.jobs,
            now,
        )

    @cached_property
    def backups(self) -> Backups:
        """Backups of everything that cannot be made again."""
        from kgtool.service.backup import Backups

        return Backups(self.workspace, Copy(self.database), now)

    @cached_property
    def doctor(self) -> Doctor:
        """What is wrong with this installation."""
        from kgtool.service.doctor import Doctor

        return Doctor(
            self.settings,
            lambda: self.profile,
            self.workspace,
            self.database,
            self._seal,
            lambda: self.sparql,
        )

    def status(self) -> dict[str, Any]:
        """What the workspace holds, in bytes, and what goes on in the background."""
        from kgtool.service.upkeep import status

        said = {"home": str(self.settings.home), "wikibase": self.profile.name}
        jobs = {"jobs": self.jobs.status()} if self.database.exists() else {}
        return said | jobs | status(self.workspace)
