"""Rules that apply only where a property has one of some values: “if it is in Sweden, then …”.

A schema can have one for each country. Which of them apply is looked up by the values that are
there, instead of asking all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, TypeVar

from kgtool.entities import EntityIdValue, Statement

T = TypeVar("T")
Concerned: TypeAlias = Callable[[list[Statement]], Sequence[T]]


def by_value(guarded: Iterable[tuple[frozenset[str], T]]) -> Concerned[T]:
    """For the statements of a property: what stands beside ids of which they have one, in order.

    Whatever may be met comes back, also where a statement is deprecated.
    """
    pairs = list(guarded)
    everything = [what for _, what in pairs]
    places: dict[str, list[int]] = {}
    for place, (ids, _) in enumerate(pairs):
        for id in ids:
            places.setdefault(id, []).append(place)
    of_one = {id: [everything[place] for place in found] for id, found in places.items()}
    nothing: list[T] = []

    def concerned(statements: list[Statement]) -> Sequence[T]:
        met: set[str] = set()
        for one in statements:
            value = one.mainsnak.datavalue
            if type(value) is EntityIdValue:
                if value.value.id in of_one:
                    met.add(value.value.id)
            elif value is not None:
                return everything  # an address may be that of an entity
        if len(met) < 2:
            return of_one[met.pop()] if met else nothing
        return [everything[place] for place in sorted({p for id in met for p in places[id]})]

    return concerned
