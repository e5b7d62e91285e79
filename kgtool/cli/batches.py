"""``kgtool draft``, what becomes of a plan on the wiki: apply, status, resume, stop, undo."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kgtool.cli import common

if TYPE_CHECKING:
    from kgtool.service.batches import Batches
    from kgtool.writes import Batch, Progress


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--trial", type=click.IntRange(1), metavar="N", help="Only the first N rows.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@click.option("--approval", default="", metavar="URL", help="Where the bot run was approved.")
@common.language_option
@common.json_option
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


@click.command()
@click.argument("batch", required=False)
@click.option("--refused", is_flag=True, help="Try again what the wiki refused.")
@common.json_option
def resume(batch: str | None, refused: bool, as_json: bool) -> None:
    """Go on with a BATCH (the latest if none is named) that was stopped or killed."""
    batches = common.kgtool().batches
    _carry_out(batches.open(batch or _latest(batches)), as_json, refused=refused)


@click.command()
@click.argument("batch", required=False)
@click.option("--report", is_flag=True, help="Every row with its item, as CSV.")
@common.language_option
@common.json_option
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


@click.command()
@click.argument("batch", required=False)
def stop(batch: str | None) -> None:
    """Let a running BATCH end after its current edit."""
    from kgtool.service.callers import OPERATOR

    tool = common.kgtool()
    tool.batch_jobs.stop(tool.batches.open(batch or _latest(tool.batches)), OPERATOR)


@click.command()
@click.argument("batch")
@click.option("--reason", default="", help="Why created items should be deleted.")
@common.language_option
@common.json_option
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


def _latest(batches: Batches) -> str:
    from kgtool.errors import NotFound

    found = next(batches.ids(), None)
    if found is None:
        raise NotFound("There is no batch in this workspace.", hint="Run: kgtool draft apply PLAN")
    return found
