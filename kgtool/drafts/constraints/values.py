"""Constraints of single snaks: the form of a value, which may be, where a property stands."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from kgtool.drafts.constraints.rules import Constraint, Position, unit_id
from kgtool.drafts.constraints.subject import Placed
from kgtool.drafts.words import words
from kgtool.entities import ConstraintIds, EntityIdValue, QuantityValue, Snak, StringValue
from kgtool.messages.words import Param, Words

_POSITIONS: tuple[Position, ...] = ("main", "qualifier", "reference")


def about_value(rule: Constraint, placed: Placed, ids: ConstraintIds) -> Iterator[Words]:
    """What is wrong with a snak by a constraint of its property; nothing for other kinds."""
    match rule.kind:
        case "format":
            yield from _format(rule, placed.snak)
        case "one_of" | "none_of":
            yield from _among(rule, placed.snak)
        case "integer" | "no_bounds" | "units":
            yield from _quantity(rule, placed.snak)
        case "property_scope" if rule.scope and placed.position not in rule.scope:
            places = [placed.position, *(p for p in _POSITIONS if p in rule.scope)]
            yield words(f"scope-{len(places) - 1}", *(words(f"as-{p}") for p in places))
        case "entity_types" if rule.items and ids.for_items not in rule.items:
            yield words("not-for-items")


def unreadable(rule: Constraint) -> bool:
    """Whether it is a pattern that RE2 cannot read: patterns are written for PCRE."""
    return rule.kind == "format" and bool(rule.pattern) and _compiled(rule.pattern) is None


def _format(rule: Constraint, snak: Snak) -> Iterator[Words]:
    compiled = _compiled(rule.pattern) if rule.pattern else None
    if compiled is not None and isinstance(snak.datavalue, StringValue):
        text = snak.datavalue.value
        if not compiled.fullmatch(text):
            yield words("bad-format", text, rule.pattern)


def _among(rule: Constraint, snak: Snak) -> Iterator[Words]:
    if not (rule.items or rule.nothing or rule.anything):
        return
    value = snak.datavalue
    said: Param
    if isinstance(value, EntityIdValue):
        among = value.value.id in rule.items
        said = value.value.id
    elif value is None:
        among = rule.nothing if snak.snaktype == "novalue" else rule.anything
        said = words("no-value-set" if snak.snaktype == "novalue" else "unknown-value-set")
    else:
        return
    if rule.kind == "one_of" and not among:
        listed = ", ".join(sorted(rule.items, key=lambda id: int(id[1:]))[:5])
        more = len(rule.items) - 5
        yield (
            words("not-among-more", said, listed, more)
            if more > 0
            else words("not-among", said, listed)
        )
    if rule.kind == "none_of" and among:
        yield words("among", said)


def _quantity(rule: Constraint, snak: Snak) -> Iterator[Words]:
    if not isinstance(snak.datavalue, QuantityValue):
        return
    quantity = snak.datavalue.value
    match rule.kind:
        case "integer":
            parts = (quantity.amount, quantity.lowerBound, quantity.upperBound)
            if not all(_is_whole(text) for text in parts if text is not None):
                yield words("whole-number", quantity.amount.lstrip("+"))
        case "no_bounds":
            if quantity.lowerBound is not None or quantity.upperBound is not None:
                yield words("no-bounds")
        case "units":
            unit = unit_id(quantity.unit)
            if unit == "1" and not rule.nothing:
                yield words("needs-unit")
            elif unit != "1" and unit not in rule.items:
                yield words("bad-unit", unit)


def _is_whole(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return True  # not a number at all: refused elsewhere
    return number == number.to_integral_value()


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None
