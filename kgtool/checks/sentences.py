"""Findings in sentences for people."""

from __future__ import annotations

from collections.abc import Mapping

from kgtool.checks.report import Finding
from kgtool.entities.language import fallback
from kgtool.messages import say


def spoken(texts: Mapping[str, str], language: str) -> str:
    """The text that serves a reader best, ``""`` if there is none."""
    return next((texts[code] for code in fallback(language) if code in texts), "")


def sentence(finding: Finding, language: str, label: str) -> str:
    """What is wrong, and what to do about it where the schema says so.

    ``label`` names the property or the constraint to the reader. Values stand as ShEx has them.
    """
    got = ", ".join(finding.got)
    match finding.kind:
        case "missing":
            said = say(language, "check-missing", label)
        case "value" if finding.path:
            said = say(language, "check-value", label, got, finding.expected)
        case "value":
            said = say(language, "check-node", finding.expected)
        case "many":
            said = say(language, "check-many", label, finding.expected, got)
        case "unexpected":
            said = say(language, "check-unexpected", got, finding.expected)
        case "forbidden":
            said = say(language, "check-forbidden", label or finding.node, finding.expected)
        case "combination":
            said = say(language, "check-combination", finding.expected, got)
        case "verdict":
            said = say(language, "check-verdict", finding.expected)
    help = spoken(finding.help, language)
    return say(language, "check-with-help", said, help) if help else said
