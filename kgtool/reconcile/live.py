"""Where the index is not complete: ask the wiki before saying that something does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from kgtool.errors import KgtoolError, RateLimited
from kgtool.reconcile.matcher import Reconciler
from kgtool.reconcile.query import Answer, Candidate, Failure, Query
from kgtool.views.names.record import NameRecord

WELL = 60.0  # a local score from which the wiki is not asked
NEAR = 5.0  # score points within which two candidates are not told apart

# Queries and a deadline in; for each query the records that the wiki's search brings, or why it
# could not be asked.
Search: TypeAlias = Callable[[Sequence[Query], float | None], Sequence[list[NameRecord] | Failure]]
Over: TypeAlias = Callable[[Iterable[NameRecord]], Reconciler]  # a matcher over a few records


class Live:
    """Matches locally first, then on the wiki.

    :param search: asks the wiki; may raise :class:`~kgtool.errors.KgtoolError`.
    :param over: makes a matcher over what the wiki gave, weighing words as the local one does.
    """

    def __init__(self, local: Reconciler, search: Search, over: Over) -> None:
        self._local = local
        self._search = search
        self._over = over

    def match(self, queries: Sequence[Query], deadline: float | None = None) -> list[Answer]:
        """Answer each query. Where nothing local matches well and the wiki cannot be asked, the
        answer is a failure: “nothing found” is said only by those who looked everywhere."""
        answers = self._local.match(queries, deadline)
        weak = [i for i, answer in enumerate(answers) if _weak(answer)]
        if not weak:
            return answers
        asked = [queries[i] for i in weak]
        for i, found in zip(weak, self._ask(asked, deadline), strict=True):
            local = answers[i]
            assert isinstance(local, list)
            if isinstance(found, Failure):
                answers[i] = found
                continue
            remote = self._over(found).match([queries[i]], deadline)[0] if found else []
            answers[i] = (
                remote if isinstance(remote, Failure) else merged(local, remote, queries[i].limit)
            )
        return answers

    def _ask(
        self, queries: Sequence[Query], deadline: float | None
    ) -> Sequence[list[NameRecord] | Failure]:
        try:
            return self._search(queries, deadline)
        except RateLimited as error:
            return [Failure(_cannot(error), error.retry_after)] * len(queries)
        except KgtoolError as error:
            return [Failure(_cannot(error))] * len(queries)


def merged(local: list[Candidate], remote: list[Candidate], limit: int) -> list[Candidate]:
    """Both lists as one, best first; an entity that is in both keeps its better score.

    The first is a match only if it was one where it came from and none other is near.
    """
    best: dict[str, Candidate] = {}
    for candidate in (*local, *remote):
        known = best.get(candidate.id)
        if known is None or candidate.score > known.score:
            best[candidate.id] = candidate
    ranked = sorted(best.values(), key=lambda one: (-one.score, len(one.id), one.id))[:limit]
    return [
        replace(
            candidate,
            match=candidate.match
            and i == 0
            and (len(ranked) == 1 or candidate.score - ranked[1].score >= NEAR),
        )
        for i, candidate in enumerate(ranked)
    ]


def _weak(answer: Answer) -> bool:
    return isinstance(answer, list) and (
        not answer or not (answer[0].match or answer[0].score >= WELL)
    )


def _cannot(error: KgtoolError) -> str:
    return f"Nothing here matches well, and the wiki could not be asked: {error.message}"
