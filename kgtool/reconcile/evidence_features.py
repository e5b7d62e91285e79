"""What evidence adds to a score, for the pairs of a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgtool.reconcile.conditions import Evidence
from kgtool.reconcile.evidence import (
    NEAR_YEARS,
    SegmentEvidence,
    spans_of,
    years_away,
    years_of,
)
from kgtool.reconcile.meeting import AGREES, CONTRADICTS, UNKNOWN
from kgtool.views.names.arrays import Array
from kgtool.views.names.segment import NO_YEAR


def evidence_features(
    here: SegmentEvidence, evidence: Sequence[Evidence], query: Array, entities: Array
) -> tuple[dict[str, Array], list[list[Array]]]:
    """The features of evidence for pairs of a query and an entity, sorted by query.

    :returns: arrays as long as *entities*; and for each query the verdicts of its facts.
    """
    spans = spans_of(query, len(evidence))
    features = _type_features(here, evidence, query, entities, spans)
    features["known"] = here.segment.weight[entities] / 255.0
    away: dict[str, tuple[Array, Array]] = {}
    for which in ("begin", "end"):
        wanted = years_of(evidence, which)
        distance, known = away[which] = years_away(here.segment, which, wanted[query], entities)
        features[f"{which}_same"] = (known & (distance == 0)).astype(np.float64)
        features[f"{which}_near"] = (known & (distance > 0) & (distance <= NEAR_YEARS)).astype(
            np.float64
        )
        features[f"{which}_apart"] = np.where(
            known & (distance > NEAR_YEARS), np.minimum(0.4 + distance / 50.0, 1.5), 0.0
        )
    features["years_same"] = features["begin_same"] * features["end_same"]
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
            if fact.condition.quantifier != "none":  # what is not there speaks for nobody
                features[f"{kind}_agrees"][span] += verdict == AGREES
            features[f"{kind}_contradicts"][span] += verdict == CONTRADICTS
        verdicts.append(judged)
    for name in ("id_agrees", "id_contradicts", "fact_agrees", "fact_contradicts"):
        np.minimum(features[name], 2.0, out=features[name])
    return features, verdicts


def _type_features(
    here: SegmentEvidence,
    evidence: Sequence[Evidence],
    query: Array,
    entities: Array,
    spans: list[slice],
) -> dict[str, Array]:
    agrees, contradicts, steps = here.each_type(evidence, entities, spans)
    return {
        "type_agrees": agrees.astype(np.float64),
        "type_steps": np.where(agrees & (steps > 1), np.minimum(steps, 5) / 5.0, 0.0),
        "type_contradicts": contradicts.astype(np.float64),
        "type_unknown": (
            np.array([bool(one.types) for one in evidence])[query] & ~agrees & ~contradicts
        ).astype(np.float64),
    }


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
