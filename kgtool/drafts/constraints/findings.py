"""All that constraints say against what a draft would add, as findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kgtool.drafts.constraints.rules import KINDS, Constraint, Kind
from kgtool.drafts.constraints.statements import (
    about_statement,
    conflicting_values,
    forbidden_qualifiers,
)
from kgtool.drafts.constraints.subject import New, Subject, subject_of
from kgtool.drafts.constraints.values import about_value, unreadable
from kgtool.drafts.diff import Diff
from kgtool.drafts.draft import Draft, Finding, Level, finding
from kgtool.drafts.words import words
from kgtool.entities import Item, Profile
from kgtool.messages.words import Words

# As OpenRefine rates them.
_LEVELS: dict[Kind, Level] = {
    "format": "important",
    "one_of": "important",
    "none_of": "important",
    "integer": "important",
    "no_bounds": "important",
    "units": "important",
    "entity_types": "warning",
    "property_scope": "important",
    "allowed_qualifiers": "warning",
    "required_qualifier": "warning",
    "citation_needed": "important",
    "single_value": "warning",
    "single_best_value": "warning",
    "distinct_values": "important",
    "conflicts_with": "warning",
    "requires_statement": "warning",
    "difference": "warning",
}
_UNREADABLE = "format-unchecked"
# The codes of all these findings: they are made anew when a person decides a row.
CODES = frozenset(kind.replace("_", "-") for kind in KINDS) | {_UNREADABLE}


def constraint_findings(
    draft: Draft,
    rules: Mapping[str, Sequence[Constraint]],
    profile: Profile,
    *,
    item: Item | None = None,
    changes: Diff | None = None,
) -> list[Finding]:
    """What constraints say; ``rules`` are those of each property, as far as known.

    Of the item that is created, or of ``changes`` to ``item``. That values are distinct is another
    question (:class:`Distinct`).
    """
    subject = subject_of(draft, item, changes)
    found = [one for new in subject.new for one in _of(new, subject, rules, profile)]
    return list(dict.fromkeys([*found, *_of_standing(subject, rules)]))


def level_of(rule: Constraint) -> Level:
    """How grave it is to go against a constraint."""
    if rule.status == "suggestion":
        return "info"
    return "important" if rule.status == "mandatory" else _LEVELS[rule.kind]


def _of(
    new: New, subject: Subject, rules: Mapping[str, Sequence[Constraint]], profile: Profile
) -> Iterator[Finding]:
    ids = profile.constraints
    for placed in new.snaks:
        property = placed.snak.property
        for rule in rules.get(property, ()):
            if not rule.concerns(subject.id, placed.position):
                continue
            if unreadable(rule):
                yield finding("info", _UNREADABLE, words("pattern-unread", rule.pattern), property)
            for said in about_value(rule, placed, ids):
                yield _finding(rule, said, property)
    own = rules.get(new.of, ())
    for rule in own:
        if rule.concerns(subject.id):
            for said in about_statement(rule, new, subject, ids):
                yield _finding(rule, said, new.of)
    for property in forbidden_qualifiers(list(own), new, subject.id):
        rule = next(one for one in own if one.kind == "allowed_qualifiers")
        yield _finding(rule, words("not-its-qualifier", property), new.of)


def _of_standing(subject: Subject, rules: Mapping[str, Sequence[Constraint]]) -> Iterator[Finding]:
    """What properties that the item has already say against what is new."""
    added = {new.of for new in subject.new if new.whole}
    for property, statements in subject.claims.items():
        if property in added or all(one.rank == "deprecated" for one in statements):
            continue
        for rule in rules.get(property, ()):
            if rule.kind != "conflicts_with" or not rule.concerns(subject.id):
                continue
            for other, value in conflicting_values(rule, subject):
                said = words("standing-conflicts", property, other)
                if value:
                    said = words("standing-conflicts-value", property, other, value)
                yield _finding(rule, said, other)


def _finding(rule: Constraint, said: Words, where: str) -> Finding:
    return finding(level_of(rule), rule.kind.replace("_", "-"), said, where)
