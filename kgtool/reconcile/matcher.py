"""The matcher: queries in, candidates with scores and reasons out."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
import numpy as np

from kgtool.entities import Profile
from kgtool.errors import KgtoolError, UsageError
from kgtool.reconcile.display import description, label, shown_features
from kgtool.reconcile.evidence import (
    AGREES,
    CONTRADICTS,
    Evidence,
    Fact,
    SegmentEvidence,
    compile_evidence,
    evidence_features,
)
from kgtool.reconcile.languages import language_names
from kgtool.reconcile.parse import parse
from kgtool.reconcile.paths import Path
from kgtool.reconcile.paths import values as path_values
from kgtool.reconcile.query import MAX_LIMIT, Answer, Candidate, Failure, Query
from kgtool.reconcile.retrieve import Asked, Retriever, best_of, weigh
from kgtool.reconcile.spelling import Speller
from kgtool.reconcile.weights import Weights, load_weights
from kgtool.views.names.arrays import Array
from kgtool.views.names.index import Index, dead_tokens
from kgtool.views.names.record import NameRecord
from kgtool.views.names.segment import Segment
from kgtool.views.names.text import tokens

BATCH = 50
STARTING = 200  # words that the begin of a word may stand for, when suggesting
INITIALS = 200  # names that an acronym may bring in
_ID = re.compile(r"^[A-Z]\d+$")


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


class Row(NamedTuple):
    """One pair on its way to a candidate."""

    part: int
    at: int
    points: float
    record: NameRecord


class Reconciler:
    """Matches queries against one opened index. Safe for threads that take turns.

    :param profile: which properties begin and end a life, say where a place is, and so on.
    """

    def __init__(self, index: Index, profile: Profile, weights: Weights | None = None) -> None:
        self.index = index
        self.profile = profile
        self.weights = weights or load_weights()
        self._shown = [
            (id, self.weights.names[id], weight) for id, weight in self.weights.features.items()
        ]
        roles = profile.properties
        self._begins = {roles.birth, roles.inception} - {""}
        self._ends = {roles.death, roles.dissolved} - {""}
        dead = [
            dead_tokens(segment, numbers)
            for segment, numbers in zip(index.segments, index.dead, strict=True)
        ]
        self._speller = Speller(index.segments, dead, index.rarity)
        self._retrievers = [
            Retriever(segment, number, index.dead[number], index.rarity)
            for number, segment in enumerate(index.segments)
        ]
        self.evidence = [
            SegmentEvidence(segment, number, index.classes, self._path_values, self.within)
            for number, segment in enumerate(index.segments)
        ]
        self._named = lru_cache(maxsize=8192)(self._ids_named)
        self._label = lru_cache(maxsize=8192)(self._find_label)

    def match(self, queries: Sequence[Query], deadline: float | None = None) -> list[Answer]:
        """Answer each query on its own: an unfit one is a :class:`Failure`, the others go on.

        :param deadline: ``time.monotonic()`` after which the rest are failures.
        """
        answers: list[Answer] = []
        for start in range(0, len(queries), BATCH):
            batch = queries[start : start + BATCH]
            if deadline is not None and time.monotonic() > deadline:
                answers += [Failure("The time for this batch was over.", 1.0)] * len(batch)
                continue
            answers += self._batch(batch)
        return answers

    def explain(self, query: Query, id: str) -> Candidate | None:
        """How the entity *id* would score for *query*, found or not; nothing if it is unknown."""
        place = self.index.find(id)
        if place is None:
            return None
        evidence = [self._compile(query)]
        pairs = self._pairs([query], evidence, only=place)
        rows = self._rows(pairs, 0, 1)
        return self._candidate(query, evidence[0], pairs, rows[0], None, False) if rows else None

    def _compile(self, query: Query) -> Evidence:
        return compile_evidence(
            query,
            parse(query.name) if query.name else None,
            begins=tuple(self._begins),
            ends=tuple(self._ends),
            identifying=self.index.identifying,
            resolve=self._named,
        )

    def _batch(self, queries: Sequence[Query]) -> list[Answer]:
        answers: dict[int, Answer] = {}
        asked: list[int] = []
        evidence: list[Evidence] = []
        for i, query in enumerate(queries):
            try:
                _check(query)
                direct = self._by_id(query)
                if direct:
                    answers[i] = direct
                    continue
                evidence.append(self._compile(query))
                asked.append(i)
            except KgtoolError as error:
                answers[i] = Failure(str(error))
        if asked:
            chosen = [queries[i] for i in asked]
            for i, answer in zip(asked, self._answers(chosen, evidence), strict=True):
                answers[i] = answer
        return [answers[i] for i in range(len(queries))]

    def _by_id(self, query: Query) -> list[Candidate] | None:
        """An id as query, or given as such, passes all filters: who names it means it."""
        ids = query.ids or (
            (query.name.strip(),) if query.name and _ID.match(query.name.strip()) else ()
        )
        found: list[Candidate] = []
        for id in ids:
            record = self.index.record(id)
            target = self.index.record(record.same_as) if record and record.same_as else record
            if target is None:
                continue
            found.append(
                Candidate(
                    id=target.id,
                    name=label(target, query.language)[0],
                    description=description(target, query.language),
                    types=self._types(target, query),
                    score=100.0,
                    match=True,
                    features=(),
                    matched_name="",
                    language="",
                    redirected_from=id if target.id != id else "",
                )
            )
        return found[: query.limit] or ([] if query.ids and not query.name else None)

    def pairs(self, queries: Sequence[Query]) -> list[Pairs]:
        """Scored pairs for each segment; what the weights are fitted on."""
        return self._pairs(queries, [self._compile(query) for query in queries])

    def _pairs(
        self,
        queries: Sequence[Query],
        evidence: Sequence[Evidence],
        only: tuple[int, int] | None = None,
    ) -> list[Pairs]:
        spelt = [
            (q, parse(text))
            for q, query in enumerate(queries)
            for text in (query.name or "", *language_names(query.name or ""))
        ]
        parsed = [one for _, one in spelt]
        likes = self._speller.likes([word for one in parsed for word in one.words])
        asked = weigh(parsed, likes, self.index.segments, self.index.rarity)
        of = [q for q, _ in spelt]
        if only is not None:
            names = self._retrievers[only[0]].names_of(np.array([only[1]]))
            return [self._segment_pairs(only[0], of, asked, evidence, [names] * len(of), True)]
        chosen = self._chosen(of, asked, evidence)
        return [
            self._segment_pairs(n, of, asked, evidence, chosen[n], False)
            for n in range(len(self.index.segments))
        ]

    def _chosen(
        self, of: Sequence[int], asked: Sequence[Asked], evidence: Sequence[Evidence]
    ) -> list[list[Array]]:
        """By segment and row of *asked*, the names worth comparing: by their words, or as facts or
        initials point to them."""
        rough = [retriever.rough(asked) for retriever in self._retrievers]
        bonuses = [[here.bonus(one) for one in evidence] for here in self.evidence]
        chosen: list[list[Array]] = [[] for _ in self._retrievers]
        for r, (q, one) in enumerate(zip(of, asked, strict=True)):
            best = max(
                (float(part[r].score.max()) for part in rough if len(part[r].score)), default=0
            )
            better = [
                retriever.better(part[r], best, bonus[q])
                for retriever, part, bonus in zip(self._retrievers, rough, bonuses, strict=True)
            ]
            for n, names in enumerate(best_of(better)):
                retriever = self._retrievers[n]
                facts = self.evidence[n].found(evidence[q])
                extra = self._initials(n, one)
                if len(facts):
                    extra = np.concatenate([extra, retriever.names_of(facts)])
                if len(extra):
                    names = np.union1d(names, retriever.allowed(extra, bonuses[n][q]))
                chosen[n].append(names)
        return chosen

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
        evidence: Sequence[Evidence],
        chosen: Sequence[Array],
        explaining: bool,
    ) -> Pairs:
        segment, retriever, here = self.index.segments[n], self._retrievers[n], self.evidence[n]
        name = np.concatenate(chosen).astype(np.int64)
        row = np.repeat(np.arange(len(chosen)), [len(names) for names in chosen])
        entity = segment.name_entity[name].astype(np.int64)
        features = retriever.compare(asked, row, name).features
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
        points = np.full(len(query), self.weights.bias)
        for feature, weight in self.weights.features.items():
            points += weight * features[feature]
        points = np.round(points, 6)
        if not keep.all():
            query, entity, name, points = query[keep], entity[keep], name[keep], points[keep]
            features = {feature: column[keep] for feature, column in features.items()}
            ends = np.searchsorted(query, np.arange(len(evidence) + 1))
        matrix = np.stack([features[id] for id, _, _ in self._shown], axis=1).round(4)
        return Pairs(
            segment, ends, entity, name, points, features, matrix, undoubted(features), verdicts
        )

    def _answers(self, queries: Sequence[Query], evidence: Sequence[Evidence]) -> list[Answer]:
        parts = self._pairs(queries, evidence)
        answers: list[Answer] = []
        for q, (query, one) in enumerate(zip(queries, evidence, strict=True)):
            limit = min(query.limit, MAX_LIMIT)
            rows = self._rows(parts, q, limit + 1)  # one more, for the margin of the last
            answers.append(
                [
                    self._candidate(
                        query, one, parts, row, rows[1] if len(rows) > 1 else None, i == 0, q
                    )
                    for i, row in enumerate(rows[:limit])
                ]
            )
        return answers

    def _rows(self, parts: Sequence[Pairs], q: int, limit: int) -> list[Row]:
        """The best pair of each entity for query *q*, best first."""
        rows: list[Row] = []
        for n, pairs in enumerate(parts):
            first, last = int(pairs.starts[q]), int(pairs.starts[q + 1])
            seen: set[int] = set()
            points = pairs.points[first:last]
            for at in np.argsort(-points, kind="stable").tolist():
                entity = int(pairs.entity[first + at])
                if entity in seen:
                    continue
                seen.add(entity)
                record = pairs.segment.record(entity)
                rows.append(Row(n, first + at, float(points[at]), record))
                if len(seen) == limit:
                    break
        rows.sort(key=lambda row: (-row.points, len(row.record.id), row.record.id))
        return rows[:limit]

    def _candidate(
        self,
        query: Query,
        evidence: Evidence,
        parts: Sequence[Pairs],
        row: Row,
        rival: Row | None,
        first: bool,
        q: int = 0,
    ) -> Candidate:
        pairs = parts[row.part]
        segment = pairs.segment
        start = int(pairs.starts[q])
        verdicts = [
            (fact, int(verdict[row.at - start]))
            for fact, verdict in zip(evidence.facts, pairs.verdicts[q], strict=True)
        ]
        certain = False
        twins: list[str] = []
        for fact, verdict in verdicts:
            if fact.kind == "identifier" and verdict == AGREES:
                certain = True
                twins += [id for id in self._holding(fact) if id != row.record.id]
        named = bool(query.name)
        score = self.weights.score(row.points) if named else _by_facts(verdicts)
        against = any(verdict == CONTRADICTS for _, verdict in verdicts) or not bool(
            pairs.undoubted[row.at]
        )
        match = (
            first
            and score >= self.weights.match_score
            and (rival is None or row.points - rival.points >= self.weights.match_margin)
            and not twins
            and (not against or (certain and not pairs.features["id_contradicts"][row.at]))
            and (named or certain)
        )
        name = int(pairs.name[row.at])
        return Candidate(
            id=row.record.id,
            name=label(row.record, query.language)[0],
            description=description(row.record, query.language),
            types=self._types(row.record, query),
            score=score,
            match=match,
            features=shown_features(
                pairs.matrix[row.at].tolist() if named else (),
                self._shown if named else (),
                verdicts,
            ),
            matched_name=segment.name_text[name] if named else "",
            language=segment.languages[int(segment.name_language[name])],
            twins=tuple(dict.fromkeys(twins)),
        )

    def _types(self, record: NameRecord, query: Query) -> tuple[tuple[str, str], ...]:
        """The entity's types, after those asked for under which it falls: clients compare ids."""
        below = self.index.classes.below
        asked = [
            type for type in query.types if any(known in below(type) for known in record.types)
        ]
        types = dict.fromkeys([*asked, *record.types])
        return tuple((type, self.label(type, query.language)) for type in types)

    def _holding(self, fact: Fact) -> list[str]:
        """Ids of the living entities for which an identifier fact is true."""
        return [
            self.index.segments[n].record(int(entity)).id
            for n, here in enumerate(self.evidence)
            for entity in here.holders(fact)
            if int(entity) not in self.index.dead[n]
        ]

    def names_starting(self, folded: str, count: int) -> list[tuple[int, int]]:
        """Segment and number of entities with a name that begins so; the best known first.

        Words in front must be whole, the last one may be begun.
        """
        *whole, begun = folded.split(" ") if folded else [""]
        if not begun:
            return []
        found: dict[tuple[int, int], int] = {}
        for n, segment in enumerate(self.index.segments):
            tokens = segment.tokens_starting(begun, STARTING)
            names = np.unique(segment.holders.gather(tokens)[0]) if len(tokens) else tokens
            for word in whole:
                token = segment.token(word)
                held = segment.holders[token] if token is not None else names[:0]
                names = names[np.isin(names, held)]
            names = names[
                np.argsort(
                    -segment.weight[segment.name_entity[names]].astype(np.int32), kind="stable"
                )
            ]
            for name in names[: 20 * count].tolist():
                entity = int(segment.name_entity[name])
                if entity in self.index.dead[n] or (n, entity) in found:
                    continue
                first = segment.name_fold[name].startswith(folded)
                found[n, entity] = int(segment.weight[entity]) + (1000 if first else 0)
        return sorted(found, key=lambda place: (-found[place], place))[:count]

    def label(self, id: str, language: str = "") -> str:
        """The label of an entity of the index, or its id."""
        return self._label(id, language)

    def _find_label(self, id: str, language: str) -> str:
        record = self.index.record(id)
        return label(record, language)[0] if record else id

    def full_record(self, id: str) -> NameRecord | None:
        """The record of an id; types and classes stand among the other values, too."""
        record = self.index.record(id)
        return self._full(record) if record else None

    def _full(self, record: NameRecord) -> NameRecord:
        roles = self.profile.properties
        values = dict(record.ids)
        for property, own in (
            (roles.instance_of, record.types),
            (roles.subclass_of, record.parents),
        ):
            if property and own:
                values[property] = own
        return msgspec.structs.replace(record, ids=values)

    def _path_values(self, n: int, entity: int, path: Path) -> list[str]:
        return path_values(
            path, self._full(self.index.segments[n].record(entity)), self.full_record
        )

    def within(self, place: str, around: str) -> bool:
        """Whether *place* is *around* or lies in it (located in, country; ten steps at most)."""
        roles = self.profile.properties
        seen: set[str] = set()
        here = {place}
        for _ in range(10):
            if around in here:
                return True
            seen |= here
            records = [record for id in here if (record := self.index.record(id))]
            here = {
                value
                for record in records
                for role in (roles.located_in, roles.country)
                for value in record.ids.get(role, ())
            } - seen
        return around in here

    def _ids_named(self, text: str) -> tuple[str, ...]:
        """Ids of the entities that have exactly this name, folded; the best known first."""
        words = tokens(text)
        if not words:
            return ()
        folded = " ".join(words).encode()
        found: list[tuple[int, str]] = []
        for n, segment in enumerate(self.index.segments):
            known = [segment.token(word) for word in words]
            if any(token is None for token in known):
                continue
            rarest = min((segment.holders[token] for token in known if token is not None), key=len)
            for name in rarest.tolist():
                entity = int(segment.name_entity[name])
                if segment.name_fold.raw(name) == folded and entity not in self.index.dead[n]:
                    found.append((-int(segment.weight[entity]), segment.record(entity).id))
        return tuple(dict.fromkeys(id for _, id in sorted(found)[:20]))


AGAINST = ("type_contradicts", "begin_apart", "end_apart", "active_outside", "id_contradicts")


def undoubted(features: Mapping[str, Array]) -> Array:
    """Which pairs may be matches: nothing contradicts, and of years given one agrees."""
    confirmed = features["begin_same"] + features["end_same"] > 0
    near = features["begin_near"] + features["end_near"] > 0
    unconfirmed = (features["years_unknown"] > 0) | (near & ~confirmed)
    against = sum(features[name] for name in AGAINST)
    result: Array = (against == 0) & ~unconfirmed
    return result


def _by_facts(verdicts: list[tuple[Fact, int]]) -> float:
    """The score where no name is asked: the share of conditions that agree."""
    agree = sum(verdict == AGREES for _, verdict in verdicts)
    against = sum(verdict == CONTRADICTS for _, verdict in verdicts)
    return round(100.0 * max(0, agree - against) / max(len(verdicts), 1), 2)


def _check(query: Query) -> None:
    if query.limit < 1:
        raise UsageError(f"The limit is {query.limit}; it must be at least 1.")
    if query.name is not None and not query.name.strip() and not query.ids and not query.properties:
        raise UsageError("The query is empty.", hint="Give a name, an id or a property.")
    if query.name is None and not query.ids and not query.properties:
        raise UsageError("The query asks for nothing.", hint="Give a name, an id or a property.")
