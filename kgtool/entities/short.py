"""Values in short, for tables: without calendar, unit and precision."""

from __future__ import annotations

from kgtool.entities.model import (
    CoordinateValue,
    EntityIdValue,
    MonolingualValue,
    QuantityValue,
    Snak,
    TimeValue,
)


def value_text(snak: Snak) -> str:
    """A snak's value in short, for tables."""
    match snak.datavalue:
        case None:
            return snak.snaktype
        case EntityIdValue(value):
            return value.id
        case TimeValue(value):
            return value.time.split("T")[0].replace("-00", "").lstrip("+")
        case QuantityValue(value):
            return value.amount.lstrip("+")
        case CoordinateValue(value):
            return f"{value.latitude}, {value.longitude}"
        case MonolingualValue(value):
            return f"{value.text} ({value.language})"
        case other:
            return other.value
