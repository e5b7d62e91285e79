"""The command ``kgtool bench``."""

from __future__ import annotations

from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kgtool.cli import common
from kgtool.errors import UsageError

if TYPE_CHECKING:
    from kgtool.bench.report import Report

_folder = click.Path(exists=True, file_okay=False, path_type=Path)


def names() -> list[str]:
    """The benchmarks: the modules of ``kgtool.bench`` that have a ``run``."""
    from kgtool import bench

    folder = Path(bench.__path__[0])
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}
    return [name for name, text in texts.items() if "\ndef run(" in text]


@click.command()
@click.argument("name")
@click.option("--items", metavar="N", type=click.IntRange(1), help="Size of the generated world.")
@click.option("--no-peers", is_flag=True, help="Measure kgtool alone.")
@click.option("--gold", type=_folder, help="Queries with a known answer (reconcile).")
@click.option("--kb", type=_folder, help="What they are matched against (reconcile).")
@click.option("--page", "pages", multiple=True, metavar="KIND", help="Only such pages (http).")
@common.output_options("table", "json")
def bench(
    name: str,
    items: int | None,
    no_peers: bool,
    gold: Path | None,
    kb: Path | None,
    pages: tuple[str, ...],
    format: str,
) -> None:
    """Measure how fast kgtool is, beside its peers where they are installed.

    NAME is one of the benchmarks, or all of them.
    """
    known = names()
    if name != "all" and name not in known:
        raise UsageError(
            f"There is no benchmark “{name}”.", hint=f"One of: {', '.join(known)}, all."
        )
    given: dict[str, Any] = {"items": items, "sizes": items and (items,), "gold": gold, "kb": kb}
    given["pages"] = pages or None
    if no_peers:
        given["peers"] = False
    reports = [_run(one, given) for one in (known if name == "all" else [name])]
    if format == "json":
        told = [report.to_dict() for report in reports]
        common.write_json(told if name == "all" else told[0])
        return
    for report in reports:
        _write(report)


def _run(name: str, given: dict[str, Any]) -> Report:
    run = import_module(f"kgtool.bench.{name}").run
    takes = signature(run).parameters
    options = {key: value for key, value in given.items() if key in takes and value is not None}
    if "settings" in takes:
        options["settings"] = common.kgtool().settings
    report: Report = run(**options)
    return report


def _write(report: Report) -> None:
    click.echo(f"{report.bench}:")
    rows: list[list[object]] = [
        [name, common.Right(f"{figure.value:,.3f}"), figure.unit]
        for name, figure in report.figures.items()
    ]
    rows += [
        [name, common.Right(f"{ratio:,.1f}"), "times"] for name, ratio in report.ratios.items()
    ]
    common.write_table(["figure", "value", "unit"], rows)
    for peer in report.absent:
        click.echo(f"Not measured, as it is not installed: {peer}")
