"""What was found by shapes, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from kgtool.checks.findings import Fault, Finding
from kgtool.checks.sentences import in_ours, mentioned, sentence, spoken
from kgtool.drafts import Finding as DraftFinding
from kgtool.drafts.draft import finding
from kgtool.entities import Profile
from kgtool.messages.words import Words, told
from kgtool.service.labels import Labels
from kgtool.service.survey import Constraint

# What a finding's severity means for a draft: nothing of a shape forbids writing by itself.
_LEVELS: dict[str, Any] = {"required": "important", "recommended": "warning", "suggested": "info"}


class Told(Struct, frozen=True):
    """A finding as scripts and people read it; ``message`` is in the reader's language.

    ``name`` is the label of the node, ``label`` what the property or constraint is called, ``link``
    where to mend it (``""`` for a draft).
    """

    node: str
    name: str
    shape: str
    path: tuple[str, ...]
    property: str
    label: str
    kind: str
    constraint: str
    expected: str
    got: tuple[str, ...]
    severity: str
    message: str
    link: str


class CheckWords:
    """Tells findings in the reader's language."""

    def __init__(self, profile: Profile, labels: Labels) -> None:
        self._profile, self._labels = profile, labels

    def told(
        self, findings: Iterable[Finding], names: Mapping[str, str], language: str
    ) -> list[Told]:
        """Findings in words. ``names`` are the labels of nodes."""
        found = list(findings)
        called = self._names(_named_in(found), language)
        return [self._told(one, names, called, language) for one in found]

    def _told(
        self, one: Finding, names: Mapping[str, str], called: Mapping[str, str], language: str
    ) -> Told:
        fault = one.fault
        named = _named(fault, spoken(fault.labels, language), called)
        is_new = one.node in ("", "new")
        link = "" if is_new else self._profile.page_url(one.node)
        return Told(
            one.node,
            names.get(one.node, one.node),
            fault.shape,
            fault.path,
            fault.property,
            told(named, language),
            fault.kind,
            fault.constraint,
            fault.expected,
            fault.got,
            fault.severity,
            sentence(one, named, spoken(fault.help, language), called).told(language),
            f"{link}#{fault.property}" if link and fault.property else link,
        )

    def constraints(self, constraints: Iterable[Constraint], language: str) -> list[str]:
        """What constraints are called."""
        found = list(constraints)
        called = self._names({one.property for one in found} - {""}, language)
        return [
            spoken(one.labels, language) or called.get(one.property) or one.constraint
            for one in found
        ]

    def of_drafts(self, findings: Iterable[Finding]) -> list[DraftFinding]:
        """Findings as plans have them: in words that any language can tell later."""
        found = list(findings)
        if not found:
            return []
        called = self._labels.words(_named_in(found))
        return [_of_draft(one, called) for one in found]

    def _names(self, ids: Iterable[str], language: str) -> dict[str, str]:
        return {id: text for id, (text, _) in self._labels.of(ids, language).items()}


def _of_draft(one: Finding, called: Mapping[str, Words]) -> DraftFinding:
    fault = one.fault
    said = sentence(one, _named(fault, in_ours(fault.labels), called), in_ours(fault.help), called)
    return finding(_LEVELS[fault.severity], f"shape-{fault.kind}", said, fault.property)


def _named(
    fault: Fault, label: str | Words | None, called: Mapping[str, str | Words]
) -> str | Words:
    """What the constraint is called: ``label`` or the property's, and of what is within, theirs."""
    named: str | Words = label or called.get(fault.property) or "".join(fault.path[:1])
    for step in fault.path[1:]:
        inner: str | Words = called.get(_property(step), step)
        if step == "prov:wasDerivedFrom":
            inner = Words("check-reference")
        named = Words("check-within", (named, inner))
    return named


def _named_in(findings: Iterable[Finding]) -> set[str]:
    """Ids of the properties and items that are named when findings are told."""
    named: set[str] = set()
    for one in findings:
        named |= {_property(step) for step in one.fault.path} | mentioned(one)
    return named - {""}


def _property(step: str) -> str:
    """``P195`` of ``pq:P195``, ``""`` of ``rdfs:label``."""
    name = step.rpartition(":")[2]
    return name if name[:1] == "P" and name[1:].isdecimal() else ""
