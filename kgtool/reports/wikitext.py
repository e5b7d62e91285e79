"""A document as wikitext, ready to paste: nothing in it can become markup by chance."""

from __future__ import annotations

import re

from kgtool.messages import number
from kgtool.partners.wikitext import plain
from kgtool.reports.document import UNKNOWN, Cell, Document, Table, WebLink

_ITEM = re.compile(r"Q[1-9]\d*")
_PROPERTY = re.compile(r"P[1-9]\d*")


def wikitext(document: Document, *, heading: bool = True) -> str:
    """The document under headings of level 2 and 3; items are linked on Wikidata (``d:``).

    Without ``heading``, what stands below them: for a section of a page that has its own.
    """
    lines = [f"== {plain(document.title)} ==", ""] if heading else []
    lines += [plain(" ".join(document.lead)), ""] if document.lead else []
    for section in document.sections:
        lines += [f"=== {plain(section.heading)} ===", ""] if heading else []
        for sentence in section.sentences:
            lines += [plain(sentence), ""]
        if section.table is not None:
            lines += [*_table(section.table, document.language), ""]
    if document.as_of:
        lines.append(f"<small>{plain(document.as_of)}</small>")
    return "\n".join(lines) + "\n"


def _table(table: Table, language: str) -> list[str]:
    lines = [
        '{| class="wikitable sortable"',
        f"|+ {plain(table.caption)}",
        "! " + " !! ".join(plain(column) for column in table.columns),
    ]
    for first, *others in table.rows:
        lines += ["|-", f'! scope="row" | {_cell(first, language)}']
        lines += [f"| {_cell(cell, language)}" for cell in others]
    return [*lines, "|}"]


def _cell(cell: Cell, language: str) -> str:
    match cell:
        case None:
            return UNKNOWN
        case int():
            return number(language, cell)
        case str():
            return plain(cell)
        case WebLink():
            return f"[{cell.address} {plain(cell.text)}]"
    if _ITEM.fullmatch(cell.id):
        return f"[[d:{cell.id}|{plain(cell.label)}]]"
    if _PROPERTY.fullmatch(cell.id):
        return f"[[d:Property:{cell.id}|{plain(cell.label)}]]"
    return plain(cell.label)
