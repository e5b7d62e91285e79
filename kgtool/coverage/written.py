"""Matrices and worklists as people take them away: rows, wikitext, QuickStatements, a chart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote
from xml.sax.saxutils import escape

from kgtool.coverage.matrix import Matrix
from kgtool.coverage.worklist import Worklist

# Measures that name what an edit would write: a property, a term, a sitelink.
_WRITABLE = r"P\d+|[LDA][a-z-]+|S\w+"

COLUMNS = (
    "partner",
    "kind",
    "group",
    "label",
    "items",
    "measure",
    "have",
    "no_value",
    "unknown_value",
    "barred",
    "missing",
    "not_expected",
    "share",
)


def rows(matrix: Matrix) -> Iterator[tuple[object, ...]]:
    """One row for each group and measure, under COLUMNS."""
    for group in matrix.groups:
        head = (matrix.partner, group.kind, group.group or "", group.label, group.items)
        for measure, cell in group.measures.items():
            yield (
                *head,
                measure,
                cell.have,
                cell.no_value,
                cell.unknown_value,
                cell.barred,
                cell.missing,
                cell.not_expected,
                "" if cell.share is None else round(cell.share, 6),
            )


def wikitext(matrix: Matrix) -> str:
    """A sortable wiki table of shares: groups × the measures that are expected."""
    shown = _asked(matrix)
    lines = [
        '{| class="wikitable sortable"',
        f"|+ {_plain(matrix.groups[0].label)}, {matrix.as_of}",
        "! Group !! Items !! " + " !! ".join(_column_link(measure) for measure in shown),
    ]
    for group in matrix.groups:
        cells = []
        for measure in shown:
            share = group.measures[measure].share
            sort = -1 if share is None else round(share, 6)
            text = "–" if share is None else f"{share:.1%}"
            cells.append(f'data-sort-value="{sort}" | {text}')
        name = "All" if group.kind == "total" else _item_link(group.group, group.label, group.kind)
        lines += ["|-", f"| {name} || {group.items} || " + " || ".join(cells)]
    return "\n".join([*lines, "|}"])


def worklist_wikitext(worklist: Worklist) -> str:
    """A numbered list with a link to each item."""
    return "\n".join(f"# {_item_link(item.id, item.label, '')}" for item in worklist.items)


def quickstatements(worklist: Worklist, missing: Sequence[str]) -> str:
    """A skeleton in QuickStatements V1: a line for each item and missing measure, values empty.

    The value is left for a person to fill in; QuickStatements refuses a line without one. What is
    neither a property nor a term stands as a comment.
    """
    lines = [
        f"{item.id}\t{measure}\t"
        if re.fullmatch(_WRITABLE, measure)
        else f"/* {item.id} lacks {measure} */"
        for item in worklist.items
        for measure in missing
    ]
    return "".join(f"{line}\n" for line in lines)


def prefilled(worklist: Worklist, missing: Sequence[str], base: str) -> dict[str, str]:
    """Item → the address under which QuickStatements opens with a line for it, its value empty.

    ``base`` is the beginning of such addresses; nothing without it, or where what is missing is
    not one property, term or sitelink.
    """
    if not base or len(missing) != 1 or not re.fullmatch(_WRITABLE, missing[0]):
        return {}
    value = '""' if missing[0][0] != "P" else ""
    lines = {item.id: f"{item.id}|{missing[0]}|{value}" for item in worklist.items}
    return {id: f"{base}{quote(line, safe='')}" for id, line in lines.items()}


def for_openrefine(worklist: Worklist, missing: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Rows for OpenRefine, the head first: the ids to be taken as matches, and a column to fill.

    The column of ids is called ``item``: reconcile it by *use values as identifiers*.
    """
    yield ("item", "label", *missing)
    for one in worklist.items:
        yield (one.id, one.label, *("" for _ in missing))


def svg(matrices: Sequence[Matrix]) -> str:
    """A bar for each measure of each matrix that is expected: how much of it is there."""
    bars: list[str] = []
    y = 10
    for matrix in matrices:
        total = matrix.groups[0]
        title = f"{total.label}, {total.items:,} items, {matrix.as_of[:10]}"
        bars.append(f'<text x="10" y="{y + 15}" font-weight="bold">{_xml(title)}</text>')
        y += 28
        for measure in _asked(matrix):
            share = total.measures[measure].share
            text = "–" if share is None else f"{share:.1%}"
            width = 0 if share is None else round(300 * share, 1)
            bars.append(
                f'<text x="10" y="{y + 13}">{_xml(measure)}</text>'
                f'<rect x="230" y="{y}" width="300" height="16" fill="#e8e8e8"/>'
                f'<rect x="230" y="{y}" width="{width}" height="16" fill="#2f6f9f"/>'
                f'<text x="540" y="{y + 13}">{text}</text>'
            )
            y += 22
        y += 12
    names = ", ".join(matrix.groups[0].label for matrix in matrices)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 {y}" width="620" height="{y}" '
        f'role="img" aria-label="{_xml(f"Coverage of {names}")}" font-family="sans-serif" '
        f'font-size="13">{"".join(bars)}</svg>'
    )


def _asked(matrix: Matrix) -> list[str]:
    return [name for name, asked in zip(matrix.measures, matrix.asked, strict=True) if asked]


def _column_link(measure: str) -> str:
    return f"{{{{P|{measure}}}}}" if re.fullmatch(r"P\d+", measure) else measure


def _item_link(group: str | None, label: str, kind: str) -> str:
    if group is None:
        return f"({kind})"
    return f"[[{group}|{_plain(label)}]]" if re.fullmatch(r"Q\d+", group) else _plain(label)


def _plain(text: str) -> str:
    """A text that wikitext shows as it is."""
    return re.sub(r"[\[\]{}|<>'=&~\n]", lambda found: f"&#{ord(found[0])};", text)


def _xml(text: str) -> str:
    printable = "".join(c for c in text if c.isprintable())
    return escape(printable, {'"': "&quot;"})
