"""Membership: what belongs to which partner, in which role, read from the columns.

A statement counts that is not deprecated, has an item as value, and has not ended: no end time
(P582) with a known or unknown value. A sub-collection is part of a collection (P361), or the
collection has it as part (P527), however deep.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from kgtool.entities.profile import Profile

Numbers = npt.NDArray[np.uint32]

_ENDED = """EXISTS (SELECT 1 FROM qualifiers q WHERE q.item = c.item
                    AND q.statement = c.statement AND q.property = $end AND q.kind < 2)"""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Items and what each belongs to: two arrays of one length, sorted by both, no pair twice."""

    item: Numbers
    value: Numbers


def standing(tables: duckdb.DuckDBPyConnection, profile: Profile, property: str) -> Pairs:
    """What is the value of a statement that counts, for every item that has one."""
    return _pairs(tables, profile, property, f"NOT {_ENDED}")


def ended(tables: duckdb.DuckDBPyConnection, profile: Profile, property: str) -> Pairs:
    """The same of statements that have ended."""
    return _pairs(tables, profile, property, _ENDED)


def _pairs(
    tables: duckdb.DuckDBPyConnection, profile: Profile, property: str, condition: str
) -> Pairs:
    if not property:
        return _numbers([], [])
    found = tables.execute(
        f"""SELECT DISTINCT c.item, c.value_item FROM claims c
            WHERE c.property = $property AND c.rank > 0 AND c.value_item IS NOT NULL
              AND {condition} ORDER BY ALL""",
        {"property": number(property), "end": number(profile.properties.end_time)},
    ).fetchnumpy()
    return _numbers(found["item"], found["value_item"])


def collections_above(
    tables: duckdb.DuckDBPyConnection, profile: Profile, collections: Numbers
) -> dict[int, set[int]]:
    """For each collection: itself and every collection that it is, however deep, a part of."""
    parents = _parents(tables, profile, collections)
    above: dict[int, set[int]] = {}
    for start in collections.tolist():
        seen, front = {start}, [start]
        while front:
            for parent in parents.get(front.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    front.append(parent)
        above[start] = seen
    return above


def _parents(
    tables: duckdb.DuckDBPyConnection, profile: Profile, collections: Numbers
) -> dict[int, set[int]]:
    """What each collection, and each that is found on the way up, is directly a part of."""
    roles = profile.properties
    parents: dict[int, set[int]] = {}
    front = set(collections.tolist())
    while front:
        found = tables.execute(
            f"""SELECT c.item AS part, c.value_item AS whole FROM claims c
                WHERE c.property = $part_of AND c.item IN (SELECT unnest($front))
                  AND c.rank > 0 AND c.value_item IS NOT NULL AND NOT {_ENDED}
                UNION
                SELECT c.value_item, c.item FROM claims c
                WHERE c.property = $has_part AND c.value_item IN (SELECT unnest($front))
                  AND c.rank > 0 AND NOT {_ENDED}""",
            {
                "part_of": number(roles.part_of),
                "has_part": number(roles.has_part),
                "end": number(roles.end_time),
                "front": sorted(front),
            },
        ).fetchall()
        for part in front:
            parents.setdefault(part, set())
        for part, whole in found:
            parents[part].add(whole)
        front = {whole for _, whole in found} - parents.keys()
    return parents


def number(id: str) -> int:
    """The number in an id; 0, which no entity has, for a role that the wiki does not know."""
    return int(id[1:]) if id else 0


def _numbers(items: npt.ArrayLike, values: npt.ArrayLike) -> Pairs:
    return Pairs(np.asarray(items, dtype=np.uint32), np.asarray(values, dtype=np.uint32))
