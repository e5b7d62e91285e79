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
    if not property:
        return _numbers([], [])
    found = tables.execute(
        f"""SELECT DISTINCT c.item, c.value_item FROM claims c
            WHERE c.property = $property AND c.rank > 0 AND c.value_item IS NOT NULL
              AND NOT {_ENDED} ORDER BY ALL""",
        {"property": number(property), "end": number(profile.properties.end_time)},
    ).fetchnumpy()
    return _numbers(found["item"], found["value_item"])


def members(
    tables: duckdb.DuckDBPyConnection,
    profile: Profile,
    property: str,
    values: Numbers,
    *,
    over: bool = False,
) -> Numbers:
    """Items with a statement that counts and has one of these values, sorted.

    With ``over``: those of which such a statement has ended.
    """
    if not property:
        return np.zeros(0, np.uint32)
    condition = _ENDED if over else f"NOT {_ENDED}"
    found = tables.execute(
        f"""SELECT DISTINCT c.item FROM claims c
            WHERE c.property = $property AND c.rank > 0
              AND c.value_item IN (SELECT unnest($values)) AND {condition} ORDER BY 1""",
        {
            "property": number(property),
            "end": number(profile.properties.end_time),
            "values": values.tolist(),
        },
    ).fetchnumpy()
    return np.asarray(found["item"], dtype=np.uint32)


def identified(tables: duckdb.DuckDBPyConnection, property: str) -> Numbers:
    """Items with a value of an identifier property, sorted; deprecated statements don't count."""
    found = tables.execute(
        """SELECT DISTINCT item FROM claims
           WHERE property = $property AND rank > 0 AND kind = 0 ORDER BY 1""",
        {"property": number(property)},
    ).fetchnumpy()
    return np.asarray(found["item"], dtype=np.uint32)


def own_property(tables: duckdb.DuckDBPyConnection, profile: Profile, partner: int) -> str:
    """The property that is a partner's own identifier, as its item says; or an empty text."""
    found = tables.execute(
        """SELECT value FROM claims WHERE item = $partner AND property = $property
           AND truthy AND kind = 0 ORDER BY value LIMIT 1""",
        {"partner": partner, "property": number(profile.properties.own_property)},
    ).fetchone()
    return str(found[0]) if found else ""


def collections_above(
    tables: duckdb.DuckDBPyConnection, profile: Profile, collections: Numbers
) -> dict[int, set[int]]:
    """Itself and every collection that it is, however deep, a part of.

    For each of the collections given, each that is found on the way up, and each that lies below
    one of those, whether anything is in it or not.
    """
    parents = _walk(tables, profile, set(collections.tolist()), _UP)
    below = _walk(tables, profile, set(parents), _DOWN)
    parents |= _walk(tables, profile, below.keys() - parents.keys(), _UP)
    above: dict[int, set[int]] = {}
    for start in parents:
        seen, front = {start}, [start]
        while front:
            for parent in parents.get(front.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    front.append(parent)
        above[start] = seen
    return above


_UP = ("part_of", "has_part")
_DOWN = ("has_part", "part_of")


def _walk(
    tables: duckdb.DuckDBPyConnection, profile: Profile, start: set[int], way: tuple[str, str]
) -> dict[int, set[int]]:
    """From each collection, and each that is found on the way, those that are one step further."""
    further: dict[int, set[int]] = {}
    front = start
    while front:
        found = tables.execute(
            f"""SELECT c.item AS near, c.value_item AS far FROM claims c
                WHERE c.property = $forward AND c.item IN (SELECT unnest($front))
                  AND c.rank > 0 AND c.value_item IS NOT NULL AND NOT {_ENDED}
                UNION
                SELECT c.value_item, c.item FROM claims c
                WHERE c.property = $backward AND c.value_item IN (SELECT unnest($front))
                  AND c.rank > 0 AND NOT {_ENDED}""",
            {
                "forward": number(getattr(profile.properties, way[0])),
                "backward": number(getattr(profile.properties, way[1])),
                "end": number(profile.properties.end_time),
                "front": sorted(front),
            },
        ).fetchall()
        for near in front:
            further.setdefault(near, set())
        for near, far in found:
            further[near].add(far)
        front = {far for _, far in found} - further.keys()
    return further


def number(id: str) -> int:
    """The number in an id; 0, which no entity has, for a role that the wiki does not know."""
    return int(id[1:]) if id else 0


def _numbers(items: npt.ArrayLike, values: npt.ArrayLike) -> Pairs:
    return Pairs(np.asarray(items, dtype=np.uint32), np.asarray(values, dtype=np.uint32))
