"""Entities that share what should belong to one: perhaps the same thing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from msgspec import Struct

from kgtool.views.names.arrays import Array
from kgtool.views.names.index import Index
from kgtool.views.names.record import NameRecord
from kgtool.views.names.segment import normal_value

MOST = 10  # entities that share a value; where there are more, it is not an identifier

Identifies = Callable[[str], bool]


class Double(Struct, frozen=True, gc=False):
    """A value of an identifier that several entities have."""

    property: str
    value: str
    ids: tuple[str, ...]


def doubles_among(records: Iterable[NameRecord], identifies: Identifies) -> list[Double]:
    """What some of these records share, by property and value."""
    first: dict[tuple[str, str], tuple[str, str]] = {}  # property, value → id, value as written
    shared: dict[tuple[str, str], dict[str, str]] = {}
    for record in records:
        id = record.id
        for property, values in record.ids.items():
            if identifies(property):
                for value in values:
                    one = property, normal_value(value)
                    known = first.setdefault(one, (id, value))
                    if known[0] != id:
                        shared.setdefault(one, dict([known])).setdefault(id, value)
    return [
        Double(property, next(iter(ids.values())), tuple(ids))
        for (property, _), ids in sorted(shared.items())
    ]


def doubles(index: Index, identifies: Identifies) -> list[Double]:
    """All that entities of *index* share, by property and value."""
    keys: list[Array] = []
    places: list[Array] = []
    for n, segment in enumerate(index.segments):
        alive = np.ones(len(segment), bool)
        alive[list(index.dead[n])] = False
        keep = alive[segment.fact_of]
        keys.append(segment.fact_key[keep])
        places.append(segment.fact_of[keep].astype(np.int64) + (n << 40))
    key, place = np.concatenate(keys), np.concatenate(places)
    order = np.argsort(key, kind="stable")
    _, first, count = np.unique(key[order], return_index=True, return_counts=True)
    few = (count > 1) & (count <= MOST)
    chosen = np.zeros(len(key) + 1, np.int64)
    np.add.at(chosen, first[few], 1)
    np.add.at(chosen, first[few] + count[few], -1)
    some = np.unique(place[order][np.cumsum(chosen)[:-1] > 0])
    return doubles_among(
        (index.segments[p >> 40].record(p & (1 << 40) - 1) for p in some.tolist()), identifies
    )
