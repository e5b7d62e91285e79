"""Whether two values, snaks or statements *mean* the same, whatever their ids, hashes or spelling.

A hashable *key* carries the meaning: equal keys, same meaning. What Wikibase normalises on save is
normalised here: numbers by decimal value, month and day that the precision makes void, white space
of texts. *Unknown value* and *no value* differ from each other and from every value.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal, InvalidOperation

from kgtool.entities.model import (
    CoordinateValue,
    DataValue,
    EntityIdValue,
    MonolingualValue,
    QuantityValue,
    Reference,
    Snak,
    Statement,
    Time,
    TimeValue,
)


def value_key(value: DataValue) -> Hashable:
    """The meaning of a value."""
    match value:
        case EntityIdValue():
            return ("entity", value.value.id)
        case TimeValue():
            return ("time", *_time_key(value.value))
        case QuantityValue():
            q = value.value
            unit = q.unit.rsplit("/", 1)[-1]
            bounds = (_number(q.lowerBound), _number(q.upperBound))
            return ("quantity", _number(q.amount), unit, *bounds)
        case CoordinateValue():
            c = value.value
            globe = c.globe.rsplit("/", 1)[-1]
            precision = None if c.precision is None else float(c.precision)
            return ("coordinate", float(c.latitude), float(c.longitude), precision, globe)
        case MonolingualValue():
            return ("text", value.value.language, " ".join(value.value.text.split()))
        case _:
            return ("string", value.value.strip())


def snak_key(snak: Snak) -> Hashable:
    """The meaning of a snak."""
    value = None if snak.datavalue is None else value_key(snak.datavalue)
    return (snak.property, snak.snaktype, value)


def qualifier_keys(statement: Statement) -> frozenset[Hashable]:
    """The meanings of a statement's qualifiers; their order means nothing."""
    return frozenset(_keys(statement.qualifiers.values()))


def reference_key(reference: Reference) -> frozenset[Hashable]:
    """The meaning of a reference; the order of its snaks means nothing."""
    return frozenset(_keys(reference.snaks.values()))


def same_value(one: DataValue, other: DataValue) -> bool:
    """Whether two values mean the same."""
    return value_key(one) == value_key(other)


def same_snak(one: Snak, other: Snak) -> bool:
    """Whether two snaks mean the same."""
    return snak_key(one) == snak_key(other)


def same_statement(one: Statement, other: Statement) -> bool:
    """Whether two statements say the same: snak, qualifiers, rank and references."""
    return (
        same_snak(one.mainsnak, other.mainsnak)
        and one.rank == other.rank
        and qualifier_keys(one) == qualifier_keys(other)
        and {reference_key(r) for r in one.references}
        == {reference_key(r) for r in other.references}
    )


def _keys(groups: Iterable[list[Snak]]) -> Iterable[Hashable]:
    return (snak_key(snak) for snaks in groups for snak in snaks)


def _time_key(time: Time) -> tuple[Hashable, ...]:
    sign, (date, _, clock) = time.time[:1], time.time[1:].partition("T")
    year, month, day = (int(part) for part in date.split("-"))
    if time.precision < 11:
        day = 0
    if time.precision < 10:
        month = 0
    model = time.calendarmodel.rsplit("/", 1)[-1]
    spread = (time.before, time.after, time.timezone)
    clock = clock if time.precision > 11 else ""
    return (sign, year, month, day, clock, time.precision, model, *spread)


def _number(text: str | None) -> Hashable:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
