"""``kgtool publish``: a section of a wiki page, renewed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from kgtool.cli import common

if TYPE_CHECKING:
    from kgtool.service.publishing import Renewed


@click.command()
@click.argument("selection", metavar="[SELECTION]…", nargs=-1)
@click.option("--page", metavar="TITLE", help="The page on the configured wiki.")
@click.option("--all", "everything", is_flag=True, help="Renew every section published before.")
@click.option(
    "--what",
    type=click.Choice(["coverage", "worklist", "report", "changes"]),
    default="coverage",
    show_default=True,
)
@click.option("--missing", multiple=True, metavar="MEASURE", help="Of a worklist (repeatable).")
@click.option("--having", multiple=True, metavar="MEASURE", help="Of a worklist (repeatable).")
@click.option("--by", default="", metavar="MEASURE|type|…", help="Groups of a coverage table.")
@click.option("--measure", "measures", multiple=True, metavar="MEASURE", help="Its columns.")
@click.option("--month", default="", metavar="YYYY-MM", help="Of a report.")
@click.option("--since", default="", metavar="DATE", help="Of changes.")
@click.option("--name", default="", metavar="NAME", help="Of the section; else made from the rest.")
@click.option("--append", is_flag=True, help="Put the marks at the end of a page without them.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@common.language_option
@common.json_option
def publish(
    selection: tuple[str, ...],
    page: str | None,
    everything: bool,
    name: str,
    append: bool,
    dry_run: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Renew a table between two marks on a wiki page: only when it changed, never over a person's
    edit.

    The marks are comments: <!-- begin kgtool NAME --><!-- end kgtool NAME -->.
    """
    import msgspec

    from kgtool.errors import UsageError
    from kgtool.service.callers import OPERATOR
    from kgtool.service.published import Asked

    if everything:
        _renew_all(as_json)
        return
    if page is None:
        raise UsageError("On which page? Name it with --page TITLE, or renew all with --all.")
    lists = {key: list(asked[key]) for key in ("missing", "having", "measures")}
    wanted = msgspec.convert({**asked, **lists, "selection": " ".join(selection)}, Asked)
    done = common.kgtool().publishing.publish(
        page, wanted, by=OPERATOR, name=name, append=append, dry_run=dry_run
    )
    if as_json:
        common.write_json(done)
        return
    if done.diff and dry_run:
        click.echo(done.diff)
    click.echo(_said(done))


def _renew_all(as_json: bool) -> None:
    """Renew every section; one that fails is told, and the others go on."""
    from kgtool.errors import KgtoolError
    from kgtool.service.callers import OPERATOR

    publishing = common.kgtool().publishing
    done, failed = [], 0
    for one in publishing.sections():
        try:
            renewed = publishing.renew(one.page, one.name, by=OPERATOR)
        except KgtoolError as error:
            click.echo(f"{one.name} on {one.page}: {error}", err=True)
            failed += 1
            continue
        done.append(renewed)
        if not as_json:
            click.echo(_said(renewed))
    if as_json:
        common.write_json({"renewed": done, "failed": failed})
    if failed:
        sys.exit(3)


def _said(done: Renewed) -> str:
    match done.state:
        case "published":
            return f"Published {done.name} on {done.page}, revision {done.revision}."
        case "unchanged":
            return f"{done.name} on {done.page} says this already."
        case "would":
            return f"{done.name} on {done.page} would be renewed."
