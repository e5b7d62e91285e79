"""``kgtool names``: an index of names for reconciliation only."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kgtool.cli.common import kgtool, write_csv, write_json


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1)
@click.option(
    "--type",
    "types",
    metavar="QID",
    multiple=True,
    help="Take only what is of this type or its subclasses; needed for a dump (repeatable).",
)
@click.option(
    "--incomplete",
    is_flag=True,
    help="The files are a part only: what they lack is looked for on the wiki.",
)
@click.option("--forget", is_flag=True, help="Answer from the workspace again.")
@click.option(
    "--doubles",
    is_flag=True,
    help="List identifiers that several indexed entities share: perhaps the same thing twice.",
)
@click.option("--json", "as_json", is_flag=True, help="Say what was indexed as JSON.")
def names(
    files: tuple[str, ...],
    types: tuple[str, ...],
    incomplete: bool,
    forget: bool,
    doubles: bool,
    as_json: bool,
) -> None:
    """Index names to reconcile against, instead of the workspace.

    A FILE is JSON lines ({"id", "labels", "aliases", "types", "begin", "end", "ids", "country"}),
    a table (.csv, .tsv) with the columns id and label or name, or with --type a dump. In a table,
    aliases, type, begin, end and country are understood, official name, short name, native name,
    birth name, married name, pseudonym, nickname, other name and former name, too; P214 and the
    like are properties, label:fr says the language, and | parts several values. Classes for types
    come from files named *subclass_of.tsv (child, parent). What was indexed before stays where
    nothing is found.
    """
    from kgtool.errors import UsageError
    from kgtool.views.names.index import describe
    from kgtool.views.names.read import holds_names, read_names
    from kgtool.views.names.types import TypeTree

    tool = kgtool()
    if forget:
        tool.reconcile.forget_names()
        return
    if doubles:
        _doubles(as_json)
        return
    if not files:
        raise UsageError("No file was given.", hint="Usage: kgtool names FILE…")
    paths = [Path(file) for file in files]
    edges = [path for path in paths if "subclass_of.tsv" in path.name]
    paths = [path for path in paths if path not in edges]
    count = 0

    def told(number: int) -> None:
        nonlocal count
        count = number
        if not as_json and sys.stderr.isatty():
            click.echo(f"\r{number:,} names read", err=True, nl=False)

    if types and not any(map(holds_names, paths)):
        index = tool.index_dump(paths, types, progress=told)
    else:
        parents = _parents(edges)
        below = {known for type in types for known in TypeTree(parents).below(type)}
        index = tool.reconcile.index_names(
            (
                record
                for path in paths
                for record in read_names(path, tool.profile.name_kinds)
                if not types or not below.isdisjoint(record.types)
            ),
            ", ".join(path.name for path in paths),
            complete=not incomplete,
            parents=parents,
            progress=told,
        )
    if count and not as_json and sys.stderr.isatty():
        click.echo(err=True)
    said = describe(index)
    if as_json:
        write_json(said)
        return
    click.echo(f"{said['entities']:,} entities with {said['names']:,} names are indexed.")


def _doubles(as_json: bool) -> None:
    found = kgtool().reconcile.doubles()
    if as_json:
        write_json(found)
        return
    rows = ([one.property, one.value, "|".join(one.ids)] for one in found)
    write_csv(["property", "value", "ids"], rows)


def _parents(edges: list[Path]) -> dict[str, list[str]]:
    from kgtool.views.names.types import read_edges

    found: dict[str, list[str]] = {}
    for path in edges:
        found.update(read_edges(path))
    return found
