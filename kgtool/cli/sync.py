"""``kgtool sync``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kgtool.cli.common import json_option, kgtool, selection_words, write_json
from kgtool.errors import KgtoolError

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
@click.option(
    "--follow", is_flag=True, help="Go on, at most once a minute, until Ctrl-C or SIGTERM."
)
@json_option
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
        return
    try:
        with _ended_by_signals() as ended:
            if follow:
                _follow(use, selection, roles, as_json)
            else:
                _tell(use.run(selection, _progress(as_json), roles=roles), as_json)
    except KeyboardInterrupt:
        click.echo(f"Stopped. {_kept(use)}".strip(), err=True)
        sys.exit(0 if follow else 128 + ended[0])
    except KgtoolError as error:
        error.operator = " ".join(filter(None, (error.operator, _kept(use))))
        raise


@contextmanager
def _ended_by_signals() -> Iterator[list[int]]:
    """Let Ctrl-C and SIGTERM end the block by KeyboardInterrupt; the list says which it was."""
    ended: list[int] = []

    def end(number: int, frame: object) -> None:
        ended.append(number)
        raise KeyboardInterrupt

    before = {one: signal.signal(one, end) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _kept(use: Sync) -> str:
    """What a sync that did not come to its end leaves to the next one."""
    kept = use.kept()
    if not kept:
        return ""
    return f"{_number(kept, 'entity', 'entities')} that were read are kept: run the same again."


def _follow(use: Sync, selection: Selection | None, roles: tuple[Any, ...], as_json: bool) -> None:
    from threading import Event

    for said in use.follow(selection, Event(), roles=roles, progress=_progress(as_json)):
        if isinstance(said, KgtoolError):
            click.echo(f"kgtool: {said} It is tried again.", err=True)
        else:
            _tell(said, as_json)


def _progress(quiet: bool) -> Callable[[str, int, int], None]:
    from tqdm import tqdm

    bars: dict[str, tqdm[NoReturn]] = {}  # none has elements: each is told how far it is

    def show(what: str, done: int, total: int) -> None:
        if quiet:
            return
        if what not in bars:
            bars[what] = tqdm(total=total, desc=what, unit=" entities", leave=False, disable=None)
        bars[what].update(done - bars[what].n)
        if done >= total:
            bars.pop(what).close()

    return show


def _tell(synced: Synced, as_json: bool) -> None:
    if as_json:
        write_json(synced)
        return
    read = _number(synced.read, "entity", "entities")
    asked = _number(sum(synced.requests.values()), "request", "requests")
    gone = f"{synced.gone:,} {'is' if synced.gone == 1 else 'are'} gone"
    click.echo(
        f"Read {read} in {asked} and {synced.seconds:,.1f} s; {gone}. "
        f"Generation {synced.generation}."
    )
    for source, target in sorted(synced.redirects.items()):
        click.echo(f"{source} was merged into {target}.")


def _tell_expected(expected: Expected, as_json: bool) -> None:
    if as_json:
        write_json(expected)
        return
    members = _number(expected.members, "item belongs", "items belong")
    changed = _number(expected.changed, "entity here has", "entities here have")
    click.echo(f"{members} to the selection; new here: {expected.new:,}. {changed} changed.")
    click.echo(
        f"To be read in {_number(expected.requests['entities'], 'request', 'requests')} and about "
        f"{expected.seconds:,.0f} s; what new ones mention takes some more."
    )


def _number(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
