"""The reconciler as the matcher that drafts ask for items by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kgtool.drafts import Found, Matcher, Wanted
from kgtool.errors import RemoteError
from kgtool.messages.words import Words
from kgtool.reconcile.query import Answer, Condition, Failure, Query


def matcher(match: Callable[[Sequence[Query]], list[Answer]]) -> Matcher:
    """A matcher over ``match``.

    It raises :class:`RemoteError` where a name could not be asked for: that is not the same as
    there being nothing, and a plan must not be made on it.
    """

    def ask(wanted: Sequence[Wanted]) -> list[list[Found]]:
        queries = [
            Query(
                name=one.text,
                types=one.types,
                properties=tuple(Condition(p, (text,)) for p, text in one.properties),
            )
            for one in wanted
        ]
        found = []
        for one, answer in zip(wanted, match(queries), strict=True):
            if isinstance(answer, Failure):
                raise RemoteError(Words("error-looked-for", (one.text, answer.reason)))
            found.append([Found(c.id, c.name, c.score, c.match) for c in answer])
        return found

    return ask
