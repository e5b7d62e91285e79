"""``kgtool reconcile``: a table reconciled without OpenRefine."""

from __future__ import annotations

from pathlib import Path

import click

from kgtool.cli.common import kgtool


@click.command()
@click.argument("file", metavar="FILE.csv", type=click.Path(path_type=Path))
@click.option("--column", metavar="NAME", required=True, help="The column that holds the names.")
@click.option("--type", "types", metavar="QID", multiple=True, help="What they are (repeatable).")
@click.option(
    "--property",
    "properties",
    metavar="PID=COLUMN",
    multiple=True,
    help="A column that tells more: a year, a place, an identifier (repeatable).",
)
@click.option("--language", default="", metavar="CODE", help="Language of the labels shown.")
@click.option("--limit", default=3, show_default=True, help="Candidates written a row.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Where to write.")
@click.option("--restart", is_flag=True, help="Begin anew, even if the output was begun before.")
def reconcile(
    file: Path,
    column: str,
    types: tuple[str, ...],
    properties: tuple[str, ...],
    language: str,
    limit: int,
    out: Path | None,
    restart: bool,
) -> None:
    """Find for each row of a table the entity that is meant.

    The output has the columns of the input and, after them, decision (match, choose, none, error),
    id, name, score, features and candidates. If it was stopped, the same command goes on where it
    stopped.
    """
    from tqdm import tqdm

    from kgtool.service.reconcile_table import Job, read_job

    job: Job = read_job(file, column, types, properties, language=language, limit=limit)
    target = out or file.with_name(f"{file.stem}.reconciled.csv")
    with tqdm(total=job.rows, unit="rows", disable=None) as bar:
        counts = job.run(kgtool().reconcile.match, target, restart=restart, progress=bar.update)
    click.echo(
        f"{counts['match']:,} matched, {counts['choose']:,} to choose, {counts['none']:,} not found"
        + (f", {counts['error']:,} could not be asked" if counts["error"] else "")
        + f": {target}"
    )
