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
@click.option("--text-language", default="", metavar="CODE", help="Of a monolingual text.")
@common.language_option
@click.option("--dry-run", is_flag=True, help="Only say what the checks say.")
def mend(
    item: str,
    measure: str,
    text: str,
    url: str,
    source: str,
    text_language: str,
    language: str,
    dry_run: bool,
) -> None:
    """Add what one item lacks: a label (Lsv), a description (Dsv), a value with its reference
    (P571), or a reference (P571.ref). Undo it with: kgtool draft undo BATCH
    """
    import sys

    from kgtool.drafts import Complete
    from kgtool.drafts.exports import row_changes
    from kgtool.messages import say
    from kgtool.service.callers import OPERATOR
    from kgtool.service.gap import Wanted

    service = common.kgtool().mending
    wanted = Wanted(item, measure, text, url, source, text_language)
    plan = service.plan(wanted)
    [row] = plan.rows
    for said in row_changes(row, language):
        click.echo(said)
    for finding in row.findings:
        level = say(language, f"plan-level-{finding.level}")
        click.echo(f"{level}: {finding.told(language)}", err=True)
    if not isinstance(row, Complete):
        sys.exit(1)
    if dry_run:
        return
    batch = service.write(plan, wanted, OPERATOR)
    [line] = batch.report(language)
    click.echo(say(language, "mend-ended", say(language, f"batch-state-{line.state}"), batch.id))
    if line.message:
        click.echo(line.message, err=True)
    if line.state != "confirmed":
        sys.exit(1)
