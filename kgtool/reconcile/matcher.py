"""The matcher: queries in, candidates with scores and reasons out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from kgtool.entities import Profile
from kgtool.errors import KgtoolError, UsageError
from kgtool.reconcile.conditions import Evidence, Fact
from kgtool.reconcile.directory import Directory
from kgtool.reconcile.display import description, label, shown_features
from kgtool.reconcile.doubles import Double, doubles_among
from kgtool.reconcile.evidence import AGREES, CONTRADICTS
from kgtool.reconcile.pairing import Pairing, Pairs
from kgtool.reconcile.query import MAX_LIMIT, Answer, Candidate, Failure, Query
from kgtool.reconcile.weights import Weights, load_weights
from kgtool.views.names.index import Index
from kgtool.views.names.record import NameRecord

BATCH = 50
_ID = re.compile(r"^[A-Z]\d+$")


class Row(NamedTuple):
    """One pair on its way to a candidate."""

    part: int
    at: int
    points: float
    record: NameRecord


class Reconciler:
    """Matches queries against one opened index. Safe for threads that take turns.

    :param profile: which properties begin and end a life, say where a place is, and so on.
    :param clock: tells the time that deadlines are set in, in seconds.
    """

    def __init__(
        self,
        index: Index,
        profile: Profile,
        weights: Weights | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.index = index
        self.profile = profile
        self.weights = weights or load_weights()
        self._clock = clock
        self.directory = Directory(index, profile)
        self.pairing = Pairing(self.directory, profile, self.weights)

    def match(self, queries: Sequence[Query], deadline: float | None = None) -> list[Answer]:
        """Answer each query on its own: an unfit one is a :class:`Failure`, the others go on.

        :param deadline: reading of the clock after which the rest are failures.
        """
        answers: list[Answer] = []
        for start in range(0, len(queries), BATCH):
            batch = queries[start : start + BATCH]
            if deadline is not None and self._clock and self._clock() > deadline:
                answers += [Failure("The time for this batch was over.", 1.0)] * len(batch)
                continue
            answers += self._batch(batch)
        return answers

    def explain(self, query: Query, id: str) -> Candidate | None:
        """How the entity *id* would score for *query*, found or not; nothing if it is unknown."""
        place = self.index.find(self.index.redirects.target(id))
        if place is None:
            return None
        evidence = [self.pairing.compile(query)]
        pairs = self.pairing.pairs([query], evidence, only=place)
        rows = self._rows(pairs, 0, 1)
        return self._candidate(query, evidence[0], pairs, rows[0], None, False) if rows else None

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
                evidence.append(self.pairing.compile(query))
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
            target = self.index.record(id)
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
        return self.pairing.pairs(queries, [self.pairing.compile(query) for query in queries])

    def _answers(self, queries: Sequence[Query], evidence: Sequence[Evidence]) -> list[Answer]:
        parts = self.pairing.pairs(queries, evidence)
        answers: list[Answer] = []
        for q, (query, one) in enumerate(zip(queries, evidence, strict=True)):
            limit = min(query.limit, MAX_LIMIT)
            rows = self._rows(parts, q, limit + 1)  # one more, for the margin of the last
            rival = rows[1] if len(rows) > 1 else None
            shared = self._shared(rows[:limit])
            answers.append(
                [
                    self._candidate(query, one, parts, row, rival, i == 0, q, shared)
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
        shared: Sequence[Double] = (),
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
        others = [id for one in shared if row.record.id in one.ids for id in one.ids]
        twins += [id for id in others if id != row.record.id]
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
                self.weights.shown if named else (),
                verdicts,
            ),
            matched_name=segment.name_text[name] if named else "",
            language=segment.languages[int(segment.name_language[name])],
            twins=tuple(dict.fromkeys(twins)),
        )

    def _types(self, record: NameRecord, query: Query) -> tuple[tuple[str, str], ...]:
        """The entity's types, after those asked for under which it falls: clients compare ids."""
        below, target = self.index.classes.below, self.index.redirects.target
        asked = [
            type
            for type in query.types
            if any(known in below(target(type)) for known in record.types)
        ]
        types = dict.fromkeys([*asked, *record.types])
        return tuple((type, self.directory.label(type, query.language)) for type in types)

    def _shared(self, rows: Sequence[Row]) -> list[Double]:
        """Identifiers that some of the candidates share, asked or not."""
        if len(rows) < 2:
            return []
        return doubles_among((row.record for row in rows), self.identifies)

    def identifies(self, property: str) -> bool:
        """Whether a property is an identifier in the strict sense: no sitelink, no image."""
        return (
            property[0] == "P"
            and property != self.profile.properties.image
            and self.index.identifying(property)
        )

    def _holding(self, fact: Fact) -> list[str]:
        """Ids of the living entities for which an identifier fact is true."""
        return [
            self.index.segments[n].record(int(entity)).id
            for n, here in enumerate(self.pairing.evidence)
            for entity in here.holders(fact)
            if int(entity) not in self.index.dead[n]
        ]


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
