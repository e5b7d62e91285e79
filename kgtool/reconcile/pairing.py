"""Queries paired with the names that may be meant, each pair with its features and points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from kgtool.entities import Profile
from kgtool.reconcile.asked import Asked, weigh
from kgtool.reconcile.compare import Comparer
from kgtool.reconcile.conditions import Evidence, compile_evidence
from kgtool.reconcile.directory import Directory
from kgtool.reconcile.evidence import SegmentEvidence
from kgtool.reconcile.evidence_features import evidence_features
from kgtool.reconcile.joining import with_joined
from kgtool.reconcile.languages import language_names
from kgtool.reconcile.meeting import AGREES
from kgtool.reconcile.parse import asides, han_names, parse, written_out
from kgtool.reconcile.query import Query
from kgtool.reconcile.retrieve import NEAR_BEST, Retriever, best_of
from kgtool.reconcile.spelling import Speller
from kgtool.reconcile.weights import Weights
from kgtool.views.names.arrays import Array
from kgtool.views.names.index import dead_tokens
from kgtool.views.names.segment import Segment
from kgtool.views.names.text import fold

INITIALS = 200  # names that an acronym may bring in
NAMED = 200  # entities that a condition on the name may bring in
UNLIKE = 0.9  # best rough score, years and types counted, below which no name may be meant


class Pairs(NamedTuple):
    """Scored pairs of one segment, by query: those of query *q* from ``starts[q]`` on.

    ``verdicts`` holds, for each query, what each of its facts says of each of its pairs.
    """

    segment: Segment
    starts: Array
    entity: Array
    name: Array
    points: Array
    features: Mapping[str, Array]
    matrix: Array
    undoubted: Array
    verdicts: list[list[Array]]


class Pairing:
    """Pairs queries with the names of one index."""

    def __init__(self, directory: Directory, profile: Profile, weights: Weights) -> None:
        index = directory.index
        self.index = index
        self._directory = directory
        self._weights = weights
        roles = profile.properties
        self._begins = tuple({roles.birth, roles.inception} - {""})
        self._ends = tuple({roles.death, roles.dissolved} - {""})
        self._classes = tuple({roles.instance_of, roles.subclass_of} - {""})
        self._country = roles.country
        self._names = profile.name_kinds.keys()
        dead = [
            dead_tokens(segment, numbers)
            for segment, numbers in zip(index.segments, index.dead, strict=True)
        ]
        self._speller = Speller(index.segments, dead, index.rarity)
        self._retrievers = [
            Retriever(segment, number, index.dead[number], index.rarity)
            for number, segment in enumerate(index.segments)
        ]
        self._comparers = [Comparer(segment, n) for n, segment in enumerate(index.segments)]
        self.evidence = [
            SegmentEvidence(segment, number, index.classes, directory.path_values, directory.within)
            for number, segment in enumerate(index.segments)
        ]

    def compile(self, query: Query) -> Evidence:
        """What a query says besides its name.

        :raises ExpressionError: a path of it does not parse.
        """
        return compile_evidence(
            query,
            parse(query.name) if query.name else None,
            begins=self._begins,
            ends=self._ends,
            classes=self._classes,
            country=self._country,
            countries=lambda: self._directory.countries,
            identifying=self.identifying,
            resolve=self._directory.ids_meant,
            target=self.index.redirects.target,
        )

    def identifying(self, property: str) -> bool:
        """Whether nearly every value of a property belongs to one entity; a name says less."""
        return property not in self._names and self.index.identifying(property)

    def pairs(
        self,
        queries: Sequence[Query],
        evidence: Sequence[Evidence],
        only: tuple[int, int] | None = None,
    ) -> list[Pairs]:
        spelt = [
            (q, parse(text), aside)
            for q, query in enumerate(queries)
            for text, aside in _readings(query.name or "")
        ]
        parsed = [one for _, one, _ in spelt]
        aside = np.array([aside for _, _, aside in spelt], np.float64)
        likes = self._speller.likes([word for one in parsed for word in one.words])
        likes = with_joined(parsed, likes, self.index.segments)
        asked = weigh(parsed, likes, self.index.segments, self.index.rarity)
        of = [q for q, _, _ in spelt]
        if only is not None:
            names = self._retrievers[only[0]].names_of(np.array([only[1]]))
            return [
                self._segment_pairs(only[0], of, asked, aside, evidence, [names] * len(of), True)
            ]
        chosen = self._chosen(of, asked, evidence)
        return [
            self._segment_pairs(n, of, asked, aside, evidence, chosen[n], False)
            for n in range(len(self.index.segments))
        ]

    def _chosen(
        self, of: Sequence[int], asked: Sequence[Asked], evidence: Sequence[Evidence]
    ) -> list[list[Array]]:
        """By segment and row of *asked*, the names worth comparing: by their words, or as facts or
        initials point to them."""
        rough = [retriever.rough(asked) for retriever in self._retrievers]
        best = np.zeros(len(asked))
        for part in rough:
            np.maximum.at(best, part.query, part.score)
        if len(rough) > 1:
            rough = [part.of(part.score >= NEAR_BEST * best[part.query]) for part in rough]
        query = np.array(of)
        better = []
        for part, here in zip(rough, self.evidence, strict=True):
            entities = here.segment.name_entity[part.name]
            score = part.score + here.bonus(evidence, query[part.query], entities)
            better.append(part._replace(score=score).of(~np.isnan(score)))
        likely = np.zeros(len(asked))
        for part in better:
            np.maximum.at(likely, part.query, part.score)
        unlike = (likely < UNLIKE).tolist()
        found = best_of(better)
        chosen: list[list[Array]] = []
        for n in range(len(self.evidence)):
            part = found.of(found.segment == n)
            ends = np.searchsorted(part.query, np.arange(len(asked) + 1)).tolist()
            names = [part.name[a:b] for a, b in pairwise(ends)]
            for r, (q, one) in enumerate(zip(of, asked, strict=True)):
                extra = self._pointed(n, one, evidence[q], unlike[r])
                if len(extra):
                    names[r] = np.union1d(names[r], extra)
            chosen.append(names)
        return chosen

    def _pointed(self, n: int, asked: Asked, evidence: Evidence, unlike: bool) -> Array:
        """Names of segment *n* that initials or facts point to; years only where no name is like
        the one asked: it may be another name of the same person."""
        retriever, here = self._retrievers[n], self.evidence[n]
        extra = self._initials(n, asked)
        facts = here.found(evidence)
        if evidence.query.named:
            facts = np.union1d(facts, self._named(n, evidence))
        if unlike and asked.parsed.words:
            facts = np.union1d(facts, here.living_then(evidence))
        if len(facts):
            extra = np.concatenate([extra, retriever.names_of(facts)])
        if not len(extra):
            return extra
        names = retriever.living(extra)
        entities = here.segment.name_entity[names]
        kept: Array = names[~np.isnan(here.bonus([evidence], np.zeros(len(names), int), entities))]
        return kept

    def _named(self, n: int, evidence: Evidence) -> Array:
        """Entities of segment *n* that have the name, or one that begins so, as is asked."""
        found: set[int] = set()
        for fact in evidence.facts:
            if fact.kind != "name" or fact.condition.quantifier == "none":
                continue
            for text in fact.condition.values:
                if fact.condition.qualifier == "ExactMatch":
                    places = self._directory.named(text, NAMED)
                elif fact.condition.qualifier == "PrefixMatch":
                    places = self._directory.names_starting(fold(text), NAMED)
                else:
                    continue
                found |= {entity for segment, entity in places if segment == n}
        return np.array(sorted(found), np.int64)

    def _initials(self, n: int, asked: Asked) -> Array:
        """Names that the query is an acronym of, perhaps."""
        if not asked.parsed.acronym:
            return np.zeros(0, np.uint32)
        return self.index.segments[n].with_initials(asked.parsed.acronym)[:INITIALS]

    def _segment_pairs(
        self,
        n: int,
        of: Sequence[int],
        asked: Sequence[Asked],
        aside: Array,
        evidence: Sequence[Evidence],
        chosen: Sequence[Array],
        explaining: bool,
    ) -> Pairs:
        segment, here = self.index.segments[n], self.evidence[n]
        name = np.concatenate(chosen).astype(np.int64)
        row = np.repeat(np.arange(len(chosen)), [len(names) for names in chosen])
        entity = segment.name_entity[name].astype(np.int64)
        features = self._comparers[n].compare(asked, row, name)
        features["aside"] = aside[row]
        features["acronym"] = np.zeros(len(row))
        for r, one_asked in enumerate(asked):
            letters = self._initials(n, one_asked)
            if len(letters):
                here_too = row == r
                features["acronym"][here_too] = np.isin(name[here_too], letters)
        query = np.array(of)[row]
        ends = np.searchsorted(query, np.arange(len(evidence) + 1))
        said, verdicts = evidence_features(here, evidence, query, entity)
        features |= said
        keep = np.ones(len(query), bool)
        for q, one in enumerate(evidence):
            required = [
                verdict == AGREES
                for fact, verdict in zip(one.facts, verdicts[q], strict=True)
                if fact.condition.required and not explaining
            ]
            if required:
                met = np.all(required, axis=0)
                keep[int(ends[q]) : int(ends[q + 1])] = met
                verdicts[q] = [verdict[met] for verdict in verdicts[q]]
        points = np.full(len(query), self._weights.bias)
        for feature, weight in self._weights.features.items():
            points += weight * features[feature]
        points = np.round(points, 6)
        if not keep.all():
            query, entity, name, points = query[keep], entity[keep], name[keep], points[keep]
            features = {feature: column[keep] for feature, column in features.items()}
            ends = np.searchsorted(query, np.arange(len(evidence) + 1))
        matrix = np.stack([features[id] for id in self._weights.features], axis=1).round(4)
        return Pairs(
            segment, ends, entity, name, points, features, matrix, undoubted(features), verdicts
        )


def _readings(name: str) -> list[tuple[str, bool]]:
    """What a name may say, and whether that stands in brackets only."""
    return [
        (name, False),
        *((text, False) for text in written_out(name)),
        *((text, False) for text in language_names(name)),
        *((text, False) for text in han_names(name)),
        *((text, True) for text in asides(name)),
    ]


AGAINST = ("type_contradicts", "begin_apart", "end_apart", "active_outside", "id_contradicts")


def undoubted(features: Mapping[str, Array]) -> Array:
    """Which pairs may be matches: nothing contradicts, and of years given one agrees."""
    confirmed = features["begin_same"] + features["end_same"] > 0
    near = features["begin_near"] + features["end_near"] > 0
    unconfirmed = (features["years_unknown"] > 0) | (near & ~confirmed)
    against = sum(features[name] for name in AGAINST)
    result: Array = (against == 0) & ~unconfirmed
    return result
