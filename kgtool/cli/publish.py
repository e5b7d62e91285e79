"""``kgtool publish``: a section of a wiki page, renewed."""

from __future__ import annotations

from typing import Any

import click

from kgtool.cli import common


@click.command()
@click.argument("selection", metavar="[SELECTION]…", nargs=-1)
@click.option("--page", required=True, metavar="TITLE", help="The page on the configured wiki.")
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
    page: str,
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

    from kgtool.service.callers import OPERATOR
    from kgtool.service.published import Asked

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
    said = {
        "published": f"Published {done.name} on {done.page}, revision {done.revision}.",
        "unchanged": f"{done.name} on {done.page} says this already.",
        "would": f"{done.name} on {done.page} would be renewed.",
    }
    click.echo(said[done.state])
