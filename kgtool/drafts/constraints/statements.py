"""Constraints of whole statements: their qualifiers and references, and the item's others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from decimal import Decimal

from kgtool.drafts.constraints.rules import Constraint, Limit, unit_id
from kgtool.drafts.constraints.subject import New, Subject
from kgtool.drafts.dates import order
from kgtool.drafts.words import words
from kgtool.entities import (
    ConstraintIds,
    EntityIdValue,
    QuantityValue,
    Snak,
    Statement,
    Time,
    TimeValue,
    best_statements,
    snak_key,
)
from kgtool.messages.words import Param, Words

# How a value that is none is called here.
NO_VALUE, UNKNOWN = "novalue", "somevalue"


def about_statement(
    rule: Constraint, new: New, subject: Subject, ids: ConstraintIds
) -> Iterator[Words]:
    """What is wrong with a new or grown statement by a constraint of its property."""
    match rule.kind:
        case "required_qualifier" if new.whole:
            for property in rule.properties:
                if property not in new.statement.qualifiers:
                    yield words("qualifier-missing", property)
        case "citation_needed" if new.whole and not new.statement.references:
            yield words("wants-reference")
        case "single_value" | "single_best_value" if new.whole:
            yield from _single(rule, new.statement, subject)
        case "conflicts_with" if new.whole:
            yield from _conflicts(rule, subject)
        case "requires_statement" if new.whole:
            yield from _requires(rule, subject)
        case "difference" if new.whole:
            yield from _difference(rule, new.statement, subject, ids)


def forbidden_qualifiers(rules: list[Constraint], new: New, item: str) -> list[str]:
    """New qualifiers that the property's constraints do not allow; none where there are none."""
    several = [r for r in rules if r.kind == "allowed_qualifiers" and r.concerns(item)]
    allowed = {property for rule in several for property in rule.properties}
    return [one for one in new.qualifiers if one not in allowed] if several else []


def _single(rule: Constraint, statement: Statement, subject: Subject) -> Iterator[Words]:
    """More than one value where the separators are the same; ours among them."""
    standing = subject.claims.get(statement.mainsnak.property, [])
    if rule.kind == "single_best_value":
        standing = best_statements(standing)
    else:
        standing = [one for one in standing if one.rank != "deprecated"]
    if statement not in standing:
        return
    groups: dict[Hashable, set[Hashable]] = defaultdict(set)
    for one in standing:
        groups[_separated(one, rule)].add(snak_key(one.mainsnak))
    count = len(groups[_separated(statement, rule)])
    if count > 1:
        yield words("many-values" if rule.kind == "single_value" else "many-best-values", count)


def _separated(statement: Statement, rule: Constraint) -> Hashable:
    return frozenset(
        snak_key(snak)
        for property in rule.separators
        for snak in statement.qualifiers.get(property, [])
    )


def _conflicts(rule: Constraint, subject: Subject) -> Iterator[Words]:
    for property in rule.properties:
        for value in _sorted(_values(rule, property, subject)):
            yield (
                words("conflicts-value", property, value) if value else words("conflicts", property)
            )


def conflicting_values(rule: Constraint, subject: Subject) -> list[tuple[str, Param]]:
    """Of new statements, property and value that a constraint of a standing one rules out."""
    claims: dict[str, list[Statement]] = {}
    for new in subject.new:
        if new.whole:
            claims.setdefault(new.of, []).append(new.statement)
    ours = Subject(subject.id, claims, [])
    return [
        (property, value)
        for property in rule.properties
        for value in _sorted(_values(rule, property, ours))
    ]


def _requires(rule: Constraint, subject: Subject) -> Iterator[Words]:
    for property in rule.properties:
        if not _values(rule, property, subject):
            listed = ", ".join(sorted(rule.items, key=lambda id: int(id[1:]))[:5])
            yield (
                words("requires-one-of", property, listed)
                if listed
                else words("requires", property)
            )


def _sorted(values: set[str]) -> list[Param]:
    """Values in order, those that are none in words."""
    said: dict[str, Param] = {NO_VALUE: words("no-value-set"), UNKNOWN: words("unknown-value-set")}
    return [said.get(value, value) for value in sorted(values)]


def _values(rule: Constraint, property: str, subject: Subject) -> set[str]:
    """Values of a property that the item has, of those named; ``""`` for any where none is."""
    snaks = [s.mainsnak for s in subject.claims.get(property, []) if s.rank != "deprecated"]
    if not (rule.items or rule.nothing or rule.anything):
        return {""} if snaks else set()
    found = {
        snak.datavalue.value.id
        for snak in snaks
        if isinstance(snak.datavalue, EntityIdValue) and snak.datavalue.value.id in rule.items
    }
    found |= {NO_VALUE for s in snaks if s.snaktype == "novalue" and rule.nothing}
    return found | {UNKNOWN for s in snaks if s.snaktype == "somevalue" and rule.anything}


def _difference(
    rule: Constraint, statement: Statement, subject: Subject, ids: ConstraintIds
) -> Iterator[Words]:
    """Ours less the other's is not between the limits, however exactly both are known."""
    for property in rule.properties:
        for other in subject.claims.get(property, []):
            if other.rank == "deprecated":
                continue
            span = _span(statement.mainsnak, other.mainsnak, rule, ids)
            if span is None:
                continue
            low, high = span
            below = rule.least is not None and high < rule.least.number
            above = rule.most is not None and low > rule.most.number
            if below or above:
                yield words("difference", property, _written(rule.least), _written(rule.most))


def _span(
    ours: Snak, theirs: Snak, rule: Constraint, ids: ConstraintIds
) -> tuple[Decimal, Decimal] | None:
    """The least and the most that the difference may be, in the limits' unit; none if unlike."""
    units = {limit.unit for limit in (rule.least, rule.most) if limit is not None}
    match ours.datavalue, theirs.datavalue:
        case TimeValue(one), TimeValue(other) if units <= {ids.year, "1"}:
            if min(one.precision, other.precision) < 9:
                return None
            (a, b), (c, d) = _years(one), _years(other)
            return a - d, b - c
        case QuantityValue(one), QuantityValue(other) if unit_id(one.unit) == unit_id(
            other.unit
        ) and units <= {unit_id(one.unit), "1"}:
            difference = Decimal(one.amount) - Decimal(other.amount)
            return difference, difference
    return None


def _years(time: Time) -> tuple[Decimal, Decimal]:
    """The first and the last instant of a time in years; months count as twelfths."""
    year, month, day = order(time)
    year = year + 1 if year < 0 else year  # there is no year 0
    begin = Decimal(year)
    width = Decimal(1)
    if time.precision >= 10 and month:
        begin, width = begin + Decimal(month - 1) / 12, Decimal(1) / 12
    if time.precision >= 11 and day:
        begin, width = begin + Decimal(day - 1) / 372, Decimal(1) / 372
    # The last instant is before the next begins.
    return begin, begin + width - Decimal("0.000001")


def _written(limit: Limit | None) -> str:
    return str(limit.number) if limit else "…"
