"""The command ``kgtool check``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from kgtool.cli import common
from kgtool.errors import InputError, NotFound, UsageError

if TYPE_CHECKING:
    from kgtool.coverage.selection import Selection
    from kgtool.service.checks import Report

_FOUND = 1  # exit code: the check found something


@click.command()
@click.argument("shape")
@common.selection_options
@click.option("--item", "ids", metavar="QID", multiple=True, help="An item itself (repeatable).")
@click.option(
    "--live",
    is_flag=True,
    help="The items, and all that the shape looks at around them, as on the wiki now.",
)
@click.option("--file", metavar="FILE.jsonl", help="Entities as JSON; - reads stdin.")
@click.option("--label", metavar="IRI", help="Another shape of the schema than its start.")
@common.language_option
@common.output_options("table", "json", "csv", "wikitext")
def check(
    shape: str,
    selection: Selection | None,
    ids: tuple[str, ...],
    live: bool,
    file: str | None,
    label: str | None,
    language: str,
    format: str,
) -> None:
    """Judge entities by SHAPE: a name such as artwork, or the path of a ShExC file (….shex).

    Give a selection (what belongs to a partner), --item (items themselves) or --file. Exits with 1
    if something was found.
    """
    from kgtool.coverage.selection import OfItems, checked_ids
    from kgtool.service.check_tables import check_rows, check_wikitext

    if sum([selection is not None, bool(ids), file is not None]) != 1:
        raise UsageError(
            "Check what? Give a selection, or --item, or --file, and only one of them.",
            hint="For example: kgtool check artwork Q190804",
        )
    checks = common.kgtool().checks
    if live and ids:
        report = checks.of_live(shape, checked_ids(ids), language, label)
    elif file is not None:
        from kgtool.service.pasted import read_entities

        report = checks.of_entities(shape, read_entities(_read(file)), language, label, live=live)
    else:
        chosen = selection or OfItems(checked_ids(ids))
        report = checks.of_selection(shape, chosen, language=language, label=label, live=live)
    match format:
        case "json":
            common.write_json(report)
        case "csv":
            common.write_csv(*check_rows(report.findings))
        case "wikitext":
            text = check_wikitext(
                report.findings,
                report.shape,
                report.conforming,
                report.checked,
                language,
                report.as_of,
            )
            click.echo(text, nl=False)
        case _:
            _write_table(report)
    if report.findings:
        sys.exit(_FOUND)


def _write_table(report: Report) -> None:
    judged = ", ".join(f"{number:,} by {name}" for name, number in report.engine.items() if number)
    click.echo(
        f"{report.shape}: {report.checked:,} checked ({judged}), {report.conforming:,} conform, "
        f"{len(report.findings):,} findings"
    )
    if report.findings:
        common.write_table(
            ["item", "name", "severity", "constraint", "what to mend"],
            [
                [
                    one.node,
                    _short(one.name),
                    one.severity,
                    one.path[0] if one.path else "",
                    one.message,
                ]
                for one in report.findings
            ],
        )


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _read(file: str) -> bytes:
    try:
        with click.open_file(file, "rb") as opened:
            data: bytes = opened.read()
            return data
    except FileNotFoundError:
        raise NotFound(f"There is no file {file}.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error}.") from None
