"""Use cases of drafts: plan a table, decide rows, export; apply, resume, stop and undo batches."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import secrets
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from kgtool.drafts import (
    Check,
    Choice,
    Draft,
    Finding,
    Matcher,
    Plan,
    Planner,
    Row,
    World,
    build_drafts,
    decided,
    find_row,
    load_mapping,
    no_check,
    outcome_name,
    permission_problems,
    plan_csv,
    plan_mismatches,
    plan_quickstatements,
    plan_rows,
    property_proposals,
    read_quickstatements,
    read_table,
)
from kgtool.drafts import (
    Mapping as DraftMapping,
)
from kgtool.drafts.rules import Permission
from kgtool.entities import Profile
from kgtool.errors import KgtoolError, MappingError, NotFound, UsageError
from kgtool.service.kept_plans import KeptPlans, Summary
from kgtool.service.writing import Writing
from kgtool.settings import Settings
from kgtool.writes import (
    Batch,
    Batches,
    Progress,
    Run,
    Undone,
    approval_request,
    lease,
    undo_batch,
)

Against: TypeAlias = Literal["workspace", "wiki"]
Moment: TypeAlias = Literal["before-batch", "after-batch"]
ExportFormat: TypeAlias = Literal["quickstatements", "mismatches", "csv", "approval", "proposals"]

_QUICKSTATEMENTS = {".txt", ".qs", ".quickstatements"}


class Drafts:
    """Plans and batches of one workspace.

    ``worlds`` gives what plans are made against, ``matcher`` reconciles names, ``check`` gives the
    check of a shape by its name, where shapes are to be had. ``around`` is told before and after
    each run of a batch.
    """

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        worlds: Callable[[Against], World],
        matcher: Callable[[], Matcher],
        check: Callable[[str], Check] | None = None,
        *,
        now: Callable[[], datetime],
        around: Callable[[Batch, Moment], None] = lambda batch, moment: None,
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._worlds = worlds
        self._matcher = matcher
        self._check = check
        self._now = now
        self._around = around
        self.plans = KeptPlans(settings.home)
        self.batches = Batches(settings.home)
        self.writing = Writing(settings.home)
        self._running: dict[str, threading.Thread] = {}

    # — Plans —

    def plan(
        self,
        file: Path,
        mapping: str,
        *,
        parameters: Mapping[str, str] | None = None,
        where: Mapping[str, str] | None = None,
        permission: Permission | None = None,
        against: Against = "workspace",
        shape: str = "",
        approval: str = "",
    ) -> Plan:
        """Plan a table, or a QuickStatements batch (``.txt``, ``.qs``).

        ``mapping`` is the name of a shipped one or a path; for QuickStatements only its source,
        licence and notability count. ``where`` keeps rows with these cells; ``permission`` stands
        in for the mapping's own.

        :raises NotFound, MappingError, InputError, UsageError: the file or mapping is wrong.
        """
        rules = load_mapping(mapping)
        if permission is not None:
            rules = msgspec.structs.replace(rules, permission=permission)
        if where:
            rules = msgspec.structs.replace(rules, where={**rules.where, **where})
        if file.suffix.lower() in _QUICKSTATEMENTS:
            drafts = _batch_drafts(file)
            return self.plan_drafts(drafts, rules, against=against, shape=shape, approval=approval)
        return self.plan_table(
            list(read_table(file)),
            rules,
            parameters=parameters,
            lookups=_lookups(rules, file.parent),
            against=against,
            shape=shape,
            approval=approval,
        )

    def plan_table(
        self,
        rows: Sequence[Row],
        mapping: DraftMapping,
        *,
        parameters: Mapping[str, str] | None = None,
        lookups: dict[str, dict[str, str]] | None = None,
        against: Against = "workspace",
        shape: str = "",
        approval: str = "",
    ) -> Plan:
        """Plan the rows of a table; ``lookups`` are the mapping's second tables by name.

        :raises InputError: the table lacks a column.
        :raises UsageError: a parameter is not the mapping's.
        """
        drafts = build_drafts(
            rows,
            mapping,
            matcher=lambda wanted: self._matcher()(wanted),  # opened only if names are asked for
            parameters=dict(parameters or {}),
            lookups={**(lookups or {})},
        )
        return self.plan_drafts(
            drafts,
            mapping,
            against=against,
            shape=shape,
            approval=approval,
            proposals=property_proposals(mapping, rows),
        )

    def plan_drafts(
        self,
        drafts: Sequence[Draft],
        mapping: DraftMapping,
        *,
        against: Against = "workspace",
        shape: str = "",
        approval: str = "",
        proposals: Sequence[str] = (),
    ) -> Plan:
        """Plan drafts that a script made; ``mapping`` says where the data are from."""
        barred = permission_problems(mapping)
        shape = shape or mapping.shape
        check = self._shape_check(shape)
        world = self._worlds(against)
        permission = mapping.permission
        return Plan(
            id=secrets.token_hex(6),
            title=mapping.title,
            wiki=self._profile.action_api,
            made=self._now().isoformat(timespec="seconds"),
            summary=mapping.summary or mapping.title,
            source=mapping.source.title if mapping.source else "",
            license=mapping.license.name if mapping.license else "",
            permission=(
                f"by {permission.by}, {permission.date}, {permission.link}" if permission else ""
            ),
            ground=mapping.notability.ground if mapping.notability else "",
            approval=approval,
            against=against,
            proposals=list(proposals),
            rows=plan_rows(drafts, world, self._profile, check=check, barred=barred),
        )

    def _shape_check(self, shape: str) -> Check:
        if not shape:
            return no_check
        if self._check is None:
            raise UsageError("No shapes are wired, so nothing can be checked by one.")
        return self._check(shape)

    def decide(
        self,
        plan: Plan,
        row: str,
        choice: Choice,
        item: str = "",
        *,
        beside: Collection[str] = (),
        replacing: Collection[str] = (),
        by: str = "",
        against: Against | None = None,
    ) -> Plan:
        """The plan with one row decided by a person; compares as the plan did, unless told else.

        :raises NotFound: no such row, or no such item.
        :raises UsageError: the choice does not fit the row.
        """
        place = find_row(plan, row)
        standing = plan.rows[place]
        world = self._worlds(against or plan.against)
        found = None
        if choice == "complete" and not item:
            item = str(getattr(standing, "item", ""))
        if item:
            found = world.items([item]).get(item)
            if found is None:
                raise NotFound(f"{item} is not known here.", hint=f"Run: kgtool sync {item}")
        planner = Planner([standing.draft], world, self._profile)
        rows = list(plan.rows)
        rows[place] = decided(
            standing, choice, planner, item=found, beside=beside, replacing=replacing, by=by
        )
        return msgspec.structs.replace(plan, rows=rows)

    def export(self, plan: Plan, format: ExportFormat) -> str:
        """The plan as a text for another tool or for people."""
        match format:
            case "quickstatements":
                return plan_quickstatements(plan)
            case "mismatches":
                return plan_mismatches(plan)
            case "csv":
                return plan_csv(plan)
            case "approval":
                return approval_request(plan, self._settings.wiki_user, self._profile)
            case "proposals":
                return "\n".join(plan.proposals)

    # — Plans that the service keeps —

    def keep(self, plan: Plan) -> None:
        """Keep a plan in the workspace under its id."""
        self.plans.keep(plan)

    def kept(self, id: str) -> Plan:
        """A plan that was kept.

        :raises NotFound: there is none of that id.
        """
        return self.plans.get(id)

    def kept_ids(self) -> list[str]:
        """Ids of the plans that were kept, newest first."""
        return self.plans.ids()

    def decide_kept(self, id: str, row: str, choice: Choice, item: str = "", **how: Any) -> Plan:
        """Decide a row of a plan that was kept, and keep it; takes and raises what decide does."""
        with self.plans.alone():
            plan = self.decide(self.plans.get(id), row, choice, item, **how)
            self.plans.keep(plan)
        return plan

    # — Batches —

    def start(self, plan: Plan) -> Batch:
        """Put the plan among the workspace's batches; nothing is sent.

        :raises UsageError: the plan was made for another wiki.
        """
        if plan.wiki != self._profile.action_api:
            raise UsageError(
                f"This plan was made for {plan.wiki}, not for {self._profile.action_api}.",
                hint="Set KGTOOL_WIKIBASE as it was, or plan again.",
            )
        return self.batches.start(plan)

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

    def batch_summaries(self, limit: int = 100) -> list[Summary]:
        """The newest batches, with the counts of their plans."""
        ids = itertools.islice(self.batches.ids(), limit)
        return [self.plans.summary_of(self.batches.folder / id / "plan.json") for id in ids]

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


def report_csv(batch: Batch) -> str:
    """Row → item: what became of every row, as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["row", "key", "item", "revision", "state", "message"])
    for line in batch.report():
        writer.writerow(
            [line.row, line.key, line.item, line.revision or "", line.state, line.message]
        )
    return out.getvalue()


def row_json(row: Any) -> dict[str, Any]:
    """A row of a plan for lists: without the draft itself."""
    raw: dict[str, Any] = msgspec.to_builtins(row)
    raw.pop("draft", None)
    return raw | {"outcome": outcome_name(row)}


def parse_permission(by: str, when: str, link: str) -> Permission:
    """A permission from three texts.

    :raises UsageError: one is missing, or the date is none.
    """
    if not (by and when and link):
        raise UsageError("A permission says by whom, when, and where it is recorded.")
    try:
        return Permission(by, date.fromisoformat(when), link)
    except ValueError:
        raise UsageError(f"“{when}” is not a date such as 2026-11-24.") from None


def _batch_drafts(file: Path) -> list[Draft]:
    if not file.is_file():
        raise NotFound(f"There is no file at {file}.")
    drafts, problems = read_quickstatements(file.read_text(encoding="utf-8-sig"))
    keys = {draft.key for draft in drafts}
    for problem in problems:
        # A line that belongs to no item is a row of its own, refused: nothing is lost.
        key = f"line {problem.line}"
        if key not in keys and not any(
            finding.message.startswith(f"line {problem.line}:")
            for draft in drafts
            for finding in draft.findings
        ):
            from kgtool.entities import Item

            finding = Finding("refuse", "line", f"{key}: {problem.message}")
            drafts.append(Draft(key, problem.line, Item(), findings=[finding]))
    return drafts


def _lookups(mapping: DraftMapping, folder: Path) -> dict[str, dict[str, str]]:
    found = {}
    for name, rule in mapping.lookups.items():
        path = folder / rule.file
        if not path.is_file():
            raise MappingError(
                f"lookups.{name}.file",
                f"there is no {rule.file} beside the table",
                hint=f"Put it into {folder}.",
            )
        found[name] = {row.text(rule.key): row.text(rule.value) for row in read_table(path)}
    return found
