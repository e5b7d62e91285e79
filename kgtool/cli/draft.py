"""``kgtool draft``, from a table to a plan: plan, decide, export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgtool.cli import batches, common

if TYPE_CHECKING:
    from kgtool.drafts import Against, Choice, Plan
    from kgtool.service.drafts import Drafts, ExportFormat

_PATH = click.Path(path_type=Path)
_against = click.option(
    "--against",
    type=click.Choice(["workspace", "wiki"]),
    default="workspace",
    show_default=True,
    help="What to compare with: the workspace, or the wiki itself.",
)


@click.group()
def draft() -> None:
    """Create and complete items from a partner's table: plan, decide, apply, undo."""


for _command in (batches.apply, batches.status, batches.resume, batches.stop, batches.undo):
    draft.add_command(_command)


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
@common.json_option
def plan(
    file: Path,
    mapping: str,
    out: Path,
    parameters: tuple[str, ...],
    where: tuple[str, ...],
    permission: tuple[str, str, str] | None,
    shape: str,
    approval: str,
    against: Against,
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
@common.json_option
def decide(
    plan: Path,
    row: str,
    choice: Choice,
    qid: str,
    beside: tuple[str, ...],
    replacing: tuple[str, ...],
    by: str,
    against: Against,
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
def export(plan: Path, format: ExportFormat, language: str) -> None:
    """Write a PLAN for another tool or for people, to standard output."""
    from kgtool.drafts import read_plan

    click.echo(_drafts().export(read_plan(plan), format, language), nl=False)


def _drafts() -> Drafts:
    return common.kgtool().drafts


def _pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    from kgtool.errors import UsageError

    pairs = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"{option} {text}: write it as NAME=VALUE.")
        pairs[name] = value
    return pairs


def _reasons(plan: Plan, language: str) -> list[list[object]]:
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
