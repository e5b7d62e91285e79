"""``kgtool db``: the schema of the database."""

from __future__ import annotations

import click

from kgtool.cli.common import kgtool


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
@click.option("--to", default="head", show_default=True, metavar="REVISION", help="Which schema.")
def upgrade(to: str) -> None:
    """Bring the database to the schema of this kgtool. Make a backup first."""
    database = kgtool().database
    before, _ = database.revisions()
    database.upgrade(to)
    after, _ = database.revisions()
    click.echo(f"The schema is {after}; it was {before or 'not there'}.")


@db.command()
@click.argument("to", metavar="REVISION")
@click.confirmation_option(prompt="This may remove columns with what is in them. Go on?")
def downgrade(to: str) -> None:
    """Take the database back to the schema of an older kgtool."""
    database = kgtool().database
    database.downgrade(to)
    click.echo(f"The schema is {database.revisions()[0] or 'not there'}.")
