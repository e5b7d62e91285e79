"""Where the index is not complete: ask the wiki before saying that something does not exist.

In steps, since only the first and the last keep a processor busy: whoever waits for the wiki in
between need not hold up others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from kgtool.errors import KgtoolError, RateLimited
from kgtool.reconcile.matcher import Reconciler
from kgtool.reconcile.query import Answer, Failure, Query
from kgtool.reconcile.several import merged
from kgtool.views.names.record import NameRecord

WELL = 60.0  # a local score from which the wiki is not asked

# What a wiki's search brings for one query, or why it could not be asked.
Found: TypeAlias = list[NameRecord] | Failure
# Queries and a deadline in; what is found for each out.
Search: TypeAlias = Callable[[Sequence[Query], float | None], Sequence[Found]]
Over: TypeAlias = Callable[[Iterable[NameRecord]], Reconciler]  # a matcher over a few records


def weak(answers: Sequence[Answer]) -> list[int]:
    """The places of answers that do not stand before the wiki was asked: nothing matches well."""
    return [
        place
        for place, answer in enumerate(answers)
        if isinstance(answer, list)
        and (not answer or not (answer[0].match or answer[0].score >= WELL))
    ]


def ask(search: Search, queries: Sequence[Query], deadline: float | None) -> Sequence[Found]:
    """What *search* finds for each query; where it raises a ``KgtoolError``, failures."""
    try:
        return search(queries, deadline)
    except RateLimited as error:
        return [Failure(_cannot(error), error.retry_after)] * len(queries)
    except KgtoolError as error:
        return [Failure(_cannot(error))] * len(queries)


def completed(
    queries: Sequence[Query],
    answers: Sequence[Answer],
    found: Sequence[Found],
    over: Over,
    deadline: float | None = None,
) -> list[Answer]:
    """Weak answers with what the wiki has. Where it could not be asked, the answer is a failure:
    “nothing found” is said only by those who looked everywhere.

    :param over: makes a matcher over what the wiki gave, weighing words as the local one does.
    """
    done: list[Answer] = []
    for query, local, remote in zip(queries, answers, found, strict=True):
        assert isinstance(local, list)
        better: Answer = []
        if remote:
            better = (
                remote if isinstance(remote, Failure) else over(remote).match([query], deadline)[0]
            )
        done.append(better if isinstance(better, Failure) else merged((local, better), query.limit))
    return done


def _cannot(error: KgtoolError) -> str:
    return f"Nothing here matches well, and the wiki could not be asked: {error.message}"
