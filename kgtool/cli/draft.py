"""The command ``kgtool draft``: plan, decide, export, apply, status, resume, stop, undo."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kgtool.cli import common

if TYPE_CHECKING:
    from kgtool.service.batches import Batches
    from kgtool.service.drafts import Drafts
    from kgtool.writes import Batch, Progress

_PATH = click.Path(path_type=Path)
_against = click.option(
    "--against",
    type=click.Choice(["workspace", "wiki"]),
    default="workspace",
    show_default=True,
    help="What to compare with: the workspace, or the wiki itself.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


@click.group()
def draft() -> None:
    """Create and complete items from a partner's table: plan, decide, apply, undo."""


@draft.command()
@click.argument("file", type=_PATH)
@click.option("--mapping", required=True, metavar="NAME|FILE.toml", help="How to read the table.")
@click.option("--out", required=True, type=_PATH, metavar="PLAN.json", help="The plan to write.")
@click.option("--set", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option("--where", multiple=True, metavar="COLUMN=TEXT", help="Only rows with this cell.")
@click.option(
    "--permission",
    nargs=3,
    metavar="BY DATE LINK",
    help="Who allowed the data to go out as CC0, when (2026-11-24), and where it is recorded.",
)
@click.option("--shape", default="", metavar="SHAPE", help="Check every item by this shape.")
@click.option("--approval", default="", metavar="URL", help="Where the bot run was approved.")
@_against
@common.language_option
@_json
def plan(
    file: Path,
    mapping: str,
    out: Path,
    parameters: tuple[str, ...],
    where: tuple[str, ...],
    permission: tuple[str, str, str] | None,
    shape: str,
    approval: str,
    against: Any,
    language: str,
    as_json: bool,
) -> None:
    """Say what would become of every row of FILE: a table, or a QuickStatements batch.

    Exit code 1 if rows were refused; the plan says why.
    """
    from kgtool.drafts import parse_permission, write_plan

    tool = common.kgtool()
    if against == "workspace" and tool.workspace.current() == 0:
        click.echo(
            "The workspace is empty, so duplicates are looked for in the table alone. "
            "Load entities (kgtool load), or use --against wiki.",
            err=True,
        )
    made = tool.drafts.plan(
        file,
        mapping,
        parameters=_pairs("--set", parameters),
        where=_pairs("--where", where),
        permission=parse_permission(*permission) if permission else None,
        against=against,
        shape=shape,
        approval=approval,
    )
    write_plan(made, out)
    counts = made.counts()
    if as_json:
        common.write_json(counts)
    else:
        common.write_table(["outcome", "rows"], [[k, n] for k, n in counts.items() if k != "rows"])
        reasons = _reasons(made, language)
        if reasons:
            click.echo()
            common.write_table(["rows", "refused because"], reasons)
    if made.unread:
        click.echo(
            f"Not checked by property constraints, as they could not be read: "
            f"{', '.join(made.unread)}. Sync them, or use --against wiki.",
            err=True,
        )
    if not (counts["create"] or counts["complete"]):
        click.echo("As it stands, nothing would be written.", err=True)
    if counts["refused"]:
        sys.exit(1)


@draft.command()
@click.argument("plan", type=_PATH)
@click.argument("row")
@click.argument("choice", type=click.Choice(["create", "complete", "skip"]))
@click.argument("qid", default="")
@click.option(
    "--beside", multiple=True, metavar="PID", help="Set our value beside the one that stands."
)
@click.option(
    "--replace", "replacing", multiple=True, metavar="PID", help="Replace the value that stands."
)
@click.option("--by", default="", metavar="NAME", help="Who decided.")
@_against
@_json
def decide(
    plan: Path,
    row: str,
    choice: Any,
    qid: str,
    beside: tuple[str, ...],
    replacing: tuple[str, ...],
    by: str,
    against: Any,
    as_json: bool,
) -> None:
    """Decide a ROW of a PLAN, named by its key or number: create, complete QID, or skip."""
    from kgtool.drafts import find_row, read_plan, row_json, write_plan

    made = _drafts().decide(
        read_plan(plan),
        row,
        choice,
        qid,
        beside=beside,
        replacing=replacing,
        by=by,
        against=against,
    )
    write_plan(made, plan)
    found = made.rows[find_row(made, row)]
    if as_json:
        common.write_json(row_json(found))
    else:
        click.echo(f"{found.key}: {row_json(found)['outcome']} ({found.decided})")


@draft.command()
@click.argument("plan", type=_PATH)
@click.option(
    "--format",
    "format",
    type=click.Choice(["quickstatements", "mismatches", "csv", "approval", "proposals"]),
    default="csv",
    show_default=True,
)
@common.language_option
def export(plan: Path, format: Any, language: str) -> None:
    """Write a PLAN for another tool or for people, to standard output."""
    from kgtool.drafts import read_plan

    click.echo(_drafts().export(read_plan(plan), format, language), nl=False)


@draft.command()
@click.argument("plan", type=_PATH)
@click.option("--trial", type=click.IntRange(1), metavar="N", help="Only the first N rows.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@click.option("--approval", default="", metavar="URL", help="Where the bot run was approved.")
@common.language_option
@_json
def apply(
    plan: Path, trial: int | None, dry_run: bool, approval: str, language: str, as_json: bool
) -> None:
    """Carry out a PLAN. Stop with Ctrl-C at any time; `kgtool draft resume` goes on.

    Exit code 1 if the wiki refused something, 3 if the run could not go on.
    """
    import msgspec

    from kgtool.drafts import read_plan, row_changes

    batches, made = common.kgtool().batches, read_plan(plan)
    if approval:
        made = msgspec.structs.replace(made, approval=approval)
    if dry_run:
        for row in made.rows:
            for change in row_changes(row, language):
                click.echo(f"{row.key}\t{getattr(row, 'item', '') or 'new'}\t{change}")
        return
    _carry_out(batches.start(made), as_json, trial=trial or 0)


@draft.command()
@click.argument("batch", required=False)
@click.option("--refused", is_flag=True, help="Try again what the wiki refused.")
@_json
def resume(batch: str | None, refused: bool, as_json: bool) -> None:
    """Go on with a BATCH (the latest if none is named) that was stopped or killed."""
    batches = common.kgtool().batches
    _carry_out(batches.open(batch or _latest(batches)), as_json, refused=refused)


@draft.command()
@click.argument("batch", required=False)
@click.option("--report", is_flag=True, help="Every row with its item, as CSV.")
@common.language_option
@_json
def status(batch: str | None, report: bool, language: str, as_json: bool) -> None:
    """Say how batches stand; of one BATCH, with --report, every row."""
    batches = common.kgtool().batches
    if report:
        click.echo(batches.open(batch or _latest(batches)).report_csv(language), nl=False)
        return
    ids = [batch] if batch else list(batches.ids())
    counts = [batches.open(id).counts() for id in ids]
    if as_json:
        common.write_json(counts[0] if batch else counts)
    elif counts:
        common.write_table(list(counts[0]), [list(one.values()) for one in counts])
    else:
        click.echo("No batch was begun here yet. Begin one with: kgtool draft apply PLAN")


@draft.command()
@click.argument("batch", required=False)
def stop(batch: str | None) -> None:
    """Let a running BATCH end after its current edit."""
    from kgtool.service.callers import OPERATOR

    tool = common.kgtool()
    tool.batch_jobs.stop(tool.batches.open(batch or _latest(tool.batches)), OPERATOR)


@draft.command()
@click.argument("batch")
@click.option("--reason", default="", help="Why created items should be deleted.")
@common.language_option
@_json
def undo(batch: str, reason: str, language: str, as_json: bool) -> None:
    """Take a BATCH back, newest edit first; what others have edited since is left alone."""
    from kgtool.messages import say
    from kgtool.service.callers import OPERATOR
    from kgtool.writes import undone_json

    tool = common.kgtool()
    done = tool.batch_jobs.undo_here(tool.batches.open(batch), OPERATOR, reason)
    if as_json:
        common.write_json(undone_json(done, language))
        return
    click.echo(say(language, "batch-undone", len(done.undone), len(done.skipped)))
    for step, why in done.skipped.items():
        click.echo(f"  {step}: {why.told(language)}")
    if done.unknown:
        click.echo(say(language, "batch-lost", len(done.unknown)))
    if request := done.request(language):
        stay = len(done.created) + len(done.used)
        click.echo(f"\n{say(language, 'batch-delete', stay)}\n")
        click.echo(request, nl=False)


def _carry_out(batch: Batch, as_json: bool, **how: Any) -> None:
    from tqdm import tqdm

    from kgtool.service.callers import OPERATOR

    asked = False

    def stopping() -> bool:
        return asked

    def ask(number: int, frame: object) -> None:
        nonlocal asked
        asked = True

    before = [signal.signal(one, ask) for one in (signal.SIGINT, signal.SIGTERM)]
    bar = tqdm(total=len(batch.open_steps()), unit=" edits", disable=None, leave=False)

    def progress(done: Progress) -> None:
        if done.state in ("confirmed", "refused"):
            bar.update()

    try:
        said = common.kgtool().batch_jobs.apply_here(
            batch, OPERATOR, stopping=stopping, progress=progress, **how
        )
    finally:
        bar.close()
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
    if as_json:
        common.write_json(said)
    else:
        common.write_table(["state", "edits"], [[k, n] for k, n in said.items()])
        click.echo(f"Every row: kgtool draft status {batch.id} --report", err=True)
    if said.get("stopped", "as asked") != "as asked":
        sys.exit(3)
    if said["refused"] or said["unknown"]:
        sys.exit(1)


def _drafts() -> Drafts:
    return common.kgtool().drafts


def _latest(batches: Batches) -> str:
    from kgtool.errors import NotFound

    found = next(batches.ids(), None)
    if found is None:
        raise NotFound("There is no batch in this workspace.", hint="Run: kgtool draft apply PLAN")
    return found


def _pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    from kgtool.errors import UsageError

    pairs = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"{option} {text}: write it as NAME=VALUE.")
        pairs[name] = value
    return pairs


def _reasons(plan: Any, language: str) -> list[list[object]]:
    from collections import Counter

    from kgtool.drafts import Refused

    counted = Counter(
        f"{f.place(language)}: {f.told(language)}" if f.where else f.told(language)
        for row in plan.rows
        if isinstance(row, Refused)
        for f in row.findings
        if f.level == "refuse"
    )
    return [[count, reason] for reason, count in counted.most_common(10)]
