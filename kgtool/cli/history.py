"""``kgtool history``: how coverage moved."""

from __future__ import annotations

import datetime

import click

from kgtool.cli import common

_COLUMNS = (
    "at",
    "of",
    "reason",
    "measure",
    "items",
    "missing",
    "share",
    "opened",
    "closed",
    "left",
)


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
    steps = tool.history.steps(selection, first)
    earlier = tool.history.earlier(selection, first)
    if not steps and not earlier:
        tool.history.never(selection)
    if format == "json":
        before = [
            {
                "selection": one.selection,
                "steps": [tool.history.told(step, measures) for step in one.steps],
            }
            for one in earlier
        ]
        told = [tool.history.told(step, measures) for step in steps]
        common.write_json({"selection": selection, "steps": told, "earlier": before})
        return
    of = [(one.selection, step) for one in earlier for step in one.steps]
    rows = [
        [
            step.at.date().isoformat(),
            whose,
            step.reason,
            name,
            step.items,
            step.missing[name],
            "" if step.shares[name] is None else round(step.shares[name] or 0, 4),
            *(len(group) for group in _moved(step.moves.get(name))),
        ]
        for whose, step in [*of, *((selection, step) for step in steps)]
        for name in step.missing
        if not measures or name in measures
    ]
    if format == "csv":
        common.write_csv(_COLUMNS, rows)
    elif rows:
        common.write_table(_COLUMNS, rows)
    else:
        click.echo("Nothing is recorded yet. Record with: kgtool history --record")


def _moved(move: object) -> tuple[list[int], list[int], list[int]]:
    from kgtool.coverage.trends import Move

    return (move.opened, move.closed, move.left) if isinstance(move, Move) else ([], [], [])
