"""Coverage, worklists and answers to queries as documents, for pages of a wiki."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from kgtool.coverage.matrix import Matrix
from kgtool.coverage.worklist import Worklist
from kgtool.messages import direction, percent, say
from kgtool.reports.document import Cell, Document, ItemLink, Section, Table


def coverage_document(matrix: Matrix, language: str, names: Mapping[str, str]) -> Document:
    """The shares of what is expected, a row a group; ``names`` are what measures are called."""
    asked = [m for m, asked in zip(matrix.measures, matrix.asked, strict=True) if asked]
    total = matrix.groups[0].label
    rows: list[list[Cell]] = []
    for group in matrix.groups:
        label = say(language, "publish-all") if group.kind == "total" else group.label
        if group.kind in ("none", "unknown"):
            label = say(
                language, "publish-none-group" if group.kind == "none" else "publish-unknown-group"
            )
        is_item = group.kind == "value" and (group.group or "").startswith("Q")
        head: Cell = ItemLink(group.group or "", label) if is_item else label
        shares: list[Cell] = [percent(language, group.measures[name].share) for name in asked]
        rows.append([head, group.items, *shares])
    heads = [say(language, "publish-group"), say(language, "report-column-items")]
    heads += [names.get(name, name) for name in asked]
    title = say(language, "publish-coverage-title", total)
    return Document(
        language,
        direction(language),
        title,
        [],
        [Section(title, [], Table(title, heads, rows))],
        say(language, "publish-as-of", datetime.fromisoformat(matrix.as_of)),
    )


def compared_document(
    matrices: Sequence[Matrix], language: str, names: Mapping[str, str], as_of: str
) -> Document:
    """The shares of some measures, a row a partner; ``names`` are what the measures are called."""
    rows: list[list[Cell]] = []
    for matrix in matrices:
        total = matrix.groups[0]
        shares: list[Cell] = [percent(language, total.measures[name].share) for name in names]
        rows.append([ItemLink(matrix.partner, total.label), total.items, *shares])
    heads = [say(language, "report-column-partner"), say(language, "report-column-items")]
    title = say(language, "compare-title")
    table = Table(title, [*heads, *names.values()], rows)
    none = [] if rows else [say(language, "compare-none")]
    section = Section(title, none, table if rows else None)
    dated = say(language, "publish-as-of", datetime.fromisoformat(as_of))
    return Document(language, direction(language), title, [], [section], dated)


def worklist_document(found: Worklist, said: str, language: str, as_of: str, of: str) -> Document:
    """Items to work on; ``said`` says what they lack, ``of`` whose they are."""
    rows: list[list[Cell]] = [[ItemLink(one.id, one.label), one.id] for one in found.items]
    title = say(language, "publish-worklist-title", of)
    shown = len(found.items)
    sentences = [said]
    if shown < found.count:
        sentences.append(say(language, "publish-shown", shown, found.count))
    heads = [say(language, "changes-item"), say(language, "publish-id")]
    table = Table(said, heads, rows) if rows else None
    if table is None:
        sentences.append(say(language, "worklist-empty"))
    return Document(
        language,
        direction(language),
        title,
        [],
        [Section(title, sentences, table)],
        say(language, "publish-as-of", datetime.fromisoformat(as_of)),
    )


def query_document(
    question: str,
    columns: list[str],
    rows: Sequence[Sequence[str | int | float | None]],
    labels: Mapping[str, tuple[str, str]],
    language: str,
    as_of: str,
) -> Document:
    """The answer to a query; ids of entities are shown by their ``labels``, of their language.

    ``as_of`` (ISO 8601) is empty where it is not known of when the data is.
    """

    def cell(value: str | int | float | None) -> Cell:
        if isinstance(value, str) and re.fullmatch(r"[PQ][1-9]\d*", value):
            return ItemLink(value, *labels.get(value, (value, "")))
        return value if isinstance(value, int) else "" if value is None else str(value)

    table = Table(question, columns, [[cell(value) for value in row] for row in rows])
    dated = say(language, "publish-as-of", datetime.fromisoformat(as_of)) if as_of else ""
    none = [] if rows else [say(language, "query-empty")]
    section = Section(question, none, table if rows else None)
    return Document(language, direction(language), question, [], [section], dated)
