"""What a query says besides the name, held against the entities of a segment.

Evidence has three answers: it agrees, it contradicts, or nothing is known. Conditions on an
identifier or an item are read from sorted arrays, so they also *find* entities; those with paths,
qualifiers or other values are read from the records of the candidates.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from rapidfuzz import fuzz

from kgtool.reconcile.dates import Date, parse_date, same_date
from kgtool.reconcile.parse import Parsed
from kgtool.reconcile.paths import Path, Step, parse_path
from kgtool.reconcile.query import Condition, Query
from kgtool.views.names.arrays import Array
from kgtool.views.names.segment import NO_YEAR, Segment, normal_value
from kgtool.views.names.text import fold
from kgtool.views.names.types import Classes

AGREES, UNKNOWN, CONTRADICTS = 1, 0, -1
NOT_BELOW = 255
FACTS = 2000  # entities that one fact may bring in
_ITEM = re.compile(r"^[QPL]\d+$")
_PLACE = re.compile(r"^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,;\s/]\s*(-?\d{1,3}(?:\.\d+)?)\s*$")
NEAR_YEARS = 3  # years by which sources of one date may differ
NEAR_KM = 5.0  # two places this near are taken for one

Values = Callable[[int, int, Path], list[str]]  # segment, entity, path → values
Resolve = Callable[[str], tuple[str, ...]]  # a text → ids of entities that have it as a name
Within = Callable[[str, str], bool]  # id of a place, id of a place around it


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
) -> Evidence:
    """Read conditions and types once for all segments.

    :param begins: properties that hold the begin of a life or existence; ``ends`` its end.
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
        elif path.part or path.name[0] != "P" or any(map(_PLACE.match, condition.values)):
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
        query.types,
        query.excluded_types,
    )


def _slow(condition: Condition, path: Path, resolve: Resolve) -> Fact:
    meant = {value: resolve(value) for value in condition.values if not _ITEM.match(value)}
    return Fact(condition, path, "slow", meant=meant)


def _accepted(values: tuple[str, ...], resolve: Resolve) -> tuple[str, ...]:
    found = dict.fromkeys(values)
    for value in values:
        if not _ITEM.match(value):
            found.update(dict.fromkeys(resolve(value)))
    return tuple(found)


class SegmentEvidence:
    """Evidence against one segment; what is the same for many queries is remembered."""

    def __init__(
        self, segment: Segment, number: int, classes: Classes, values: Values, within: Within
    ) -> None:
        self.segment = segment
        self._number = number
        self._classes = classes
        self._values = values
        self._within = within
        self._steps: dict[str, Array] = {}

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
        assert isinstance(fact.path, Step)
        found = [self.segment.with_fact(fact.path.name, value) for value in fact.accepted]
        return _union(found)

    def owners(self, property: str) -> Array:
        """Entities that have any value of *property*, sorted."""
        row = self.segment.property_rows.get(property)
        return self.segment.owners[row] if row is not None else np.zeros(0, np.uint32)

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

    def bonus(self, evidence: Evidence) -> Callable[[Array], Array] | None:
        """What to add to the rough score of entities; NaN where one must be left out."""
        if evidence.empty:
            return None
        quick = [fact for fact in evidence.facts if fact.kind in ("identifier", "value")]
        holders = [(fact, self.holders(fact)) for fact in quick]

        def of(entities: Array) -> Array:
            value = np.zeros(len(entities))
            if evidence.types:
                agrees, contradicts, _ = self.types(evidence, entities)
                value += np.where(agrees, 0.1, 0.0) - np.where(contradicts, 0.15, 0.0)
                if evidence.query.type_strict != "should":
                    value[contradicts] = np.nan
            for type in evidence.excluded:
                value[self.steps(type)[entities] < NOT_BELOW] = np.nan
            for wanted, which in ((evidence.begin, "begin"), (evidence.end, "end")):
                if wanted is not None:
                    away, known = _away(self.segment, which, np.int32(wanted), entities)
                    value += np.where(
                        known, np.where(away <= 2, 0.15, -np.minimum(away / 100, 0.2)), 0
                    )
            for fact, holding in holders:
                true = _in(holding, entities)
                value += np.where(true, 0.5 if fact.kind == "identifier" else 0.15, 0.0)
                if fact.condition.required:
                    value[~true] = np.nan
            return value

        return of

    def found(self, evidence: Evidence) -> Array:
        """Entities that facts alone bring in."""
        found = [
            holding[:FACTS]
            for fact in evidence.facts
            if fact.kind == "identifier" or (fact.kind == "value" and evidence.query.name is None)
            for holding in [self.holders(fact)]
        ]
        return _union(found)

    def judge(self, fact: Fact, entities: Array) -> Array:
        """1 where *fact* agrees, -1 where it contradicts, 0 where nothing is known."""
        if fact.kind in ("identifier", "value"):
            assert isinstance(fact.path, Step)
            true = _in(self.holders(fact), entities)
            owned = _in(self.owners(fact.path.name), entities)
            return np.where(true, AGREES, np.where(owned, CONTRADICTS, UNKNOWN))
        if fact.kind in ("begin", "end"):
            assert fact.date is not None
            spans = getattr(self.segment, fact.kind)[entities].astype(np.int32)
            inside = (spans[:, 1] >= fact.date.year) & (
                spans[:, 0] < fact.date.year + fact.date.span
            )
            return np.where(spans[:, 0] == NO_YEAR, UNKNOWN, np.where(inside, AGREES, CONTRADICTS))
        return np.array(
            [
                self._judge(fact, self._values(self._number, int(entity), fact.path))
                for entity in entities
            ]
            or np.zeros(0),
            np.int64,
        )

    def _judge(self, fact: Fact, values: list[str]) -> int:
        condition = fact.condition
        if condition.quantifier == "none":
            hit = any(self._meets(wanted, values, fact) for wanted in condition.values)
            return CONTRADICTS if hit else AGREES
        if not values:
            return UNKNOWN
        if not condition.values:
            return AGREES
        met = [self._meets(wanted, values, fact) for wanted in condition.values]
        agrees = all(met) if condition.quantifier == "all" else any(met)
        return AGREES if agrees else CONTRADICTS

    def _meets(self, wanted: str, values: list[str], fact: Fact) -> bool:
        match fact.condition.qualifier:
            case "ExactMatch":
                return wanted in values
            case "PrefixMatch":
                return any(fold(value).startswith(fold(wanted)) for value in values)
            case "FuzzyMatch":
                return any(fuzz.ratio(fold(wanted), fold(value)) >= 80 for value in values)
            case "WithinPlace":
                around = [wanted, *fact.meant.get(wanted, ())]
                return any(self._within(value, id) for value in values for id in around)
            case "DatePrecision":
                date = parse_date(wanted)
                return date is not None and any(
                    same_date(date, other) for value in values if (other := parse_date(value))
                )
        if any(normal_value(value) == normal_value(wanted) for value in values):
            return True
        if any(value in fact.meant.get(wanted, ()) for value in values):
            return True
        if here := _PLACE.match(wanted):
            return any(
                distance(float(here[1]), float(here[2]), float(there[1]), float(there[2]))
                <= NEAR_KM
                for value in values
                if (there := _PLACE.match(value))
            )
        if date := parse_date(wanted):
            return any(same_date(date, other) for value in values if (other := parse_date(value)))
        return bool(fold(wanted)) and any(fold(value) == fold(wanted) for value in values)


def distance(lat: float, lon: float, lat2: float, lon2: float) -> float:
    """Kilometres between two places in degrees, along the surface of the Earth (haversine)."""
    a, b = math.radians(lat), math.radians(lat2)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * (
        math.sin(math.radians(lon2 - lon) / 2) ** 2
    )
    return 12742.0 * math.asin(min(1.0, math.sqrt(half)))


def evidence_features(
    here: SegmentEvidence, evidence: Sequence[Evidence], query: Array, entities: Array
) -> tuple[dict[str, Array], list[list[Array]]]:
    """The features of evidence for pairs of a query and an entity, sorted by query.

    :returns: arrays as long as *entities*; and for each query the verdicts of its facts.
    """
    ends = np.searchsorted(query, np.arange(len(evidence) + 1))
    spans = [slice(int(a), int(b)) for a, b in pairwise(ends)]
    features = _type_features(here, evidence, query, entities, spans)
    features["known"] = here.segment.weight[entities] / 255.0
    away: dict[str, tuple[Array, Array]] = {}
    for which in ("begin", "end"):
        wanted = np.array(
            [NO_YEAR if (year := getattr(one, which)) is None else year for one in evidence],
            np.int32,
        )
        distance, known = away[which] = _away(here.segment, which, wanted[query], entities)
        features[f"{which}_same"] = (known & (distance == 0)).astype(np.float64)
        features[f"{which}_near"] = (known & (distance > 0) & (distance <= NEAR_YEARS)).astype(
            np.float64
        )
        features[f"{which}_apart"] = np.where(
            known & (distance > NEAR_YEARS), np.minimum(0.4 + distance / 50.0, 1.5), 0.0
        )
    # Years in a name come from a catalogue that may know more than the index: that says nothing.
    asks = np.array(
        [not one.from_name and (one.begin is not None or one.end is not None) for one in evidence]
    )
    bare = (here.segment.begin[entities, 0] == NO_YEAR) & (here.segment.end[entities, 0] == NO_YEAR)
    features["years_unknown"] = (asks[query] & bare).astype(np.float64)
    features["active_inside"] = np.zeros(len(entities))
    features["active_outside"] = np.zeros(len(entities))
    for name in ("id_agrees", "id_contradicts", "fact_agrees", "fact_contradicts"):
        features[name] = np.zeros(len(entities))
    verdicts: list[list[Array]] = []
    for one, span in zip(evidence, spans, strict=True):
        if one.active is not None:
            inside, outside = _active(here, one.active, entities[span])
            features["active_inside"][span] = inside
            features["active_outside"][span] = outside
        judged: list[Array] = []
        for fact in one.facts:
            if fact.kind in ("begin", "end") and fact.date is not None and fact.date.span == 1:
                distance, known = (part[span] for part in away[fact.kind])
                judged.append(
                    np.where(known & (distance == 0), AGREES, UNKNOWN)
                    - (known & (distance > NEAR_YEARS))
                )
                continue
            verdict = here.judge(fact, entities[span])
            judged.append(verdict)
            kind = "id" if fact.kind == "identifier" else "fact"
            features[f"{kind}_agrees"][span] += verdict == AGREES
            features[f"{kind}_contradicts"][span] += verdict == CONTRADICTS
        verdicts.append(judged)
    for name in ("id_agrees", "id_contradicts", "fact_agrees", "fact_contradicts"):
        np.minimum(features[name], 2.0, out=features[name])
    return features, verdicts


def _union(found: list[Array]) -> Array:
    """Sorted and each once; mostly there is one list with one entity."""
    if len(found) == 1 and len(found[0]) < 2:
        return found[0]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint32)


def _in(some: Array, entities: Array) -> Array:
    """Which of *entities* are among *some*, which are sorted."""
    if not len(some):
        return np.zeros(len(entities), bool)
    at = np.minimum(np.searchsorted(some, entities), len(some) - 1)
    found: Array = some[at] == entities
    return found


def _type_features(
    here: SegmentEvidence,
    evidence: Sequence[Evidence],
    query: Array,
    entities: Array,
    spans: list[slice],
) -> dict[str, Array]:
    agrees, contradicts = np.zeros(len(entities), bool), np.zeros(len(entities), bool)
    steps = np.zeros(len(entities), np.uint8)
    if len({(one.types, one.query.type_strict) for one in evidence}) == 1:
        agrees, contradicts, steps = here.types(evidence[0], entities)
    else:
        for one, span in zip(evidence, spans, strict=True):
            if one.types:
                agrees[span], contradicts[span], steps[span] = here.types(one, entities[span])
    return {
        "type_agrees": agrees.astype(np.float64),
        "type_steps": np.where(agrees & (steps > 1), np.minimum(steps, 5) / 5.0, 0.0),
        "type_contradicts": contradicts.astype(np.float64),
        "type_unknown": (
            np.array([bool(one.types) for one in evidence])[query] & ~agrees & ~contradicts
        ).astype(np.float64),
    }


def _away(
    segment: Segment, which: str, wanted: Array | np.int32, entities: Array
) -> tuple[Array, Array]:
    """Years from *wanted* to the nearest known year, and whether both are known."""
    spans = getattr(segment, which)[entities].astype(np.int32)
    known = (spans[:, 0] != NO_YEAR) & (wanted != NO_YEAR)
    return np.minimum(abs(spans[:, 0] - wanted), abs(spans[:, 1] - wanted)), known


def _active(here: SegmentEvidence, active: tuple[int, int], entities: Array) -> tuple[Array, Array]:
    """Whether a person lived in the years of activity; how far (0–1.5) outside of them if not."""
    first, last = active
    begin = here.segment.begin[entities].astype(np.int32)
    end = here.segment.end[entities].astype(np.int32)
    has_begin, has_end = begin[:, 0] != NO_YEAR, end[:, 0] != NO_YEAR
    start = np.where(has_begin, begin[:, 0], np.where(has_end, end[:, 0] - 100, first))
    stop = np.where(has_end, end[:, 1], np.where(has_begin, begin[:, 1] + 100, last))
    known = has_begin | has_end
    gap = np.maximum(0, np.maximum(start - last, first - stop))
    return (known & (gap == 0)).astype(np.float64), np.where(
        known & (gap > 0), np.minimum(0.2 + gap / 100.0, 1.5), 0.0
    )
