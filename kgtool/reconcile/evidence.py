"""What a query says besides the name, held against the entities of a segment.

Evidence has three answers: it agrees, it contradicts, or nothing is known. Conditions on an
identifier or an item are read from sorted arrays, so they also *find* entities; those with paths,
qualifiers or other values are read from the records of the candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from kgtool.reconcile.conditions import Evidence, Fact
from kgtool.reconcile.meeting import AGREES, CONTRADICTS, UNKNOWN, Within, meets, verdict
from kgtool.reconcile.paths import Path
from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array
from kgtool.views.names.segment import NO_YEAR, Segment
from kgtool.views.names.types import TypeTree

NOT_BELOW = 255
FACTS = 2000  # entities that one fact may bring in
CONTEMPORARIES = 100  # entities that two years may bring in
NEAR_YEARS = 3  # years by which sources of one date may differ

Values = Callable[[int, int, Path], list[str]]  # segment, entity, path → values


class SegmentEvidence:
    """Evidence against one segment; what is the same for many queries is remembered."""

    def __init__(
        self, segment: Segment, number: int, classes: TypeTree, values: Values, within: Within
    ) -> None:
        self.segment = segment
        self._number = number
        self._classes = classes
        self._values = values
        self._within = within
        self._steps: dict[str, Array] = {}
        self._owners: dict[tuple[tuple[str, ...], bool], Array] = {}

    def steps(self, type: str) -> Array:
        """For every entity, the steps from a type of its own up to *type*; 255 if none leads there.

        Remembered for the types asked last: one byte an entity each.
        """
        steps = self._steps.get(type)
        if steps is None:
            steps = np.full(len(self.segment), NOT_BELOW, np.uint8)
            rows = self.segment.type_rows
            below = self._classes.below(type)
            for known in sorted(below.keys() & rows.keys(), key=lambda known: -below[known]):
                steps[self.segment.instances[rows[known]]] = min(below[known], NOT_BELOW - 1)
            if len(self._steps) >= 64:
                self._steps.clear()
            self._steps[type] = steps
        return steps

    def holders(self, fact: Fact) -> Array:
        """Entities for which *fact* is true, sorted; only for identifiers and values."""
        return _union(
            [
                self.segment.with_fact(property, value)
                for property in fact.properties
                for value in fact.accepted
            ]
        )

    def owners(self, fact: Fact) -> Array:
        """Entities with a value that could contradict *fact*, sorted; remembered."""
        if fact.rivals is None:
            return self._having(fact)
        rows = self.segment.property_rows
        return self._remembered(
            (fact.properties, False),
            lambda: [
                self.segment.with_fact(property, value)
                for property in fact.properties
                if property in rows
                for value in fact.rivals or ()
            ],
        )

    def _having(self, fact: Fact) -> Array:
        """Entities with any value that is looked at for *fact*, sorted; remembered."""
        rows = self.segment.property_rows
        return self._remembered(
            (fact.properties, True),
            lambda: [self.segment.owners[rows[p]] for p in fact.properties if p in rows],
        )

    def _remembered(
        self, asked: tuple[tuple[str, ...], bool], find: Callable[[], list[Array]]
    ) -> Array:
        found = self._owners.get(asked)
        if found is None:
            if len(self._owners) >= 64:
                self._owners.clear()
            found = self._owners[asked] = _union(find())
        return found

    def each_type(
        self, evidence: Sequence[Evidence], entities: Array, spans: Sequence[slice]
    ) -> tuple[Array, Array, Array]:
        """For pairs of a query and an entity, those of query *i* at ``spans[i]``: whether the type
        agrees, whether it contradicts, and the steps up to the one asked."""
        if len({(one.types, one.query.type_strict) for one in evidence}) == 1:
            return self.types(evidence[0], entities)
        agrees, contradicts = np.zeros(len(entities), bool), np.zeros(len(entities), bool)
        steps = np.zeros(len(entities), np.uint8)
        for one, span in zip(evidence, spans, strict=True):
            if one.types:
                agrees[span], contradicts[span], steps[span] = self.types(one, entities[span])
        return agrees, contradicts, steps

    def types(self, evidence: Evidence, entities: Array) -> tuple[Array, Array, Array]:
        """Whether the type agrees, whether it contradicts, and the steps up to the one asked."""
        if not evidence.types:
            none = np.zeros(len(entities), bool)
            return none, none, np.zeros(len(entities), np.uint8)
        each = [self.steps(type)[entities] for type in evidence.types]
        if len(each) == 1:
            steps = each[0]
        else:
            combine = np.max if evidence.query.type_strict == "all" else np.min
            steps = combine(each, axis=0)
        agrees = steps < NOT_BELOW
        return agrees, self.segment.typed[entities] & ~agrees, steps

    def bonus(self, evidence: Sequence[Evidence], query: Array, entities: Array) -> Array:
        """What to add to the rough score of pairs of a query and an entity, sorted by query; NaN
        where one must be left out."""
        value = np.zeros(len(entities))
        spans = spans_of(query, len(evidence))
        agrees, contradicts, _ = self.each_type(evidence, entities, spans)
        value += np.where(agrees, 0.1, 0.0) - np.where(contradicts, 0.15, 0.0)
        strict = np.array([one.query.type_strict != "should" for one in evidence], bool)
        if strict.any():
            value[contradicts & strict[query]] = np.nan
        for one, span in zip(evidence, spans, strict=True):
            for type in one.excluded:
                value[span][self.steps(type)[entities[span]] < NOT_BELOW] = np.nan
        for which in ("begin", "end"):
            wanted = years_of(evidence, which)
            if (wanted != NO_YEAR).any():
                _add_years(getattr(self.segment, which), wanted, query, entities, value)
        for one, span in zip(evidence, spans, strict=True):
            for fact in one.facts:
                if fact.finds:
                    true = _in(self.holders(fact), entities[span])
                    value[span] += np.where(true, 0.5 if fact.kind == "identifier" else 0.15, 0.0)
                    if fact.condition.required:
                        # What has another value may mean the same: that is looked at later.
                        known = true | _in(self._having(fact), entities[span])
                        value[span][~(true if fact.kind == "identifier" else known)] = np.nan
        return value

    def living_then(self, evidence: Evidence) -> Array:
        """Entities with both years of a query; none if it does not give both, or if these are
        more than :data:`CONTEMPORARIES`."""
        if evidence.begin is None or evidence.end is None:
            return np.zeros(0, np.int64)
        keys, of = self._lives
        wanted = (evidence.begin << 16) + evidence.end
        first, last = np.searchsorted(keys, [wanted, wanted + 1]).tolist()
        found: Array = of[first:last]
        return found if len(found) <= CONTEMPORARIES else found[:0]

    @cached_property
    def _lives(self) -> tuple[Array, Array]:
        """Begin and end of each entity as one number, sorted, and whose they are."""
        keys = (self.segment.begin[:, 0].astype(np.int64) << 16) + self.segment.end[:, 0]
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def found(self, evidence: Evidence) -> Array:
        """Entities that facts alone bring in."""
        found = [
            holding[:FACTS]
            for fact in evidence.facts
            if fact.finds and (fact.kind == "identifier" or evidence.query.name is None)
            for holding in [self.holders(fact)]
        ]
        return _union(found)

    def judge(self, fact: Fact, entities: Array) -> Array:
        """1 where *fact* agrees, -1 where it contradicts, 0 where nothing is known."""
        if fact.finds:
            true = _in(self.holders(fact), entities)
            owned = _in(self.owners(fact), entities)
            verdicts = np.where(true, AGREES, np.where(owned, CONTRADICTS, UNKNOWN))
            if fact.kind == "value":
                for place in np.flatnonzero(~true & _in(self._having(fact), entities)).tolist():
                    verdicts[place] = self._nearly(fact, int(entities[place]), verdicts[place])
            return verdicts
        if fact.kind == "type":
            below = [self.steps(type)[entities] < NOT_BELOW for type in fact.accepted]
            agrees = np.any(below, axis=0) if below else np.zeros(len(entities), bool)
            against = self.segment.typed[entities] & ~agrees
            return np.where(agrees, AGREES, np.where(against, CONTRADICTS, UNKNOWN))
        if fact.kind in ("begin", "end"):
            assert fact.date is not None
            spans = getattr(self.segment, fact.kind)[entities].astype(np.int32)
            inside = (spans[:, 1] >= fact.date.year) & (
                spans[:, 0] < fact.date.year + fact.date.span
            )
            return np.where(spans[:, 0] == NO_YEAR, UNKNOWN, np.where(inside, AGREES, CONTRADICTS))
        return np.array(
            [verdict(fact, self._said(fact, int(entity)), self._within) for entity in entities]
            or np.zeros(0),
            np.int64,
        )

    def _nearly(self, fact: Fact, entity: int, otherwise: int) -> int:
        """The verdict on an entity with other values than those asked: they may mean the same, lie
        in the place that is asked, or around it."""
        values = self.segment.values(entity, fact.properties)
        texts = [value for value in values if not (value[0:1] == "Q" and value[1:].isdecimal())]
        # Items that are asked by id or name have been found already.
        if texts and any(
            meets(wanted, texts, fact, self._within) for wanted in fact.condition.values
        ):
            return AGREES
        asked = [id for ids in fact.meant.values() for id in ids]
        if not asked or fact.condition.required:  # “within” is a match qualifier of its own
            return otherwise
        if any(self._within(value, id) for value in values for id in asked):
            return AGREES
        if any(self._within(id, value) for value in values for id in asked):
            return UNKNOWN
        return otherwise

    def _said(self, fact: Fact, entity: int) -> list[str]:
        """What an entity has for a fact: values of its path, or its names."""
        if fact.kind == "name":
            return list(self.segment.record(entity).names())
        return self._values(self._number, entity, fact.path)


def _union(found: list[Array]) -> Array:
    """Sorted and each once; mostly there is one list with one entity."""
    if len(found) == 1:  # arrays of a segment are sorted, and hold each once
        return found[0]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint32)


def _in(some: Array, entities: Array) -> Array:
    """Which of *entities* are among *some*, which are sorted."""
    if not len(some):
        return np.zeros(len(entities), bool)
    at = np.minimum(np.searchsorted(some, entities), len(some) - 1)
    found: Array = some[at] == entities
    return found


def spans_of(query: Array, count: int) -> list[slice]:
    """Where the pairs of each of *count* queries stand; *query* is sorted."""
    ends = np.searchsorted(query, np.arange(count + 1)).tolist()
    return [slice(a, b) for a, b in pairwise(ends)]


def years_of(evidence: Sequence[Evidence], which: str) -> Array:
    """The year of begin or end that each query gives."""
    years = (getattr(one, which) for one in evidence)
    return np.array([NO_YEAR if year is None else year for year in years], np.int32)


@compiled
def _add_years(spans: Array, wanted: Array, query: Array, entities: Array, value: Array) -> None:
    """Raise *value* where the nearest year is the one wanted, or nearly; else lower it."""
    for i in range(len(entities)):
        year = wanted[query[i]]
        first = spans[entities[i], 0]
        if year != NO_YEAR and first != NO_YEAR:
            away = min(abs(first - year), abs(spans[entities[i], 1] - year))
            value[i] += 0.15 if away <= 2 else -min(away / 100, 0.2)


def years_away(
    segment: Segment, which: str, wanted: Array | np.int32, entities: Array
) -> tuple[Array, Array]:
    """Years from *wanted* to the nearest known year, and whether both are known."""
    spans = getattr(segment, which)[entities].astype(np.int32)
    known = (spans[:, 0] != NO_YEAR) & (wanted != NO_YEAR)
    return np.minimum(abs(spans[:, 0] - wanted), abs(spans[:, 1] - wanted)), known
