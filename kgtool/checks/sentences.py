"""Findings in sentences for people."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kgtool.checks.findings import Finding
from kgtool.entities.language import fallback
from kgtool.messages import languages
from kgtool.messages.words import Words

# How :func:`kgtool.checks.wording.cardinality` says how many are wanted.
_HOW_MANY = {
    "or-more": re.compile(r"(\d+) or more"),
    "exactly": re.compile(r"exactly (\d+)"),
    "at-most": re.compile(r"at most (\d+)"),
    "between": re.compile(r"(\d+) to (\d+)"),
    "none": re.compile(r"none"),
}


def spoken(texts: Mapping[str, str], language: str) -> str:
    """The text that serves a reader best, ``""`` if there is none."""
    return next((texts[code] for code in fallback(language) if code in texts), "")


def in_ours(texts: Mapping[str, str]) -> Words | None:
    """What there is of texts in the languages of the messages; English first."""
    ours = tuple((code, texts[code]) for code in languages() if code in texts)
    return Words(texts=ours) if ours else None


def sentence(finding: Finding, label: str | Words, help: str | Words | None) -> Words:
    """What is wrong, and with ``help`` what to do about it.

    ``label`` names the property or the constraint to the reader. Values stand as ShEx has them.
    """
    fault = finding.fault
    got = ", ".join(fault.got)
    match fault.kind:
        case "missing":
            said = Words("check-missing", (label,))
        case "value" if fault.path:
            said = Words("check-value", (label, got, fault.expected))
        case "value":
            said = Words("check-node", (fault.expected,))
        case "many":
            said = Words("check-many", (label, _how_many(fault.expected), got))
        case "unexpected":
            said = Words("check-unexpected", (got, fault.expected))
        case "forbidden":
            said = Words("check-forbidden", (label or finding.node, fault.expected))
        case "combination":
            said = Words("check-combination", (fault.expected, got))
        case "verdict":
            said = Words("check-verdict", (fault.expected,))
    return Words("check-with-help", (said, help)) if help else said


def _how_many(expected: str) -> str | Words:
    for name, form in _HOW_MANY.items():
        found = form.fullmatch(expected)
        if found:
            return Words(f"check-many-{name}", tuple(map(int, found.groups())))
    return expected
