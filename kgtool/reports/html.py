"""A document as HTML: for a page of ours, or as a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from kgtool.messages import number
from kgtool.reports.document import UNKNOWN, Cell, Document, ItemLink, Table, WebLink

_ITEM = re.compile(r"Q[1-9]\d*")
_NUMBER = ' class="number"'
_STYLE = (
    "body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;line-height:1.5}"
    "table{border-collapse:collapse;margin:1rem 0}caption{text-align:start;font-weight:600}"
    "th,td{border:1px solid #999;padding:.3rem .6rem;text-align:start}"
    ".number{text-align:end}.unseen{display:none}"
)


def fragment(document: Document, page_url: Callable[[str], str]) -> str:
    """Everything but the title; ``page_url`` gives the address of an item."""
    parts = []
    if document.lead:
        parts.append(f'<p class="lead">{escape(" ".join(document.lead))}</p>')
    for section in document.sections:
        parts.append(f"<h2>{escape(section.heading)}</h2>")
        parts += [f"<p>{escape(sentence)}</p>" for sentence in section.sentences]
        if section.table is not None:
            parts += _table(section.table, section.heading, document.language, page_url)
    if document.as_of:
        parts.append(f'<p class="quiet"><small>{escape(document.as_of)}</small></p>')
    return "\n".join(parts) + "\n"


def file(document: Document, page_url: Callable[[str], str]) -> str:
    """A file that any browser shows, with nothing to fetch from elsewhere."""
    title = escape(document.title)
    return (
        f'<!doctype html>\n<html lang="{escape(document.language)}" dir="{document.direction}">\n'
        f'<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        f"{fragment(document, page_url)}</body>\n</html>\n"
    )


def _table(table: Table, heading: str, language: str, page_url: Callable[[str], str]) -> list[str]:
    caption = escape(table.caption)
    counted = [
        any(isinstance(one, int) for one in cells) and all(_is_figure(one) for one in cells)
        for cells in zip(*table.rows, strict=True)
    ]
    heads = [
        f'<th scope="col"{_NUMBER if numbers else ""}>{escape(column)}</th>'
        for column, numbers in zip(
            table.columns, counted or [False] * len(table.columns), strict=True
        )
    ]
    unseen = ' class="unseen"' if table.caption == heading else ""
    lines = [
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}">',
        f"<table><caption{unseen}>{caption}</caption>",
        f"<thead><tr>{''.join(heads)}</tr></thead>",
        "<tbody>",
    ]
    for first, *others in table.rows:
        cells = [f'<th scope="row">{_cell(first, language, page_url)}</th>']
        cells += [
            f"<td{_NUMBER}>{_cell(cell, language, page_url)}</td>"
            if _is_figure(cell)
            else f"<td>{_cell(cell, language, page_url)}</td>"
            for cell in others
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return [*lines, "</tbody></table>", "</div>"]


def _is_figure(cell: Cell) -> bool:
    return cell is None or isinstance(cell, int)


def _cell(cell: Cell, language: str, page_url: Callable[[str], str]) -> str:
    match cell:
        case None:
            return UNKNOWN
        case int():
            return number(language, cell)
        case str():
            return f"<bdi>{escape(cell)}</bdi>"
        case WebLink():
            return f'<a href="{escape(cell.address)}"><bdi>{escape(cell.text)}</bdi></a>'
        case ItemLink():
            spoken = f' lang="{escape(cell.language)}"' if cell.language else ""
            name = f"<bdi{spoken}>{escape(cell.label)}</bdi>"
            if not _ITEM.fullmatch(cell.id):
                return name
            return f'<a href="{escape(page_url(cell.id))}">{name}</a>'
