"""``kgtool sync``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kgtool.cli.common import kgtool, selection_words, write_json

if TYPE_CHECKING:
    from kgtool.coverage.selection import Selection
    from kgtool.service.sync import Expected, Sync, Synced


@click.command()
@selection_words
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(["collection", "located", "owned", "archives", "identified"]),
    help="Only what belongs to the partners in this role (repeat it for several); else in any.",
)
@click.option("--dry-run", is_flag=True, help="Say how many requests it takes and how long.")
@click.option("--follow", is_flag=True, help="Go on, at most once a minute, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def sync(
    selection: Selection | None,
    roles: tuple[Any, ...],
    dry_run: bool,
    follow: bool,
    as_json: bool,
) -> None:
    """Bring the items of a SELECTION, and what they mention, from the configured Wikibase.

    Only what is new or has changed is read. Without a SELECTION, everything that was synced before
    is brought up to date. An interrupted sync goes on where it stopped.
    """
    use = kgtool().sync
    if dry_run:
        _tell_expected(use.expected(selection, roles=roles), as_json)
    elif follow:
        _follow(use, selection, roles, as_json)
    else:
        _tell(use.run(selection, _progress(as_json), roles=roles), as_json)


def _follow(use: Sync, selection: Selection | None, roles: tuple[Any, ...], as_json: bool) -> None:
    from threading import Event

    stop = Event()
    try:
        for synced in use.follow(selection, stop, roles=roles, progress=_progress(as_json)):
            _tell(synced, as_json)
    except KeyboardInterrupt:
        stop.set()


def _progress(quiet: bool):  # type: ignore[no-untyped-def]  # its type is in a room loaded lazily
    from tqdm import tqdm

    bars: dict[str, tqdm] = {}  # type: ignore[type-arg]  # the stubs want an element type

    def show(what: str, done: int, total: int) -> None:
        if quiet:
            return
        if what not in bars:
            bars[what] = tqdm(total=total, desc=what, unit=" entities", leave=False)
        bars[what].update(done - bars[what].n)
        if done >= total:
            bars.pop(what).close()

    return show


def _tell(synced: Synced, as_json: bool) -> None:
    if as_json:
        write_json(synced)
        return
    asked = sum(synced.requests.values())
    click.echo(
        f"Read {synced.read:,} entities in {asked:,} requests and {synced.seconds:,.1f} s; "
        f"{synced.gone:,} are gone. Generation {synced.generation}."
    )
    for source, target in sorted(synced.redirects.items()):
        click.echo(f"{source} was merged into {target}.")


def _tell_expected(expected: Expected, as_json: bool) -> None:
    if as_json:
        write_json(expected)
        return
    click.echo(
        f"{expected.members:,} items belong to the selection: {expected.new:,} are new here; "
        f"{expected.changed:,} entities of the workspace have changed."
    )
    click.echo(
        f"Reading them takes {expected.requests['entities']:,} requests, about "
        f"{expected.seconds:,.0f} s, and some more for what new ones mention."
    )
