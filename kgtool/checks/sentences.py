"""Findings in sentences for people."""

from __future__ import annotations

from collections.abc import Mapping

from kgtool.checks.findings import Finding
from kgtool.entities.language import fallback
from kgtool.messages import say


def spoken(texts: Mapping[str, str], language: str) -> str:
    """The text that serves a reader best, ``""`` if there is none."""
    return next((texts[code] for code in fallback(language) if code in texts), "")


def sentence(finding: Finding, language: str, label: str) -> str:
    """What is wrong, and what to do about it where the schema says so.

    ``label`` names the property or the constraint to the reader. Values stand as ShEx has them.
    """
    fault = finding.fault
    got = ", ".join(fault.got)
    match fault.kind:
        case "missing":
            said = say(language, "check-missing", label)
        case "value" if fault.path:
            said = say(language, "check-value", label, got, fault.expected)
        case "value":
            said = say(language, "check-node", fault.expected)
        case "many":
            said = say(language, "check-many", label, fault.expected, got)
        case "unexpected":
            said = say(language, "check-unexpected", got, fault.expected)
        case "forbidden":
            said = say(language, "check-forbidden", label or finding.node, fault.expected)
        case "combination":
            said = say(language, "check-combination", fault.expected, got)
        case "verdict":
            said = say(language, "check-verdict", fault.expected)
    help = spoken(fault.help, language)
    return say(language, "check-with-help", said, help) if help else said
