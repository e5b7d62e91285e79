"""What is expected of which items: so that a gap means *expected and absent*."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from kgtool.coverage.expression import parse
from kgtool.coverage.measures import And, HasValue, Measure, Or


@dataclass(frozen=True)
class Expected:
    """For each measure that any kind of item is expected to meet: which items those are.

    ``conditions`` maps a measure to a measure that holds on the items that it is expected of.
    """

    conditions: dict[Measure, Measure]

    @cached_property
    def measures(self) -> list[Measure]:
        """What is expected of any kind of item, in the order in which kinds name it."""
        return list(self.conditions)

    def all_measures(self) -> Iterable[Measure]:
        """Every measure that answering needs: what is expected, and of what."""
        yield from self.conditions.keys()
        yield from self.conditions.values()


@dataclass(frozen=True, slots=True)
class ExpectedOfKind:
    """Of items whose P31 is one of ``classes`` (or ``below`` one): measures with their ``when``.

    ``when`` is a measure too, or empty: it is expected only of items on which that holds.
    """

    classes: frozenset[str]
    below: bool
    measures: tuple[tuple[str, str], ...]


def expected(kinds: Iterable[ExpectedOfKind], instance_of: str) -> Expected:
    """Put together what all kinds expect; ``instance_of`` is the property that names a class."""
    found: dict[Measure, list[Measure]] = {}
    for kind in kinds:
        classes: list[Measure] = [
            HasValue(instance_of, one, kind.below) for one in sorted(kind.classes)
        ]
        if not classes:
            continue  # people choose such a kind; no item is of it by itself
        of_kind = _either(classes)
        for text, when in kind.measures:
            condition = And((of_kind, parse(when))) if when else of_kind
            conditions = found.setdefault(parse(text), [])
            if condition not in conditions:
                conditions.append(condition)
    return Expected({measure: _either(conditions) for measure, conditions in found.items()})


def _either(measures: list[Measure]) -> Measure:
    return measures[0] if len(measures) == 1 else Or(tuple(measures))
