"""``kgtool user``: accounts and their roles."""

from __future__ import annotations

import click

from kgtool.cli.common import kgtool, output_options, write_json, write_table


@click.group()
def user() -> None:
    """Who signed in with a Wikimedia account, and what they may do."""


@user.command("list")
@output_options("table", "json")
def list_(format: str) -> None:
    """List accounts with their roles."""
    found = kgtool().accounts.accounts()
    if format == "json":
        write_json(found)
    else:
        rows = [(one.name, one.role, one.partner or "") for one in found]
        write_table(("name", "role", "partner"), rows)


@user.command()
@click.argument("name")
@click.argument("role")
@click.option("--partner", metavar="QID", help="Whom somebody with the role partner speaks for.")
def role(name: str, role: str, partner: str | None) -> None:
    """Give the account NAME a ROLE: volunteer, partner, coordinator, writer or admin."""
    from kgtool.service.callers import OPERATOR

    kgtool().accounts.set_role(name, role, partner=partner, by=OPERATOR)
    click.echo(f"{name} has the role {role}.")


@user.command("sign-out")
@click.argument("name")
def sign_out(name: str) -> None:
    """Sign the account NAME out of every browser, at once."""
    from kgtool.service.callers import OPERATOR

    ended = kgtool().accounts.sign_out(name, by=OPERATOR)
    click.echo(f"Sessions that were ended: {ended}.")
