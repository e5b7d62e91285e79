"""A survey: all items of a selection by one shape, and which of them fail which constraint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from kgtool.checks.findings import Fault
from kgtool.views.classes import Numbers
from kgtool.views.generation import Meta


class Constraint(Struct, frozen=True):
    """A constraint of a shape, and the items that fail it, sorted."""

    constraint: str
    property: str
    severity: str
    labels: dict[str, str]
    help: dict[str, str]
    failing: Numbers


class Survey(Struct, frozen=True):
    """Which items of a selection conform to a shape, and which fail which constraint.

    Items are numbers, sorted; constraints come the most failed first. It is of the workspace as it
    was at ``as_of`` (ISO 8601). ``engine`` counts items by who judged them.
    """

    shape: str
    generation: int
    as_of: str
    items: Numbers
    conforming: Numbers
    engine: dict[str, int]
    constraints: list[Constraint] = []

    def conforming_at(self, property: str) -> Numbers:
        """Items that conform; with a property, those that have nothing to mend there."""
        if not property:
            return self.conforming
        failing = [one.failing for one in self.constraints if one.property == property]
        return np.setdiff1d(self.items, np.concatenate(failing)) if failing else self.items

    def of(self, items: Numbers) -> Survey:
        """The part of it that is about some of its items, sorted."""
        cut = [
            replace(one, failing=np.intersect1d(one.failing, items, assume_unique=True))
            for one in self.constraints
        ]
        return replace(
            self,
            items=items,
            conforming=np.intersect1d(self.conforming, items, assume_unique=True),
            engine={"compiled": len(items), "pyrudof": 0},
            constraints=_ordered(one for one in cut if len(one.failing)),
        )

    def failing(self, severity: str = "", property: str = "", constraint: str = "") -> Numbers:
        """Items that fail a constraint of that severity, at that property, or that very one."""
        if not (severity or property or constraint):
            return _marked(self.items, [self.conforming], by=False)
        found = [
            one.failing
            for one in self.constraints
            if severity in ("", one.severity)
            and property in ("", one.property)
            and constraint in ("", one.constraint)
        ]
        return found[0] if len(found) == 1 else _marked(self.items, found, by=True)


def _marked(items: Numbers, some: Iterable[Numbers], *, by: bool) -> Numbers:
    """Items that are among some of them, or (``by`` false) that are not; all are sorted.

    Faster than sorting them anew: a large collection fails a dozen constraints with every item.
    """
    marks = np.zeros(len(items), np.bool_)
    for numbers in some:
        marks[np.searchsorted(items, numbers)] = True
    found: Numbers = items[marks if by else ~marks]
    return found


def survey_of(
    shape: str,
    meta: Meta,
    items: Numbers,
    conforming: Numbers,
    failing: Mapping[str, Numbers],
    said: Mapping[str, Fault],
    engine: dict[str, int],
) -> Survey:
    """A survey; ``said`` has a finding of each constraint that items are ``failing``."""
    constraints = [
        Constraint(
            name,
            said[name].property,
            said[name].severity,
            dict(said[name].labels),
            dict(said[name].help),
            numbers,
        )
        for name, numbers in failing.items()
    ]
    return Survey(shape, meta.number, meta.as_of, items, conforming, engine, _ordered(constraints))


def _ordered(constraints: Iterable[Constraint]) -> list[Constraint]:
    return sorted(constraints, key=lambda one: (-len(one.failing), one.constraint))
