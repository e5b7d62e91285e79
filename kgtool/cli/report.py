"""``kgtool report``: what a month brought."""

from __future__ import annotations

import click

from kgtool.cli import common


@click.command()
@click.argument("month", metavar="YYYY-MM")
@click.argument("selections", metavar="[SELECTION]…", nargs=-1)
@common.language_option
@click.option(
    "--everything",
    is_flag=True,
    help="Also partners and requests that are not public: for the office, not for a newsletter.",
)
@common.output_options("wikitext", "csv", "html", "json")
def report(
    month: str, selections: tuple[str, ...], language: str, everything: bool, format: str
) -> None:
    """Say what a month brought: new items, gaps closed and opened, partners, requests, batches.

    Of partners and saved selections whose history is recorded; only what is public is told.
    """
    service = common.kgtool().reports
    found = service.month(month, selections, everything=everything)
    if format == "json":
        common.write_json(found)
    else:
        click.echo(service.written(found, format, language), nl=False)
