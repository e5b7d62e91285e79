"""Reports of checks as people take them away: rows and wikitext."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from kgtool.messages import direction, say
from kgtool.reports.document import Cell, Document, ItemLink, Section, Table
from kgtool.reports.wikitext import wikitext
from kgtool.service.check_words import Told

CHECK_COLUMNS = (
    "node",
    "name",
    "severity",
    "property",
    "label",
    "path",
    "kind",
    "expected",
    "got",
    "message",
    "link",
)


def check_rows(findings: Iterable[Told]) -> tuple[tuple[str, ...], Iterator[tuple[str, ...]]]:
    """The head line, and one row for each finding."""
    return CHECK_COLUMNS, map(_row, findings)


def check_wikitext(
    findings: Iterable[Told],
    title: str,
    conforming: int,
    checked: int,
    language: str,
    as_of: str | None,
) -> str:
    """A sortable wiki table of the findings, in the language that they are told in.

    ``title`` says what was checked; ``as_of`` of when it is (ISO 8601), where that is known.
    """
    title = say(language, "checks-title", title)
    heads = ("worklist-item", "checks-severity", "checks-constraint", "checks-message")
    cells: list[list[Cell]] = [
        [
            ItemLink(one.node, one.name),
            say(language, f"severity-{one.severity}"),
            ItemLink(one.property, one.label),
            one.message,
        ]
        for one in findings
    ]
    table = Table(title, [say(language, head) for head in heads], cells) if cells else None
    said = [say(language, "checks-lead", conforming, checked)]
    dated = say(language, "publish-as-of", datetime.fromisoformat(as_of)) if as_of else ""
    document = Document(
        language, direction(language), title, said, [Section(title, [], table)], dated
    )
    return wikitext(document, heading=False)


def _row(one: Told) -> tuple[str, ...]:
    return (
        one.node,
        one.name,
        one.severity,
        one.property,
        one.label,
        " / ".join(one.path),
        one.kind,
        one.expected,
        "; ".join(one.got),
        one.message,
        one.link,
    )
