"""The command ``kgtool coverage``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kgtool.cli import common

if TYPE_CHECKING:
    from kgtool.coverage.matrix import Matrix
    from kgtool.coverage.selection import Selection


@click.command()
@common.selection_options
@click.option(
    "--by",
    metavar="MEASURE",
    help="Group by type, collection, country, decade, a property's values or any measure.",
)
@click.option(
    "--measure",
    "measures",
    metavar="MEASURE",
    multiple=True,
    help="What to measure of every item (repeatable). Default: what the shapes expect.",
)
@common.rank_option
@common.language_option
@common.output_options("table", "csv", "json", "wikitext", "svg")
def coverage(
    selection: Selection | None,
    by: str | None,
    measures: tuple[str, ...],
    rank: str,
    language: str,
    format: str,
) -> None:
    """Say how much of each measure a selection has, in all and by groups.

    With several QIDs, one answer for each. Without --measure, a measure is expected only of the
    kinds of items whose shape names it; what is named by --measure is expected of every item.
    """
    from kgtool.coverage import written
    from kgtool.coverage.selection import OfPartners

    chosen = common.needed(selection)
    tool = common.kgtool()
    each: list[Selection] = [chosen]
    if isinstance(chosen, OfPartners):
        each = [OfPartners((qid,), chosen.role) for qid in chosen.qids]
    matrices = [
        tool.coverage.matrix(one, by, list(measures) or None, rank=rank, language=language)
        for one in each
    ]
    if format != "json":  # which has them itself
        common.warn(text for matrix in matrices for text in matrix.warnings)
    match format:
        case "json":
            answers = [matrix.answer() for matrix in matrices]
            common.write_json(answers if len(answers) > 1 else answers[0])
        case "csv":
            common.write_csv(written.COLUMNS, (row for m in matrices for row in written.rows(m)))
        case "wikitext":
            for matrix in matrices:
                click.echo(written.wikitext(matrix))
        case "svg":
            click.echo(written.svg(matrices))
        case _:
            for matrix in matrices:
                _write_table(matrix)


def _write_table(matrix: Matrix) -> None:
    total = matrix.groups[0]
    name = total.label if total.label == matrix.partner else f"{total.label} ({matrix.partner})"
    click.echo(
        f"{name}: {common.items(total.items)}, {matrix.rank}, as of {matrix.as_of}, "
        f"generation {matrix.generation}"
    )
    shown = [measure for measure, asked in zip(matrix.measures, matrix.asked, strict=True) if asked]
    hidden = len(matrix.measures) - len(shown)
    if not matrix.by:
        head = [
            "measure",
            "share",
            "have",
            "no value",
            "unknown",
            "barred",
            "missing",
            "not expected",
        ]
        rows = []
        for measure in shown:
            cell = total.measures[measure]
            states = [cell.have, cell.no_value, cell.unknown_value, cell.barred, cell.missing]
            rows.append([measure, _percent(cell.share), *states, cell.not_expected])
        common.write_table(head, rows)
    else:
        common.write_table(
            ["group", "items", *shown],
            [
                [
                    _group_name(group.kind, group.group, group.label),
                    group.items,
                    *(_percent(group.measures[measure].share) for measure in shown),
                ]
                for group in matrix.groups
            ],
        )
    if hidden:
        click.echo(f"({hidden} measures of the shapes are not expected of these items.)")


def _group_name(kind: str, group: str | None, label: str) -> str:
    match kind:
        case "total":
            return "all"
        case "value":
            return label if group in (None, label) else f"{label} ({group})"
        case _:
            return f"({kind})"


def _percent(share: float | None) -> common.Right | None:
    return None if share is None else common.Right(f"{share:.1%}")
