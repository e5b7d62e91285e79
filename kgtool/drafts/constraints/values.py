"""Constraints of single snaks: the form of a value, which may be, where a property stands."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from kgtool.drafts.constraints.rules import Constraint, unit_id
from kgtool.drafts.constraints.subject import Placed
from kgtool.entities import ConstraintIds, EntityIdValue, QuantityValue, Snak, StringValue

_IN_WORDS = {"main": "main value", "qualifier": "qualifier", "reference": "part of a reference"}


def about_value(rule: Constraint, placed: Placed, ids: ConstraintIds) -> Iterator[str]:
    """What is wrong with a snak by a constraint of its property; nothing for other kinds."""
    match rule.kind:
        case "format":
            yield from _format(rule, placed.snak)
        case "one_of" | "none_of":
            yield from _among(rule, placed.snak)
        case "integer" | "no_bounds" | "units":
            yield from _quantity(rule, placed.snak)
        case "property_scope" if rule.scope and placed.position not in rule.scope:
            allowed = " or ".join(_IN_WORDS[p] for p in _IN_WORDS if p in rule.scope)
            yield f"it stands as {_IN_WORDS[placed.position]}, and may only as {allowed}"
        case "entity_types" if rule.items and ids.for_items not in rule.items:
            yield "it is not for items"


def unreadable(rule: Constraint) -> bool:
    """Whether it is a pattern that RE2 cannot read: patterns are written for PCRE."""
    return rule.kind == "format" and bool(rule.pattern) and _compiled(rule.pattern) is None


def _format(rule: Constraint, snak: Snak) -> Iterator[str]:
    compiled = _compiled(rule.pattern) if rule.pattern else None
    if compiled is not None and isinstance(snak.datavalue, StringValue):
        text = snak.datavalue.value
        if not compiled.fullmatch(text):
            yield f"“{text}” has not the form {rule.pattern}"


def _among(rule: Constraint, snak: Snak) -> Iterator[str]:
    if not (rule.items or rule.nothing or rule.anything):
        return
    value = snak.datavalue
    if isinstance(value, EntityIdValue):
        among = value.value.id in rule.items
        said = value.value.id
    elif value is None:
        among = rule.nothing if snak.snaktype == "novalue" else rule.anything
        said = "no value" if snak.snaktype == "novalue" else "unknown value"
    else:
        return
    if rule.kind == "one_of" and not among:
        listed = ", ".join(sorted(rule.items, key=lambda id: int(id[1:]))[:5])
        more = "" if len(rule.items) <= 5 else f" and {len(rule.items) - 5} more"
        yield f"{said} is not among the values that may be: {listed}{more}"
    if rule.kind == "none_of" and among:
        yield f"{said} is one of the values that may not be"


def _quantity(rule: Constraint, snak: Snak) -> Iterator[str]:
    if not isinstance(snak.datavalue, QuantityValue):
        return
    quantity = snak.datavalue.value
    match rule.kind:
        case "integer":
            parts = (quantity.amount, quantity.lowerBound, quantity.upperBound)
            if not all(_is_whole(text) for text in parts if text is not None):
                yield f"{quantity.amount.lstrip('+')} is not a whole number"
        case "no_bounds":
            if quantity.lowerBound is not None or quantity.upperBound is not None:
                yield "the number may have no bounds"
        case "units":
            unit = unit_id(quantity.unit)
            if unit == "1" and not rule.nothing:
                yield "the number needs a unit"
            elif unit != "1" and unit not in rule.items:
                yield f"{unit} is not among the units that may be"


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
