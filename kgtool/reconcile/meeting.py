"""Whether the values that an entity has are what a condition asks for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rapidfuzz import fuzz

from kgtool.reconcile.conditions import IS_PLACE, Fact, pattern
from kgtool.reconcile.dates import Date, parse_date, same_date
from kgtool.views.names.segment import normal_value
from kgtool.views.names.text import fold

AGREES, UNKNOWN, CONTRADICTS = 1, 0, -1
NEAR_KM = 5.0  # two places this near are taken for one
_ALIKE = 80  # of 100: two texts this alike match fuzzily

Within = Callable[[str, str], bool]  # id of a place, id of a place around it


def verdict(fact: Fact, values: list[str], within: Within) -> int:
    """Whether what an entity has agrees with a fact, contradicts it, or says nothing of it."""
    condition = fact.condition
    if condition.quantifier == "none":
        hit = any(meets(wanted, values, fact, within) for wanted in condition.values)
        return CONTRADICTS if hit else AGREES
    if not values:
        return UNKNOWN
    if not condition.values:
        return AGREES
    met = [meets(wanted, values, fact, within) for wanted in condition.values]
    agrees = all(met) if condition.quantifier == "all" else any(met)
    return AGREES if agrees else CONTRADICTS


def meets(wanted: str, values: list[str], fact: Fact, within: Within) -> bool:
    """Whether one of the values is what is wanted, in the sense of the condition's qualifier."""
    match fact.condition.qualifier:
        case "ExactMatch":
            return wanted in values
        case "PrefixMatch":
            return any(fold(value).startswith(fold(wanted)) for value in values)
        case "FuzzyMatch":
            return any(fuzz.ratio(fold(wanted), fold(value)) >= _ALIKE for value in values)
        case "RegexMatch":
            return any(pattern(wanted).search(value) for value in values)
        case "WithinPlace":
            around = [wanted, *fact.meant.get(wanted, ())]
            return any(within(value, id) for value in values for id in around)
        case "DatePrecision":
            date = parse_date(wanted)
            return date is not None and _dated(date, values)
    if fact.kind == "name" and fold(wanted):
        return fold(wanted) in map(fold, values)
    if any(normal_value(value) == normal_value(wanted) for value in values):
        return True
    if any(value in fact.meant.get(wanted, ()) for value in values):
        return True
    if here := IS_PLACE(wanted):
        return any(
            distance(float(here[1]), float(here[2]), float(there[1]), float(there[2])) <= NEAR_KM
            for value in values
            if (there := IS_PLACE(value))
        )
    if (date := parse_date(wanted)) and _dated(date, values):
        return True
    return bool(fold(wanted)) and any(fold(value) == fold(wanted) for value in values)


def _dated(date: Date, values: Sequence[str]) -> bool:
    """Whether one of the values is that date."""
    known = (parse_date(value, worded=False) for value in values)
    return any(other is not None and same_date(date, other) for other in known)


def distance(lat: float, lon: float, lat2: float, lon2: float) -> float:
    """Kilometres between two places in degrees, along the surface of the Earth (haversine)."""
    a, b = math.radians(lat), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * (
        math.sin(math.radians(lon2 - lon) / 2) ** 2
    )
    return 12742.0 * math.asin(min(1.0, math.sqrt(half)))
