"""What a mapping asks of reconciliation: an item for a name. The matcher is handed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct


class Wanted(Struct, frozen=True):
    """A name to be found, of which types, and what else is known: ((property, text), …)."""

    text: str
    types: tuple[str, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()


class Found(Struct, frozen=True):
    """A candidate; ``score`` is 0 to 100, ``match`` whether the matcher is sure of it."""

    id: str
    name: str
    score: float
    match: bool


# Answers each wanted name with candidates, best first, in the same order.
Matcher: TypeAlias = Callable[[Sequence[Wanted]], list[list[Found]]]


def no_matcher(wanted: Sequence[Wanted]) -> list[list[Found]]:
    """Where there is no index to reconcile against: nothing is found."""
    return [[] for _ in wanted]
