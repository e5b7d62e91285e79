"""Plans of large tables are made in the background; those of small ones at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts import Against, Draft, Plan, Row
from kgtool.drafts import Mapping as DraftMapping
from kgtool.durable import replace_file
from kgtool.errors import NotFound
from kgtool.messages.words import Words
from kgtool.service.callers import Caller
from kgtool.service.drafts import Drafts
from kgtool.service.jobs import Jobs, Task, Work
from kgtool.store import Job

# Rows that are planned while somebody waits; more would hold up everybody else.
AT_ONCE = 200


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to be planned: the rows of a table, or drafts that stand already."""

    mapping: DraftMapping
    rows: list[Row] = []
    drafts: list[Draft] = []
    parameters: dict[str, str] = {}
    lookups: dict[str, dict[str, str]] = {}
    against: Against = "workspace"
    shape: str = ""
    approval: str = ""


class PlanJobs:
    """Keeps what is wanted in a file until the worker has planned it."""

    def __init__(self, home: Path, drafts: Drafts, jobs: Callable[[], Jobs]) -> None:
        self._folder = home / "plans" / "wanted"
        self._drafts = drafts
        self._jobs = jobs

    def works(self) -> list[Work]:
        """The kinds of jobs."""
        return [Work("plan", "plans", self._plan)]

    def plan(self, wanted: Wanted, by: Caller, *, at_once: int = AT_ONCE) -> Plan | Job:
        """The plan, kept under its id; of more than ``at_once`` rows, the job that makes it.

        The job's result names the plan. Raises as :meth:`Drafts.plan_table` does.
        """
        id = secrets.token_hex(6)
        if len(wanted.rows) + len(wanted.drafts) <= at_once:
            plan = self._made(wanted, id, by.name)
            self._drafts.keep(plan)
            return plan
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_file(self._file(id), msgspec.json.encode(wanted))
        return self._jobs().ask("plan", {"plan": id}, by=by, subject=f"plan {id}")

    def _plan(self, task: Task) -> Mapping[str, Any]:
        """May be begun again at any time: the file stays until the plan is kept."""
        id, file = task.arguments["plan"], self._file(task.arguments["plan"])
        if file.is_file():
            wanted = msgspec.json.decode(file.read_bytes(), type=Wanted)

            def progress(done: int, total: int) -> None:
                task.check()
                task.tell("rows", done, total)

            self._drafts.keep(self._made(wanted, id, task.job.by, progress))
            file.unlink()
        elif id not in self._drafts.kept_ids():
            raise NotFound(Words("error-plan-gone"), hint=Words("error-send-table"))
        return {"plan": id, "page": f"/drafts/{id}"}

    def _made(
        self,
        wanted: Wanted,
        id: str,
        by: str,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Plan:
        how: dict[str, Any] = {
            "against": wanted.against,
            "shape": wanted.shape,
            "approval": wanted.approval,
            "id": id,
            "progress": progress,
        }
        if wanted.drafts:
            plan = self._drafts.plan_drafts(wanted.drafts, wanted.mapping, **how)
        else:
            plan = self._drafts.plan_table(
                wanted.rows,
                wanted.mapping,
                parameters=wanted.parameters,
                lookups=wanted.lookups,
                **how,
            )
        return replace(plan, by=by)

    def forget(self) -> int:
        """Remove tables whose planning ended in another way than with a plan; returns how many."""
        gone = 0
        for path in self._folder.glob("*.json"):
            job = self._jobs().of(f"plan {path.stem}")
            if job is not None and not job.open:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _file(self, id: str) -> Path:
        return self._folder / f"{id}.json"
