"""Coverage and worklists as documents, for pages of a wiki."""

from __future__ import annotations

from collections.abc import Mapping
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
