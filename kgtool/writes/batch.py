"""A batch on disk: the plan as approved, its journal, a request to stop.

``<home>/batches/<id>/`` has ``plan.json``, ``journal.jsonl``; while it should stop, ``stop``; and
after a backup was restored, ``restored``, until a run has looked up what was sent since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts import Complete, Outcome, Plan, Unchanged, read_plan, write_plan
from kgtool.drafts.words import words
from kgtool.errors import InputError, NotFound
from kgtool.messages.words import Words, listed, told
from kgtool.spreadsheet import csv_text
from kgtool.writes.journal import STATES, Entry, Journal, State
from kgtool.writes.outcomes import in_words, outcome_code
from kgtool.writes.steps import Step, steps_of


class ReportLine(Struct, frozen=True):
    """What became of one row: for the CSV that partners ask for most."""

    row: int
    key: str
    item: str
    revision: int
    state: State
    message: str


@lru_cache(4)
def _read(path: Path, changed: int) -> tuple[Plan, list[Step]]:
    """The plan in a file that was last changed then, and its steps.

    Its rows are proved by their hashes whenever it is read: a page should not wait for that.
    """
    plan = read_plan(path)
    return plan, steps_of(plan)


class Batch:
    """One batch of a workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = folder.name
        path = folder / "plan.json"
        self.plan, self.steps = _read(path, path.stat().st_mtime_ns)
        self.rows: dict[str, Outcome] = {row.key: row for row in self.plan.rows}
        self.journal = Journal(folder / "journal.jsonl")
        # Key of a row → its item, where it has one by now.
        self.items: dict[str, str] = {
            row.key: row.item
            for row in self.plan.rows
            if isinstance(row, Complete | Unchanged) and row.item
        }
        for step in self.steps:
            if step.id in self.journal.entries:
                self._learn(step, self.journal.entries[step.id])

    def renew(self) -> None:
        """Read the journal again: another process or thread may have written on."""
        self.journal = Journal(self.journal.path)

    def note(self, step: Step, entry: Entry) -> None:
        """Journal how a step stands; on disk when this returns."""
        self.journal.add(entry)
        self._learn(step, entry)

    def follow(self, redirects: Mapping[str, str]) -> None:
        """Note which items of steps were merged into others: they go on under those."""
        for step in self.steps:
            entry = self.journal.entries.get(step.id)
            if entry is not None and entry.item in redirects:
                target = redirects[entry.item]
                self.note(step, replace(entry, item=target, merged=entry.item))

    def _learn(self, step: Step, entry: Entry) -> None:
        if entry.state == "confirmed" and entry.item:
            self.items[step.key] = entry.item

    def counts(self) -> dict[str, str | int]:
        """Steps by state, as scripts read them: batch, planned, sent, confirmed, …"""
        counts: dict[str, str | int] = {"batch": self.id}
        states = [self.journal.state(step.id) for step in self.steps]
        return counts | {state: states.count(state) for state in STATES}

    def open_steps(self, *, refused: bool = False) -> list[Step]:
        """Steps that are not at their end; with ``refused``, also those that the wiki refused."""
        ends = ("confirmed",) if refused else ("confirmed", "refused")
        return [step for step in self.steps if self.journal.state(step.id) not in ends]

    def report(self, language: str = "en") -> list[ReportLine]:
        """What became of every row that has steps; the worst state of its steps counts."""
        worst: tuple[State, ...] = ("confirmed", "planned", "sent", "refused", "unknown")
        lines: dict[str, ReportLine] = {}
        for step in self.steps:
            entry = self.journal.entries.get(step.id)
            state = entry.state if entry else "planned"
            said = listed(_said(entry)) if entry else ""
            before = lines.get(step.key)
            if before is not None:
                said = listed([before.message, said])
                state = max((before.state, state), key=worst.index)
            revision = max(entry.revision if entry else 0, before.revision if before else 0)
            item = self.items.get(step.key, "")
            row = self.rows[step.key]
            lines[step.key] = ReportLine(
                row.row, step.key, item, revision, state, told(said, language)
            )
        return sorted(lines.values(), key=lambda line: line.row)

    def report_csv(self, language: str = "en") -> str:
        """Row → item: what became of every row, as CSV; its messages in a language."""
        rows = (
            (line.row, line.key, line.item, line.revision or "", line.state, line.message)
            for line in self.report(language)
        )
        return csv_text(ReportLine.__struct_fields__, rows, end="\n")

    def comes_from_backup(self, made: float) -> None:
        """Note that the journal was restored as it was at a Unix time: more may have been sent."""
        (self.folder / "restored").write_text(repr(made), encoding="utf-8")

    def from_backup(self) -> float | None:
        """When the journal was saved, until what was sent since is known; ``None`` otherwise."""
        path = self.folder / "restored"
        return float(path.read_text(encoding="utf-8")) if path.is_file() else None

    def is_up_to_date(self) -> None:
        """Note that what was sent since the journal was saved is in it now."""
        (self.folder / "restored").unlink(missing_ok=True)

    def ask_to_stop(self) -> None:
        """Let a running apply end after its current edit."""
        (self.folder / "stop").touch()

    def stop_asked(self) -> bool:
        """Whether somebody asked."""
        return (self.folder / "stop").exists()

    def may_go_on(self) -> None:
        """Forget that somebody asked."""
        (self.folder / "stop").unlink(missing_ok=True)


class BatchFolder:
    """The batches of a workspace."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "batches"

    def start(self, plan: Plan) -> Batch:
        """The batch of a plan; new decisions replace the rows that were not sent yet.

        :raises InputError: a row of which something was sent is another one now.
        """
        folder = self.folder / plan.id
        if (folder / "plan.json").exists():
            batch = Batch(folder)
            _check_unchanged(batch, plan)
        folder.mkdir(parents=True, exist_ok=True)
        write_plan(plan, folder / "plan.json")
        return Batch(folder)

    def open(self, id: str) -> Batch:
        """A batch by its id.

        :raises NotFound: there is none.
        """
        folder = self.folder / id
        if not id.isalnum() or not (folder / "plan.json").exists():
            known = ", ".join(sorted(self.ids())[:5])
            raise NotFound(
                Words("error-no-batch", (id,)),
                hint=Words("error-known", (known,)) if known else Words("error-known-none"),
            )
        return Batch(folder)

    def follow(self, id: str, redirects: Mapping[str, str]) -> None:
        """Note in a batch's journal which of its items were merged into others."""
        journal = self.folder / id / "journal.jsonl"
        content = journal.read_bytes() if journal.is_file() else b""
        if any(f'"{source}"'.encode() in content for source in redirects):
            self.open(id).follow(redirects)

    def ids(self) -> Iterator[str]:
        """Ids of all batches, newest first."""
        if not self.folder.is_dir():
            return
        folders = [f for f in self.folder.iterdir() if (f / "plan.json").exists()]
        for folder in sorted(folders, key=lambda f: f.stat().st_mtime, reverse=True):
            yield folder.name


def _said(entry: Entry) -> list[Words]:
    """What a person should know of how a step stands."""
    outcome = entry.outcome
    said = [in_words(outcome)] if outcome and outcome_code(outcome) != "confirmed" else []
    if entry.merged:
        said.append(words("merged", entry.merged, entry.item))
    return said + entry.differences


def _check_unchanged(batch: Batch, plan: Plan) -> None:
    touched = {step.key for step in batch.steps if step.id in batch.journal.entries}
    before = {row.key: row for row in batch.plan.rows}
    after = {row.key: row for row in plan.rows}
    for key in touched:
        if before[key] != after.get(key):
            how = "error-sent-other" if key in after else "error-sent-lacks"
            raise InputError(
                Words(how, (key,)),
                hint=Words("error-plan-again-compares"),
            )
