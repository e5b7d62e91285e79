"""The command ``kgtool gaps``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kgtool.cli import common

if TYPE_CHECKING:
    from kgtool.coverage.selection import Selection

_PAGED = ("table", "json")  # the other formats give the whole list


@click.command()
@common.selection_options
@click.option(
    "--missing",
    metavar="MEASURE",
    multiple=True,
    help="What the items lack, expected of every item (repeatable: all of them).",
)
@click.option(
    "--having", metavar="MEASURE", multiple=True, help="What they have (repeatable: all of them)."
)
@click.option(
    "--expected",
    is_flag=True,
    help="Only items of which the shapes expect what is missing, as kgtool coverage counts them.",
)
@common.rank_option
@click.option(
    "--together",
    is_flag=True,
    help="Instead: how many items lack both, for every two of the measures.",
)
@click.option(
    "--suggest",
    is_flag=True,
    help="Instead: what items of the same types usually have and these lack.",
)
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Items on a page. Default: 100.")
@click.option("--after", metavar="QID", help="Begin after this item: `next` of the page before.")
@click.option("--language", metavar="CODE", default="en", show_default=True, help="For labels.")
@common.output_options("table", "csv", "json", "quickstatements", "wikitext", "ids")
def gaps(
    selection: Selection | None,
    missing: tuple[str, ...],
    having: tuple[str, ...],
    expected: bool,
    rank: str,
    together: bool,
    suggest: bool,
    limit: int | None,
    after: str | None,
    language: str,
    format: str,
) -> None:
    """List the items of a selection that lack something, in the order of their numbers.

    Tables and JSON come page by page, the other formats whole unless --limit is given.
    """
    from kgtool.coverage import written

    chosen = common.needed(selection)
    if together:
        _write_together(chosen, missing, rank, format)
        return
    if suggest:
        _write_suggestions(chosen, language, limit or 20, format)
        return
    service = common.kgtool().coverage
    size = limit or (100 if format in _PAGED else None)
    found = service.gaps(
        chosen, missing, having, after, size, language, rank=rank, expected=expected
    )
    if format != "json":  # which has them itself
        common.warn(found.warnings)
    match format:
        case "json":
            common.write_json(found)
        case "csv":
            common.write_csv(["id", "label"], [(item.id, item.label) for item in found.items])
        case "quickstatements":
            click.echo(written.quickstatements(found, missing), nl=False)
        case "wikitext":
            click.echo(written.worklist_wikitext(found))
        case "ids":
            for item in found.items:
                click.echo(item.id)
        case _:
            click.echo(common.items(found.count))
            common.write_table(["id", "label"], [[item.id, item.label] for item in found.items])
            if found.next:
                click.echo(f"More: --after {found.next}")


def _write_together(
    selection: Selection, measures: tuple[str, ...], rank: str, format: str
) -> None:
    found = common.kgtool().advice.together(selection, list(measures) or None, rank=rank)
    if format == "json":
        common.write_json(found)
        return
    write = common.write_csv if format == "csv" else common.write_table
    rows = zip(found.measures, found.lacking, strict=True)
    write(["missing", *found.measures], [[measure, *counts] for measure, counts in rows])


def _write_suggestions(selection: Selection, language: str, limit: int, format: str) -> None:
    found = common.kgtool().advice.suggestions(selection, language=language, limit=limit)
    if format == "json":
        common.write_json({"suggestions": found})
        return
    write = common.write_csv if format == "csv" else common.write_table
    write(
        ["property", "label", "usual", "here"],
        [
            [
                one.property,
                one.label,
                common.Right(f"{one.usual:.1%}"),
                common.Right(f"{one.here:.1%}"),
            ]
            for one in found
        ],
    )
