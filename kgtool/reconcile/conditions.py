"""What a query says besides the name, read once: conditions, years, types."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kgtool.errors import UsageError
from kgtool.reconcile.dates import Date, parse_date
from kgtool.reconcile.nationalities import country_codes
from kgtool.reconcile.parse import Parsed
from kgtool.reconcile.paths import Path, Step, parse_path
from kgtool.reconcile.query import NAME, Condition, Query
from kgtool.views.names.segment import COUNTRY

IS_PLACE = re.compile(r"^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,;\s/]\s*(-?\d{1,3}(?:\.\d+)?)\s*$").match
_ADDRESS = re.compile(r"^\s*https?://[^/\s]+/(?:[^\s?#]*/)?([^/\s?#]+)/?\s*$", re.IGNORECASE).match

Resolve = Callable[[str], tuple[str, ...]]  # an id or a name → ids of entities that it may mean


@dataclass(frozen=True, slots=True)
class Fact:
    """A condition in the form in which it is checked."""

    condition: Condition
    path: Path
    kind: str  # "begin", "end", "identifier", "value", "slow", "name", "type"
    accepted: tuple[str, ...] = ()  # values any of which will do
    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # ids that a value may name
    date: Date | None = None
    properties: tuple[str, ...] = ()  # whose values are looked at, of a value or identifier
    rivals: tuple[str, ...] | None = None  # values that contradict, where not all others do

    @property
    def finds(self) -> bool:
        """Whether entities can be found by it, if need be without a name."""
        return self.kind in ("identifier", "value")

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
    classes: Sequence[str],
    country: str,
    countries: Callable[[], tuple[str, ...]],
    identifying: Callable[[str], bool],
    resolve: Resolve,
    target: Callable[[str], str],
) -> Evidence:
    """Read conditions and types once for all segments.

    :param begins: properties that hold the begin of a life or existence; ``ends`` its end.
    :param classes: properties that say what class something is of.
    :param country: the property that says in which country something is.
    :param countries: what the index has for the countries of today, ids and codes.
    :param target: an id → that of the entity that it was merged into, or itself.
    :param identifying: whether a property's values mostly belong to one entity each.
    :raises ExpressionError: a path does not parse.
    :raises UsageError: a regular expression is none.
    """
    for condition in (*query.named, *query.properties):
        if condition.qualifier == "RegexMatch":
            for value in condition.values:
                pattern(value)
    facts = [Fact(condition, Step(NAME), "name") for condition in query.named]
    begin = end = None
    for condition in query.properties:
        path = parse_path(condition.path)
        date = parse_date(condition.values[0]) if len(condition.values) == 1 else None
        simple = (
            isinstance(path, Step)
            and not path.qualifier
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
        elif path.name in (country, COUNTRY):
            facts.append(_value(condition, path, (country, COUNTRY), resolve, countries))
        elif path.name in classes and not path.part:
            ids = (target(id) for value in condition.values for id in resolve(value))
            facts.append(Fact(condition, path, "type", tuple(dict.fromkeys(ids))))
        elif path.part or any(map(IS_PLACE, condition.values)):
            facts.append(_slow(condition, path, resolve))
        elif property := next(filter(identifying, _meant(path.name)), ""):
            accepted = _with_ids(condition.values)
            facts.append(Fact(condition, path, "identifier", accepted, properties=(property,)))
        elif path.name[0] != "P":
            facts.append(_slow(condition, path, resolve))
        else:
            facts.append(_value(condition, path, (path.name,), resolve, countries))
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


@lru_cache(maxsize=256)
def pattern(text: str) -> Any:
    """A regular expression from outside: RE2 takes time that grows with the text, no more.

    :raises UsageError: it is none.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        raise UsageError(f"“{text}” is no regular expression of RE2: {error}.") from None


def _with_ids(values: Sequence[str]) -> tuple[str, ...]:
    """Values, and of web addresses what they end with: https://viaf.org/viaf/24605513/."""
    ends = (found[1] for value in values if (found := _ADDRESS(value)))
    return tuple(dict.fromkeys([*values, *ends]))


def _meant(name: str) -> tuple[str, ...]:
    """The properties of the index that a step may mean: ``Sfrwiki`` is what it has as frwiki."""
    return (name, name[1:]) if name[0] == "S" else (name,)


def _slow(condition: Condition, path: Path, resolve: Resolve) -> Fact:
    meant = {value: resolve(value) for value in condition.values}
    return Fact(condition, path, "slow", meant=meant)


def _value(
    condition: Condition,
    path: Path,
    properties: tuple[str, ...],
    resolve: Resolve,
    countries: Callable[[], tuple[str, ...]],
) -> Fact:
    accepted = dict.fromkeys(condition.values)
    meant = {value: resolve(value) for value in condition.values}
    for ids in meant.values():
        accepted.update(dict.fromkeys(ids))
    # “Dutch” says nothing against a citizen of the Dutch Republic, but against one of Sweden.
    vague = all(map(country_codes, condition.values))
    return Fact(
        condition,
        path,
        "value",
        tuple(accepted),
        meant,
        properties=properties,
        rivals=countries() if vague else None,
    )
