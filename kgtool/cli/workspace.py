"""The workspace: load, status, gc."""

from __future__ import annotations

from typing import Any

import click

from kgtool.cli.common import json_option, kgtool

_TOLD = 20  # broken lines told one by one


@click.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option(
    "--partner",
    "partners",
    metavar="QID",
    multiple=True,
    help="Only this partner's items (repeatable), their neighbours and the classes.",
)
@click.option("--json", "as_json", is_flag=True, help="Say what was loaded as JSON.")
def load(files: tuple[str, ...], partners: tuple[str, ...], as_json: bool) -> None:
    """Load entity JSON, one entity a line or a dump, plain, gz, bz2 or zst, into the workspace.

    A FILE of - reads standard input. Entities that are already here are replaced. A line that is
    not an entity is told with its number and passed over.
    """
    told = 0

    def broken(where: str, problem: str) -> None:
        nonlocal told
        told += 1
        if told <= _TOLD:
            click.echo(f"{where}: passed over: {problem}", err=True)

    loaded = kgtool().load_files(files, partners, progress=not as_json, on_broken=broken)
    if told > _TOLD:
        click.echo(f"… and {told - _TOLD:,} more lines like these.", err=True)
    counts = loaded.counts
    said: dict[str, Any] = {
        "items": counts.items,
        "properties": counts.properties,
        "skipped": {
            "lexemes": counts.other_kinds.get("lexemes", 0),
            "mediainfo": counts.other_kinds.get("mediainfo", 0),
            "redirects": len(counts.redirected),
            "broken_lines": len(counts.broken),
        },
        "statements": counts.statements,
        "labels": counts.labels,
        "sitelinks": counts.sitelinks,
        "seconds": round(loaded.seconds, 3),
        "generation": loaded.generation,
    }
    if as_json:
        _write_json(said)
        return
    click.echo(
        f"Loaded {counts.items:,} items and {counts.properties:,} properties "
        f"({counts.statements:,} statements, {counts.labels:,} labels, "
        f"{counts.sitelinks:,} sitelinks) in {loaded.seconds:.1f} s: "
        f"generation {loaded.generation}."
    )
    passed = [
        f"{count:,} {what.replace('_', ' ')}" for what, count in said["skipped"].items() if count
    ]
    if passed:
        click.echo(f"Passed over: {', '.join(passed)}.")


@click.command()
@click.option("--keep", metavar="N", type=click.IntRange(1), help="How many generations to keep.")
def gc(keep: int | None) -> None:
    """Remove old generations that nobody reads, but for the newest N."""
    tool = kgtool()
    removed = tool.workspace.collect(keep or tool.settings.keep_generations)
    numbers = ", ".join(map(str, sorted(removed)))
    click.echo(f"Removed generations {numbers}." if removed else "There was nothing to remove.")


@click.command()
@json_option
def status(as_json: bool) -> None:
    """Say what the workspace holds, as of when, and how much room it takes."""
    tool = kgtool()
    said = tool.status()
    if as_json:
        _write_json(said)
        return
    click.echo(f"Workspace {said['home']}, about {said['wikibase']}")
    if "jobs" in said:
        _tell_jobs(said["jobs"])
    if said["generation"] is None:
        click.echo("Empty. Load entities: kgtool load FILE, or try the sample: kgtool demo")
        return
    sample = " (a sample excerpt)" if said["sample"] else ""
    click.echo(
        f"Generation {said['generation']} as of {said['as_of']}{sample}: {said['items']:,} items "
        f"with {said['statements']:,} statements, {said['properties']:,} properties"
    )
    kept = ", ".join(map(str, said["generations"]))
    click.echo(f"Kept generations: {kept}; {said['bytes'] / 1e6:,.1f} MB on disk")


def _tell_jobs(jobs: dict[str, Any]) -> None:
    workers = ", ".join(jobs["workers"]) or "none; start one with: kgtool worker"
    click.echo(
        f"Jobs: {jobs['running']:,} running, {jobs['queued']:,} waiting, "
        f"{jobs['failed']:,} failed; workers: {workers}"
    )


def _write_json(value: object) -> None:
    import msgspec

    click.echo(msgspec.json.encode(value).decode())
