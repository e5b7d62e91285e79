"""What a query says besides the name, read once: conditions, years, types."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kgtool.reconcile.dates import Date, parse_date
from kgtool.reconcile.parse import Parsed
from kgtool.reconcile.paths import Path, Step, parse_path
from kgtool.reconcile.query import Condition, Query

IS_PLACE = re.compile(r"^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,;\s/]\s*(-?\d{1,3}(?:\.\d+)?)\s*$").match

Resolve = Callable[[str], tuple[str, ...]]  # an id or a name → ids of entities that it may mean


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition in the form in which it is checked."""

    condition: Condition
    path: Path
    kind: str  # "begin", "end", "identifier", "value", "slow"
    accepted: tuple[str, ...] = ()  # values any of which will do
    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # ids that a value may name
    date: Date | None = None

    @property
    def label(self) -> str:
        return self.condition.path


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a query says besides its name."""

    query: Query
    facts: tuple[Fact, ...]
    begin: int | None
    end: int | None
    active: tuple[int, int] | None
    from_name: bool  # the years stood in the name
    types: tuple[str, ...]
    excluded: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not (
            self.facts
            or self.types
            or self.excluded
            or self.begin is not None
            or self.end is not None
            or self.active
        )


def compile_evidence(
    query: Query,
    parsed: Parsed | None,
    *,
    begins: Sequence[str],
    ends: Sequence[str],
    identifying: Callable[[str], bool],
    resolve: Resolve,
    target: Callable[[str], str],
) -> Evidence:
    """Read conditions and types once for all segments.

    :param begins: properties that hold the begin of a life or existence; ``ends`` its end.
    :param target: an id → that of the entity that it was merged into, or itself.
    :param identifying: whether a property's values mostly belong to one entity each.
    :raises ExpressionError: a path does not parse.
    """
    facts: list[Fact] = []
    begin = end = None
    for condition in query.properties:
        path = parse_path(condition.path)
        date = parse_date(condition.values[0]) if len(condition.values) == 1 else None
        simple = (
            isinstance(path, Step)
            and not condition.qualifier
            and condition.quantifier == "any"
            and bool(condition.values)
        )
        if not simple or not isinstance(path, Step):
            facts.append(_slow(condition, path, resolve))
        elif path.name in begins and path.part in ("", "year") and date:
            facts.append(Fact(condition, path, "begin", date=date))
            begin = date.year if date.span == 1 else None
        elif path.name in ends and path.part in ("", "year") and date:
            facts.append(Fact(condition, path, "end", date=date))
            end = date.year if date.span == 1 else None
        elif path.part or path.name[0] != "P" or any(map(IS_PLACE, condition.values)):
            facts.append(_slow(condition, path, resolve))
        elif identifying(path.name):
            facts.append(Fact(condition, path, "identifier", condition.values))
        else:
            facts.append(Fact(condition, path, "value", _accepted(condition.values, resolve)))
    from_name = begin is None and end is None and parsed is not None
    if from_name and parsed is not None:
        begin, end = parsed.begin, parsed.end
    return Evidence(
        query,
        tuple(facts),
        begin,
        end,
        parsed.active if parsed else None,
        from_name,
        tuple(map(target, query.types)),
        tuple(map(target, query.excluded_types)),
    )


def _slow(condition: Condition, path: Path, resolve: Resolve) -> Fact:
    meant = {value: resolve(value) for value in condition.values}
    return Fact(condition, path, "slow", meant=meant)


def _accepted(values: tuple[str, ...], resolve: Resolve) -> tuple[str, ...]:
    found = dict.fromkeys(values)
    for value in values:
        found.update(dict.fromkeys(resolve(value)))
    return tuple(found)
