"""Questions in SPARQL: list, show and run them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from kgtool.cli.common import kgtool, output_options, warn, write_rows
from kgtool.errors import NotInWorkspace, UsageError

if TYPE_CHECKING:
    from kgtool.wiring import Kgtool


@click.command()
@click.argument("name", required=False)
@click.argument("values", metavar="[KEY=VALUE]…", nargs=-1)
@click.option("--endpoint", metavar="URL", default="", help="Ask there, not the embedded graph.")
@click.option("--text", is_flag=True, help="Write the query, to paste into a query page.")
@output_options("table", "csv", "json")
def query(
    name: str | None, values: tuple[str, ...], endpoint: str, text: bool, format: str
) -> None:
    """List the queries, or run one: kgtool query gaps/no-image partner=Q190804.

    Several values of one parameter are split by commas.
    """
    tool = kgtool()
    if name is None:
        rows = [
            [one.name, " ".join(p.name for p in one.parameters), one.question]
            for one in tool.queries.catalogue()
        ]
        write_rows(format, ["query", "parameters", "question"], rows)
        return
    given = _pairs(values)
    if text:
        click.echo(tool.queries.get(name).filled(given), nl=False)
        return
    try:
        answer = tool.queries.run(name, given, endpoint=endpoint)
        if not answer.rows and not endpoint and not tool.settings.sparql:
            warn(_unknown(tool, given))
    finally:
        tool.close()
    if format == "table":
        click.echo(answer.query.question)
        click.echo()
    write_rows(format, answer.columns, answer.rows)


def _unknown(tool: Kgtool, given: dict[str, str]) -> list[str]:
    """What to say of ids that were given and that the workspace does not hold."""
    ids = [id for value in given.values() for id in re.findall(r"\b[QP][1-9]\d*\b", value)]
    entities = tool.snapshots.current().entities
    absent = [id for id in dict.fromkeys(ids) if id not in entities]
    return [str(NotInWorkspace(absent))] if absent else []


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    given: dict[str, str] = {}
    for pair in values:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"“{pair}” is not KEY=VALUE.", hint="For example partner=Q190804.")
        if key in given:
            raise UsageError(f"“{key}” is given twice.", hint="Split several values by commas.")
        given[key] = value
    return given
