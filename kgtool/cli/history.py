"""``kgtool history``: how coverage moved."""

from __future__ import annotations

import datetime

import click

from kgtool.cli import common


@click.command()
@click.argument("selection", required=False)
@click.option("--measure", "measures", metavar="MEASURE", multiple=True, help="Only this one.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Not before this day."
)
@click.option("--record", is_flag=True, help="Record how it stands now; of all, if none is named.")
@common.output_options("table", "csv", "json")
def history(
    selection: str | None,
    measures: tuple[str, ...],
    since: datetime.datetime | None,
    record: bool,
    format: str,
) -> None:
    """Say how the gaps of a partner or saved selection opened and closed over time.

    States are recorded daily by the service, and around each batch. What was recorded of partners
    that were merged into this one comes first, under their own ids.
    """
    from kgtool.coverage import trends
    from kgtool.errors import UsageError

    tool = common.kgtool()
    if record:
        named = [selection] if selection else tool.recorded()
        failed = tool.history.record_all(named)
        for name, problem in failed.items():
            click.echo(f"{name}: not recorded: {problem}", err=True)
        click.echo(f"Recorded {len(named) - len(failed)} of {len(named)} selections.")
        return
    if selection is None:
        raise UsageError("Whose history? Name a partner's QID or a saved selection.")
    measures = tool.history.names(measures)
    first = since.date() if since else None
    rows = list(tool.history.table(selection, first, measures))
    if format == "json":
        before = [
            {
                "selection": one.selection,
                "steps": [tool.history.told(step, measures) for step in one.steps],
            }
            for one in tool.history.earlier(selection, first)
        ]
        steps = tool.history.steps(selection, first)
        told = [tool.history.told(step, measures) for step in steps]
        common.write_json({"selection": selection, "steps": told, "earlier": before})
        return
    if format == "csv":
        common.write_csv(trends.COLUMNS, rows)
    elif rows:
        common.write_table(trends.COLUMNS, rows)
    else:
        click.echo("Nothing is recorded yet. Record with: kgtool history --record")
