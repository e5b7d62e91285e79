"""``kgtool sandbox``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click


def _rates(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> object:
    rates: dict[str, float] = {}
    for one in given:
        kind, equals, rate = one.partition("=")
        try:
            rates[kind] = float(rate) if equals else 1.0
        except ValueError:
            raise click.BadParameter(f"“{one}” is not of the form KIND=RATE.") from None
        if not 0 <= rates[kind] <= 1:
            raise click.BadParameter(f"The rate in “{one}” is not between 0 and 1.")
    return rates


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8181, show_default=True, help="Port; 0 takes a free one.")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to keep the wiki in; without it, it is forgotten when it ends.",
)
@click.option(
    "--load", "files", metavar="FILE", multiple=True, help="Fill it with entities (repeatable)."
)
@click.option("--sample", "with_sample", is_flag=True, help="Fill it with the sample.")
@click.option("--account", default="Rehearsal", show_default=True, help="Account to make; a bot.")
@click.option("--password", default="", help="Its password; by default a new one is drawn.")
@click.option(
    "--like",
    default="wikidata",
    show_default=True,
    help="Profile whose entity addresses and properties it shares.",
)
@click.option("--edits-per-minute", type=click.IntRange(1), help="Limit the rate of edits.")
@click.option(
    "--fault",
    "rates",
    metavar="KIND=RATE",
    multiple=True,
    callback=_rates,
    help="Let this share of writes go wrong in this way (repeatable), for example drop-after=0.1.",
)
@click.option("--fault-reads", is_flag=True, help="Let what only reads go wrong, too.")
@click.option("--seed", default=0, show_default=True, help="Seed of the faults' schedule.")
@click.option("--late-seconds", default=5.0, show_default=True, help="How late a commit may come.")
@click.option(
    "--hang-seconds", default=60.0, show_default=True, help="How long a time-out holds on."
)
@click.option("--json", "as_json", is_flag=True, help="Say how to reach it as JSON.")
def sandbox(as_json: bool, **options: object) -> None:
    """Serve a Wikibase to rehearse on: log in, create, edit, sync, and see what goes wrong.

    It behaves like MediaWiki 1.43 with Wikibase to bots, OpenRefine and kgtool itself, and asks no
    other server. To rehearse what goes wrong, there are these kinds of faults:

    \b
    drop-before   the connection breaks, nothing was done
    drop-after    it was done, but the connection breaks before the answer
    late-commit   the connection breaks, and it is done some time later
    timeout       no answer ever comes, and it is done some time later
    too-many      429 with Retry-After
    unavailable   503 as HTML
    html          200 with HTML in place of JSON; it may have been done
    maxlag        the copies lag behind, with Retry-After
    readonly      the wiki is read-only
    session-loss  the session is forgotten
    bad-token     all tokens of the session become worthless
    """
    # By its name, as `serve` does: commands do not import the services they start.
    run = import_module("kgtool.api.sandbox.run")
    run.run(run.Plan(**options), click.echo, as_json=as_json)
