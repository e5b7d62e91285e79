"""What is done again and again in the background: syncing, recording, deleting; and the status."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from kgtool.service.accounts import Accounts
from kgtool.service.answers import forget_answers
from kgtool.service.grants import Grants
from kgtool.service.history import History
from kgtool.service.jobs import Jobs, Schedule, Task, Work
from kgtool.service.partners import Partners
from kgtool.service.plan_jobs import PlanJobs
from kgtool.service.requests import Requests
from kgtool.service.sync import Sync
from kgtool.views.generation import Workspace


class Upkeep:
    """Keeps a workspace in order. Parts come as functions: most jobs need few of them."""

    def __init__(
        self,
        workspace: Workspace,
        sync: Callable[[], Sync],
        history: Callable[[], History],
        recorded: Callable[[], list[str]],
        partners: Callable[[], Partners],
        requests: Callable[[], Requests],
        accounts: Callable[[], Accounts],
        grants: Callable[[], Grants],
        plans: Callable[[], PlanJobs],
        jobs: Callable[[], Jobs],
        clock: Callable[[], datetime],
    ) -> None:
        self._workspace = workspace
        self._sync = sync
        self._history = history
        self._recorded = recorded
        self._partners = partners
        self._requests = requests
        self._accounts = accounts
        self._grants = grants
        self._plans = plans
        self._jobs = jobs
        self._clock = clock

    def works(self) -> list[Work]:
        """The kinds of jobs."""
        return [
            Work("sync", "workspace", self.sync),
            Work("snapshot", "workspace", self.record),
            Work("forget", "workspace", self.forget),
        ]

    def schedules(self, sync_minutes: int) -> list[Schedule]:
        """When they are done; without minutes, a sync only when it is asked for."""
        six_hours = timedelta(hours=6)
        syncs = [Schedule("sync", timedelta(minutes=sync_minutes))] if sync_minutes else []
        return [Schedule("snapshot", six_hours), Schedule("forget", six_hours), *syncs]

    def sync(self, task: Task) -> dict[str, Any]:
        """Bring everything that was synced before up to date; takes up what was interrupted."""

        def progress(what: str, done: int, total: int) -> None:
            task.tell(what, done, total)
            task.check()

        synced = self._sync().run(None, progress)
        return {"read": synced.read, "gone": synced.gone, "generation": synced.generation}

    def record(self, task: Task) -> dict[str, Any]:
        """Record how coverage stands today."""
        if not self._workspace.current():
            return {"not_recorded": 0}
        return {"not_recorded": len(self._history().record_all(self._recorded()))}

    def forget(self, task: Task) -> dict[str, Any]:
        """Delete what may not be kept any longer."""
        contacts = self._partners().forget_contacts() + self._requests().forget_contacts()
        grants = self._grants().forget_old()
        sessions = self._accounts().forget_sessions()
        tables = self._plans().forget()  # as long as their jobs are known
        jobs = self._jobs().forget()
        answers = forget_answers(self._workspace.home, self._clock())
        told = {"contacts": contacts, "grants": grants, "tables": tables, "jobs": jobs}
        return {**told, "sessions": sessions, "answers": answers}


def status(workspace: Workspace) -> dict[str, Any]:
    """What a workspace holds and how much room it takes, in bytes."""
    if workspace.current() == 0:
        return {"generation": None, "generations": [], "bytes": 0}
    with workspace.reading() as generation:
        meta = generation.meta
    sizes = {
        (f.stat().st_dev, f.stat().st_ino): f.stat().st_size
        for f in workspace.home.rglob("*")
        if f.is_file()
    }
    return {
        "generation": meta.number,
        "as_of": meta.as_of,
        "sample": meta.sample,
        "items": meta.items,
        "properties": meta.properties,
        "statements": meta.statements,
        "labels": meta.labels,
        "sitelinks": meta.sitelinks,
        "generations": workspace.generations(),
        "bytes": sum(sizes.values()),
    }
