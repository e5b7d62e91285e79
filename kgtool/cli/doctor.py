"""``kgtool doctor``."""

from __future__ import annotations

import sys

import click

from kgtool.cli.common import kgtool, output_options, write_json


@click.command()
@click.option("--offline", is_flag=True, help="Ask no other server.")
@output_options("table", "json")
def doctor(offline: bool, format: str) -> None:
    """Check configuration, disk, data, database, servers and rights; say how to mend them.

    Exit code 1 where something is wrong.
    """
    findings = kgtool().doctor.examine(offline=offline)
    if format == "json":
        write_json(findings)
    else:
        for one in findings:
            click.echo(f"{one.state:8}{one.what}: {one.said}")
            if one.hint:
                click.echo(f"        {one.hint}")
    if any(one.state == "wrong" for one in findings):
        sys.exit(1)
