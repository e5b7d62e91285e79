"""The matcher: queries in, candidates with scores and reasons out."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence

import msgspec

from kgtool.entities import Profile
from kgtool.errors import KgtoolError, UsageError
from kgtool.reconcile.candidates import Candidates
from kgtool.reconcile.conditions import Evidence, Fact
from kgtool.reconcile.directory import Directory
from kgtool.reconcile.display import description, label
from kgtool.reconcile.pairing import Pairing, Pairs
from kgtool.reconcile.query import Answer, Candidate, Failure, Query
from kgtool.reconcile.several import ByName
from kgtool.reconcile.weights import Weights, load_weights
from kgtool.views.names.index import Index

BATCH = 50
_HAS_DIGIT = re.compile(r"\d").search
_log = logging.getLogger("kgtool.reconcile")


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
        self._candidates = Candidates(self.directory, profile, self.weights, self._holding)

    def match(self, queries: Sequence[Query], deadline: float | None = None) -> list[Answer]:
        """Answer each query on its own: an unfit one is a :class:`Failure`, the others go on.

        :param deadline: reading of the clock after which the rest are failures.
        """
        each = ByName(queries)
        return each.joined(self._match(each.asked, deadline))

    def _match(self, queries: Sequence[Query], deadline: float | None) -> list[Answer]:
        answers: list[Answer] = []
        for start in range(0, len(queries), BATCH):
            batch = queries[start : start + BATCH]
            if deadline is not None and self._clock and self._clock() > deadline:
                answers += [Failure("The time for this batch was over.", 1.0)] * len(batch)
                continue
            answers += self._apart(batch)
        return answers

    def _apart(self, queries: Sequence[Query]) -> list[Answer]:
        """The batch; where something fails that should not, each query of it by itself."""
        try:
            return self._batch(queries)
        except Exception:  # whatever it is, it must not take the other queries with it
            if len(queries) == 1:
                _log.exception("A query failed that should not.")
                return [Failure("Something failed that should not; the log of the service has it.")]
            return [answer for query in queries for answer in self._apart([query])]

    def explain(self, query: Query, id: str) -> Candidate | None:
        """How the entity *id* would score for *query*, found or not; nothing if it is unknown."""
        place = self.index.find(self.index.redirects.target(id))
        if place is None:
            return None
        evidence = [self.pairing.compile(query)]
        pairs = self.pairing.pairs([query], evidence, only=place)
        (found,) = self._candidates.of([query], evidence, pairs)
        return msgspec.structs.replace(found[0], match=False) if found else None

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
                compiled = self.pairing.compile(query)
                if not query.name and not any(fact.finds for fact in compiled.facts):
                    raise UsageError(
                        "Nothing can be found by these conditions alone: they have paths, dates, "
                        "match qualifiers or “none”.",
                        hint="Give a name, an id, or a property with a value.",
                    )
                evidence.append(compiled)
                asked.append(i)
            except KgtoolError as error:
                answers[i] = Failure(str(error))
        if asked:
            chosen = [queries[i] for i in asked]
            pairs = self.pairing.pairs(chosen, evidence)
            found = self._candidates.of(chosen, evidence, pairs)
            for i, candidates in zip(asked, found, strict=True):
                answers[i] = candidates
        return [answers[i] for i in range(len(queries))]

    def _by_id(self, query: Query) -> list[Candidate] | None:
        """An id as query, or given as such, passes all filters: who names it means it."""
        ids = query.ids
        if not ids and query.name and _HAS_DIGIT(query.name):
            text = query.name.strip()
            named = self.directory.id_in(text)
            if not named and self.index.find(
                self.index.redirects.target(text)
            ):  # a table has ids of any form
                named = text
            ids = (named,) if named else ()
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
                    types=self._candidates.types(target, query),
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

    def identifies(self, property: str) -> bool:
        """Whether a property is an identifier in the strict sense: no sitelink, no image."""
        return self._candidates.identifies(property)

    def _holding(self, fact: Fact) -> list[str]:
        """Ids of the living entities for which an identifier fact is true."""
        return [
            self.index.segments[n].record(int(entity)).id
            for n, here in enumerate(self.pairing.evidence)
            for entity in here.holders(fact)
            if int(entity) not in self.index.dead[n]
        ]


def _check(query: Query) -> None:
    if query.limit < 1:
        raise UsageError(f"The limit is {query.limit}; it must be at least 1.")
    if query.name is not None and not query.name.strip() and not query.ids and not query.properties:
        raise UsageError("The query is empty.", hint="Give a name, an id or a property.")
    if query.name is None and not query.ids and not query.properties:
        raise UsageError("The query asks for nothing.", hint="Give a name, an id or a property.")
