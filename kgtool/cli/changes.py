"""``kgtool changes``: what happened to a partner's data."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kgtool.cli import common

if TYPE_CHECKING:
    from kgtool.coverage.selection import Selection
    from kgtool.partners.fate import Fate
    from kgtool.partners.slot_walk import State
    from kgtool.partners.told import Told
    from kgtool.wiring import Kgtool

_STATES: tuple[State, ...] = ("changed", "removed", "enriched", "added", "kept")


@click.command()
@common.selection_options
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    required=True,
    help="From the beginning of this day (UTC).",
)
@click.option(
    "--state",
    "states",
    type=click.Choice(_STATES),
    multiple=True,
    help="Only these statements (repeatable). Default: all but kept ones in tables, else all.",
)
@click.option(
    "--offline", is_flag=True, help="Ask nobody: answer from what was read, or from the workspace."
)
@click.option("--sitelinks", is_flag=True, help="Instead: sitelinks gained and lost (table, csv).")
@click.option(
    "--mapping",
    metavar="NAME|FILE.toml",
    help="Answer in the partner's own columns (csv): by the mapping that wrote the data.",
)
@click.option(
    "--table",
    "table",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="With --mapping: the table that was sent; all its columns come back.",
)
@common.language_option
@common.output_options("table", "csv", "json", "wikitext")
def changes(
    selection: Selection | None,
    since: datetime.datetime,
    states: tuple[State, ...],
    offline: bool,
    sitelinks: bool,
    mapping: str | None,
    table: Path | None,
    language: str,
    format: str,
) -> None:
    """Say what became of each statement written for a partner or citing it: kept, changed, removed,
    enriched or added since a day, by whom, with the diff; and which sitelinks came and went.

    The wiki's revisions are read first, each once for good; a run that was stopped goes on where it
    was. Of a saved selection or a list, all statements of its items count.
    """
    from kgtool.service import changes_table

    tool = common.kgtool()
    chosen = common.needed(selection)
    if not offline:
        _read(tool, chosen, since.date())
    day = since.date()
    told = tool.changes.told(chosen, day, progress=_progress)
    _warn(told)
    if mapping is not None:
        _write_own_columns(tool, tool.changes.written(chosen, day), mapping, table)
        return
    wanted = states or (_STATES if format in ("csv", "json") else _STATES[:-1])
    found = tool.changes.statements(chosen, day, wanted)
    match format:
        case "json":
            import msgspec

            links = list(tool.changes.sitelinks(chosen, day))
            common.write_json(
                msgspec.structs.replace(told, statements=list(found), sitelinks=links)
            )
        case "csv" if sitelinks:
            gained = tool.changes.sitelinks(chosen, day)
            link_rows = changes_table.link_rows(gained, tool.profile.diff_url)
            common.write_csv(changes_table.LINK_COLUMNS, link_rows)
        case "csv":
            rows = changes_table.rows(found, tool.profile.diff_url)
            common.write_csv(changes_table.COLUMNS, rows)
        case "wikitext":
            click.echo(tool.changes_words.wikitext(told, language), nl=False)
        case _ if sitelinks:
            common.write_table(
                ("item", "site", "title", "what", "by", "at"),
                [
                    (o.item, o.site, o.title, o.what, o.by, o.at[:10])
                    for o in tool.changes.sitelinks(chosen, day)
                ],
            )
        case _:
            click.echo("  ".join(f"{state} {told.counts[state]:,}" for state in _STATES))
            common.write_table(
                ("item", "part", "state", "before", "now", "by", "at"),
                [
                    (
                        *(one.item, one.part, one.state, one.before[:40], one.now[:40]),
                        one.events[-1].by if one.events else "",
                        one.events[-1].at[:10] if one.events else "",
                    )
                    for one in found
                ],
            )


def _read(tool: Kgtool, chosen: Selection, since: datetime.date) -> None:
    reading = tool.changes.read(chosen, since, progress=_progress)
    if reading.requests:
        click.echo(f"\r{reading.items:,} items, {reading.requests:,} requests   ", err=True)


def _progress(what: str, done: int, all: int) -> None:
    if done:
        click.echo(f"\r{what}: {done:,} of {all:,}   ", err=True, nl=False)


def _warn(told: Told) -> None:
    reach = told.reach
    if reach.source == "workspace":
        click.echo(
            "The wiki was not asked: this compares the workspace with its oldest state that is "
            f"kept, of {reach.begins[:16]}; who changed what is not known.",
            err=True,
        )
    elif reach.unread:
        click.echo(
            f"{reach.unread:,} items were not read from the wiki so far: run it without --offline.",
            err=True,
        )
    if reach.hidden:
        click.echo(f"{reach.hidden:,} revisions are hidden by the wiki.", err=True)


def _write_own_columns(tool: Kgtool, written: list[Fate], mapping: str, table: Path | None) -> None:
    from kgtool.drafts import load_mapping, read_table
    from kgtool.service import changes_table

    rows = list(read_table(table)) if table is not None else []
    head, made = changes_table.in_own_columns(written, load_mapping(mapping), rows, tool.profile)
    common.write_csv(head, made)
