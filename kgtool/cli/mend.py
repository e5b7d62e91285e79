"""``kgtool mend``: one value of one item."""

from __future__ import annotations

import click

from kgtool.cli import common


@click.command()
@click.argument("item", metavar="QID")
@click.argument("measure", metavar="MEASURE")
@click.argument("text", metavar="[VALUE]", required=False, default="")
@click.option("--url", default="", metavar="URL", help="Where it can be read.")
@click.option("--source", default="", metavar="QID", help="The work in which it stands.")
@click.option("--language", default="", metavar="CODE", help="Of a monolingual text.")
@click.option("--dry-run", is_flag=True, help="Only say what the checks say.")
def mend(
    item: str, measure: str, text: str, url: str, source: str, language: str, dry_run: bool
) -> None:
    """Add what one item lacks: a label (Lsv), a description (Dsv), a value with its reference
    (P571), or a reference (P571.ref). Undo it with: kgtool draft undo BATCH
    """
    import sys

    from kgtool.drafts import Complete
    from kgtool.drafts.exports import row_changes
    from kgtool.service.callers import OPERATOR
    from kgtool.service.mending import Wanted

    service = common.kgtool().mending
    wanted = Wanted(item, measure, text, url, source, language)
    plan = service.plan(wanted)
    [row] = plan.rows
    for said in row_changes(row):
        click.echo(said)
    for finding in row.findings:
        click.echo(f"{finding.level}: {finding.message}", err=True)
    if not isinstance(row, Complete):
        sys.exit(1)
    if dry_run:
        return
    batch = service.write(plan, wanted, OPERATOR)
    [line] = batch.report()
    click.echo(f"{line.state} {line.message}".strip() + f", batch {batch.id}")
    if line.state != "confirmed":
        sys.exit(1)
