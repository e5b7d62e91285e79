"""``kgtool token``: tokens for programs and for staff."""

from __future__ import annotations

import click

from kgtool.cli.common import kgtool, output_options, write_json, write_table


@click.group()
def token() -> None:
    """Tokens, for programs and for signing in without a Wikimedia account."""


@token.command()
@click.argument("name")
@click.option(
    "--role",
    default="coordinator",
    show_default=True,
    help="volunteer, partner, coordinator, writer or admin.",
)
@click.option(
    "--scope",
    multiple=True,
    help="Narrow it to registry, requests, claims, drafts or operation; repeat it for several.",
)
@click.option("--days", default=90, show_default=True, help="How long it is good.")
def add(name: str, role: str, scope: tuple[str, ...], days: int) -> None:
    """Make a token and show its secret, this once."""
    from kgtool.service.callers import OPERATOR

    secret, expires = kgtool().accounts.add_token(
        name, role=role, scopes=list(scope), days=days, by=OPERATOR
    )
    click.echo(secret)
    click.echo(f"Good until {expires:%Y-%m-%d}. It is not kept: copy it now.", err=True)


@token.command("list")
@output_options("table", "json")
def list_(format: str) -> None:
    """List tokens, without their secrets."""
    found = kgtool().accounts.tokens()
    if format == "json":
        write_json(found)
        return
    rows = [
        (
            one.name,
            one.role,
            " ".join(one.scopes) or "all",
            f"{one.expires:%Y-%m-%d}",
            f"revoked {one.revoked:%Y-%m-%d}" if one.revoked else "",
        )
        for one in found
    ]
    write_table(("name", "role", "scopes", "expires", "state"), rows)


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Make a token worthless at once."""
    from kgtool.service.callers import OPERATOR

    kgtool().accounts.revoke(name, by=OPERATOR)
    click.echo(f"The token “{name}” is worth nothing now.")
