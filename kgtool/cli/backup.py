"""``kgtool backup`` and ``kgtool restore``."""

from __future__ import annotations

from pathlib import Path

import click

from kgtool.cli.common import kgtool


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--entities/--no-entities",
    default=True,
    help="Whether to save the loaded entities too, which can be loaded or synced again.",
)
@click.option("--keep", type=click.IntRange(1), help="Remove all but so many of the newest.")
def backup(folder: Path, entities: bool, keep: int | None) -> None:
    """Save registry, helpdesk, history, batches, name indexes and entities into FOLDER.

    The service may go on meanwhile. Personal fields stay encrypted: keep KGTOOL_DATA_KEY apart.
    """
    path = kgtool().backups.make(folder, entities=entities, keep=keep)
    click.echo(f"{path} ({path.stat().st_size / 1e6:,.1f} MB)")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Put it in place of what is here.")
def restore(file: Path, replace: bool) -> None:
    """Bring workspace and database to the state of the backup FILE.

    Stop the service first. People who were forgotten since stay forgotten.
    """
    tool = kgtool()
    done = tool.backups.restore(file, replace=replace, forget_again=tool.people.take_out_again)
    click.echo(
        f"Restored the state of {done.made:%Y-%m-%d %H:%M} UTC: {sum(done.rows.values())} rows."
    )
    if done.forgotten:
        click.echo(f"{done.forgotten} people were forgotten since; they still are.")
    if done.generation is None:
        click.echo("The backup has no entities: run kgtool sync or kgtool load.")
    if done.batches:
        click.echo(
            f"Batches: {', '.join(done.batches)}. Edits made after the backup are not in their "
            "journals; whoever resumes one first looks them up on the wiki."
        )
