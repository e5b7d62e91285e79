"""Reports of checks as people take them away: rows and wikitext."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgtool.service.checks import Report, Told

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


def check_rows(report: Report) -> tuple[tuple[str, ...], Iterator[tuple[str, ...]]]:
    """The head line, and one row for each finding."""
    return CHECK_COLUMNS, map(_row, report.findings)


def check_wikitext(report: Report) -> str:
    """A sortable wiki table of the findings."""
    lines = [
        '{| class="wikitable sortable"',
        f"|+ {_plain(report.shape)}: {report.conforming} / {report.checked}",
        "! Item !! Severity !! Property !! Finding",
    ]
    for one in report.findings:
        item = f"[[{one.node}|{_plain(one.name)}]]" if _is_id(one.node) else _plain(one.node)
        property = f"{{{{P|{one.property}}}}}" if one.property else _plain(one.label)
        lines += ["|-", f"| {item} || {one.severity} || {property} || {_plain(one.message)}"]
    return "\n".join([*lines, "|}"])


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


def _is_id(text: str) -> bool:
    return re.fullmatch(r"[QP][1-9]\d*", text) is not None


def _plain(text: str) -> str:
    """A text that wikitext shows as it is."""
    return re.sub(r"[\[\]{}|<>'=&~\n]", lambda found: f"&#{ord(found[0])};", text)
