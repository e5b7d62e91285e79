"""Findings in sentences for people."""

from __future__ import annotations

from collections.abc import Mapping

from kgtool.checks.findings import Fault, Finding
from kgtool.checks.wanted import entities, naming, values
from kgtool.entities.language import fallback
from kgtool.messages import languages
from kgtool.messages.words import Words


def spoken(texts: Mapping[str, str], language: str) -> str:
    """The text that serves a reader best, ``""`` if there is none."""
    return next((texts[code] for code in fallback(language) if code in texts), "")


def in_ours(texts: Mapping[str, str]) -> Words | None:
    """What there is of texts in the languages of the messages; English first."""
    ours = tuple((code, texts[code]) for code in languages() if code in texts)
    return Words(texts=ours) if ours else None


def sentence(
    finding: Finding,
    label: str | Words,
    help: str | Words | None,
    names: Mapping[str, str | Words],
) -> Words:
    """What is wrong, and with ``help`` what to do about it.

    ``label`` names the property or the constraint to the reader, ``names`` the items and properties
    of :func:`mentioned`.
    """
    fault = finding.fault
    got, wanted = _values(fault, names), fault.wanted
    if isinstance(wanted, Words):
        wanted = naming(wanted, names)
    match fault.kind:
        case "missing":
            said = Words("check-missing", (label,))
        case "value" if fault.path:
            said = Words("check-value", (label, got, wanted))
        case "value":
            said = Words("check-node", (wanted,))
        case "many":
            said = Words("check-many", (label, wanted, got))
        case "unexpected":
            said = Words("check-unexpected", (got, wanted))
        case "forbidden":
            said = Words("check-forbidden", (label or finding.node, wanted))
        case "combination":
            said = Words("check-combination", (wanted, got))
        case "verdict":
            said = Words("check-verdict", (wanted,))
    return Words("check-with-help", (said, help)) if help else said


def mentioned(finding: Finding) -> set[str]:
    """Ids of items and properties that the sentence about a finding mentions."""
    return entities(finding.fault.wanted) | entities(_values(finding.fault, {}))


def _values(fault: Fault, names: Mapping[str, str | Words]) -> str | Words:
    return naming(values(fault.got), names) if fault.got else ""
