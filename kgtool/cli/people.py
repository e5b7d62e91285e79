"""``kgtool people``: what is kept about a person."""

from __future__ import annotations

import click

from kgtool.cli.common import kgtool, write_json


@click.group()
def people() -> None:
    """What is kept about a person: by the name of their account, or as a contact."""


@people.command()
@click.argument("name")
def export(name: str) -> None:
    """Write everything that is kept about NAME as JSON."""
    from kgtool.service.callers import OPERATOR

    write_json(kgtool().people.export(name, OPERATOR))


@people.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def forget(name: str, yes: bool) -> None:
    """Take NAME out of database, comments, audit log and journals, for good.

    Backups are not changed, but whoever was forgotten is taken out again when one is restored.
    """
    from kgtool.errors import NotFound
    from kgtool.service.callers import OPERATOR

    use = kgtool().people
    try:
        found = use.export(name, OPERATOR)
    except NotFound:
        found = {}  # but it may stand in a backup
    if not yes:
        counts = ", ".join(f"{len(rows)} of {table}" for table, rows in found.items())
        click.confirm(f"This changes {counts or 'only backups'}. Go on?", abort=True)
    gone = use.forget(name, OPERATOR)
    click.echo(f"Forgotten: {sum(gone.rows.values())} records were changed.")
    for folder in gone.unreached:
        click.echo(
            f"{folder} is out of reach: copy forgotten.json there from KGTOOL_HOME.", err=True
        )
