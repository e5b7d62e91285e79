"""Scored pairs of a batch → the candidates that are answered, with features and decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from kgtool.entities import Profile
from kgtool.reconcile.conditions import Evidence, Fact
from kgtool.reconcile.directory import Directory
from kgtool.reconcile.display import description, label, verdict_feature
from kgtool.reconcile.doubles import Double, doubles_among
from kgtool.reconcile.meeting import AGREES, CONTRADICTS
from kgtool.reconcile.pairing import Pairs
from kgtool.reconcile.query import MAX_LIMIT, Candidate, Feature, Query
from kgtool.reconcile.weights import Weights
from kgtool.views.names.record import KINDS, STATED, NameRecord

Holding = Callable[[Fact], list[str]]  # ids of the entities for which a fact is true
Types = tuple[tuple[str, str], ...]


class Row(Struct, frozen=True, gc=False):
    """One pair on its way to a candidate."""

    part: int
    at: int
    points: float
    record: NameRecord


class Candidates:
    """Makes candidates of scored pairs.

    :param holding: ids of the entities that an identifier belongs to.
    """

    def __init__(
        self, directory: Directory, profile: Profile, weights: Weights, holding: Holding
    ) -> None:
        self._directory = directory
        self._index = directory.index
        self._weights = weights
        self._holding = holding
        self._ids = list(weights.features)
        self._points = np.array(list(weights.features.values()))
        self._identifiers = frozenset(
            property
            for segment in self._index.segments
            for property in segment.meta.properties
            if property[0] == "P"
            and property != profile.properties.image
            and property not in profile.name_kinds
            and self._index.identifying(property)
        )

    def identifies(self, property: str) -> bool:
        """Whether a property is an identifier in the strict sense: no sitelink, no image."""
        return property in self._identifiers

    def of(
        self, queries: Sequence[Query], evidence: Sequence[Evidence], parts: Sequence[Pairs]
    ) -> list[list[Candidate]]:
        """The candidates of each query, best first."""
        limits = [min(query.limit, MAX_LIMIT) for query in queries]
        # One more, for the margin of the last.
        rows = [self._rows(parts, q, limit + 1) for q, limit in enumerate(limits)]
        shown = [one for q, limit in enumerate(limits) for one in rows[q][:limit]]
        features = iter(self._features(parts, shown))
        types: dict[tuple[tuple[str, ...], str, tuple[str, ...]], Types] = {}
        answers: list[list[Candidate]] = []
        for q, (query, limit) in enumerate(zip(queries, limits, strict=True)):
            few = rows[q][:limit]
            rival = rows[q][1] if len(rows[q]) > 1 else None
            shared = self._shared(few)
            found: list[Candidate] = []
            for row in few:
                asked = query.types, query.language, tuple(row.record.types)
                if asked not in types:
                    types[asked] = self.types(row.record, query)
                found.append(
                    self._candidate(
                        query,
                        evidence[q],
                        parts[row.part],
                        row,
                        q,
                        next(features),
                        types[asked],
                        None if found else (rival.points if rival else -np.inf),
                        shared,
                    )
                )
            answers.append(found)
        return answers

    def types(self, record: NameRecord, query: Query) -> Types:
        """The entity's types, after those asked for under which it falls: clients compare ids."""
        below, target = self._index.classes.below, self._index.redirects.target
        asked = [
            type
            for type in query.types
            if any(known in below(target(type)) for known in record.types)
        ]
        types = dict.fromkeys([*asked, *record.types])
        return tuple((type, self._directory.label(type, query.language)) for type in types)

    def _rows(self, parts: Sequence[Pairs], q: int, limit: int) -> list[Row]:
        """The best pair of each entity for query *q*, best first."""
        rows: list[Row] = []
        for n, pairs in enumerate(parts):
            first, last = int(pairs.starts[q]), int(pairs.starts[q + 1])
            order = np.argsort(-pairs.points[first:last], kind="stable") + first
            seen: set[int] = set()
            few: list[Row] = []
            for at, entity in zip(order.tolist(), pairs.entity[order].tolist(), strict=True):
                if entity in seen:
                    continue
                seen.add(entity)
                record = pairs.segment.record(entity)
                if record.datatype:  # a property: only its id means it
                    continue
                few.append(Row(n, at, float(pairs.points[at]), record))
                if len(few) == limit:
                    break
            rows += few
        rows.sort(key=lambda row: (-row.points, len(row.record.id), row.record.id))
        return rows[:limit]

    def _features(self, parts: Sequence[Pairs], rows: Sequence[Row]) -> list[list[Feature]]:
        """The features of each row that are not 0."""
        if not rows:
            return []
        matrix = np.stack([parts[row.part].matrix[row.at] for row in rows])
        points = matrix * self._points
        row, column = np.nonzero(matrix)
        ids = self._ids
        flat = [
            Feature(ids[c], value, adds)
            for c, value, adds in zip(
                column.tolist(),
                matrix[row, column].tolist(),
                points[row, column].tolist(),
                strict=True,
            )
        ]
        ends = np.searchsorted(row, np.arange(len(rows) + 1)).tolist()
        return [flat[ends[i] : ends[i + 1]] for i in range(len(rows))]

    def _candidate(
        self,
        query: Query,
        evidence: Evidence,
        pairs: Pairs,
        row: Row,
        q: int,
        features: list[Feature],
        types: Types,
        rival: float | None,
        shared: Sequence[Double],
    ) -> Candidate:
        """One candidate; *rival* are the points of the next where it is the first one."""
        at, record = row.at, row.record
        here = at - int(pairs.starts[q])
        verdicts = [int(verdict[here]) for verdict in pairs.verdicts[q]]
        certain = False
        twins: list[str] = []
        for fact, verdict in zip(evidence.facts, verdicts, strict=True):
            if verdict == AGREES and fact.kind == "identifier":
                certain = True
                twins += [id for id in self._holding(fact) if id != record.id]
        named = bool(query.name)
        score = self._weights.score(row.points) if named else by_facts(verdicts)
        match = (
            rival is not None
            and score >= self._weights.match_score
            and row.points - rival >= self._weights.match_margin
            and not twins
            and (named or certain)
        )
        if match and (CONTRADICTS in verdicts or not pairs.undoubted[at]):
            match = certain and not pairs.features["id_contradicts"][at]
        for one in shared:
            if record.id in one.ids:
                twins += [id for id in one.ids if id != record.id]
        name = int(pairs.name[at])
        kind = KINDS[pairs.segment.name_rank[name]] if named else ""
        told = features if named else []
        if kind in STATED:
            told.append(Feature(f"name_{kind}", True))
        told += [
            verdict_feature(fact, verdict)
            for fact, verdict in zip(evidence.facts, verdicts, strict=True)
        ]
        return Candidate(
            id=record.id,
            name=label(record, query.language)[0],
            description=description(record, query.language),
            types=types,
            score=score,
            match=bool(match),
            features=tuple(told),
            matched_name=pairs.segment.name_text[name] if named else "",
            language=pairs.segment.languages[int(pairs.segment.name_language[name])],
            name_kind=kind,
            twins=tuple(dict.fromkeys(twins)),
        )

    def _shared(self, rows: Sequence[Row]) -> list[Double]:
        """Identifiers that some of the candidates share, asked or not."""
        if len(rows) < 2:
            return []
        return doubles_among((row.record for row in rows), self.identifies)


def by_facts(verdicts: Sequence[int]) -> float:
    """The score where no name is asked: the share of conditions that agree."""
    agree = sum(verdict == AGREES for verdict in verdicts)
    against = sum(verdict == CONTRADICTS for verdict in verdicts)
    return round(100.0 * max(0, agree - against) / max(len(verdicts), 1), 2)
