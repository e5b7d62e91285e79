"""Queries that give several names of one thing: asked name by name, answered as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from kgtool.reconcile.query import MAX_LIMIT, Answer, Candidate, Failure, Query

NEAR = 5.0  # score points within which two candidates are not told apart
# What says that a candidate was found by the name and not by something else alone.
_BY_NAME = frozenset({"both", "exact", "acronym"})


class ByName:
    """Queries of any number of names as queries of one name each, which are then ``asked``."""

    def __init__(self, queries: Sequence[Query]) -> None:
        self._queries = queries
        self._parts = [_one_name_each(query) for query in queries]
        self.asked = [one for parts in self._parts for one in parts]

    def joined(self, answers: Iterable[Answer]) -> list[Answer]:
        """An answer to each of the first queries, from those to what was asked."""
        found = iter(answers)
        return [
            _joined(query, [next(found) for _ in parts])
            for query, parts in zip(self._queries, self._parts, strict=True)
        ]


def merged(answers: Iterable[Sequence[Candidate]], limit: int) -> list[Candidate]:
    """Candidates of several answers as one, best first; an entity keeps its best score.

    The first is a match only if it was one where it came from and none other is near.
    """
    best: dict[str, Candidate] = {}
    for candidate in (one for answer in answers for one in answer):
        known = best.get(candidate.id)
        if known is None or candidate.score > known.score:
            best[candidate.id] = candidate
    return _ranked(best.values(), limit)


def _special(query: Query) -> bool:
    return bool(query.also) or query.name_required


def _one_name_each(query: Query) -> list[Query]:
    if not _special(query):
        return [query]
    names = [name for name in (query.name, *query.also) if name]
    plain = replace(query, also=(), all_names=False, name_required=False)
    if query.all_names or query.name_required:  # some of those found will be left out
        plain = replace(plain, limit=MAX_LIMIT)
    return [replace(plain, name=name) for name in names]


def _joined(query: Query, answers: list[Answer]) -> Answer:
    if not _special(query):
        return answers[0]
    lists = [answer for answer in answers if not isinstance(answer, Failure)]
    failure = next((answer for answer in answers if isinstance(answer, Failure)), None)
    if failure and query.all_names:
        return failure
    if query.name_required:
        lists = [[one for one in found if _named(one)] for found in lists]
    joined = _shared(lists, query.limit) if query.all_names else merged(lists, query.limit)
    # What the name that failed would have brought is not known; a match does not need it.
    return failure if failure and not (joined and joined[0].match) else joined


def _named(candidate: Candidate) -> bool:
    """Whether the name had a part in it; an id that was given as name has no features."""
    return not candidate.features or any(one.id in _BY_NAME for one in candidate.features)


def _shared(lists: Sequence[Sequence[Candidate]], limit: int) -> list[Candidate]:
    """The candidates that every name brings, each with its least score."""
    least: dict[str, Candidate] = {one.id: one for one in lists[0]}
    for found in lists[1:]:
        here = {one.id: one for one in found}
        least = {
            id: replace(min(one, here[id], key=_score), match=one.match and here[id].match)
            for id, one in least.items()
            if id in here
        }
    return _ranked(least.values(), limit)


def _ranked(candidates: Iterable[Candidate], limit: int) -> list[Candidate]:
    ranked = sorted(candidates, key=lambda one: (-one.score, len(one.id), one.id))
    clear = len(ranked) < 2 or ranked[0].score - ranked[1].score >= NEAR
    return [
        replace(candidate, match=candidate.match and i == 0 and clear)
        for i, candidate in enumerate(ranked[:limit])
    ]


def _score(candidate: Candidate) -> float:
    return candidate.score
