"""What is usually there on similar items: properties that others of the same types have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
from msgspec import Struct

from kgtool.entities.profile import Profile
from kgtool.views.membership import number


class Suggestion(Struct, frozen=True):
    """A property that ``usual`` of the similar items have and only ``here`` of these (shares)."""

    property: str
    label: str
    usual: float
    here: float
    missing: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How many of ``items`` have each property (numbers of PIDs), by statements of best rank."""

    items: int
    having: dict[int, int]


def usage_of_types(
    tables: duckdb.DuckDBPyConnection, profile: Profile, types: Sequence[int]
) -> Usage:
    """What items have that are of any of these types (exactly, without subclasses)."""
    alike = """SELECT item FROM claims WHERE property = $instance_of AND truthy
               AND value_item IN (SELECT unnest($types))"""
    return _usage(
        tables,
        alike,
        {"instance_of": number(profile.properties.instance_of), "types": list(types)},
    )


def usage_of_items(tables: duckdb.DuckDBPyConnection, items: Sequence[int]) -> Usage:
    """What these items have."""
    return _usage(tables, "SELECT unnest($items)::UINTEGER AS item", {"items": list(items)})


def suggest(
    similar: Usage,
    here: Usage,
    label: Callable[[list[str]], dict[str, str]],
    *,
    least: float = 0.3,
    limit: int = 20,
) -> list[Suggestion]:
    """The properties that most of the similar items have beyond what these have.

    Only those that at least the share ``least`` of the similar items have, the widest difference
    first. ``label`` names properties.
    """
    if not similar.items or not here.items:
        return []
    found = []
    for property, having in similar.having.items():
        own = here.having.get(property, 0)
        usual, share = having / similar.items, own / here.items
        if usual >= least and usual > share:
            found.append((share - usual, property, usual, share, here.items - own))
    found.sort()
    ids = [f"P{property}" for _, property, *_ in found[:limit]]
    names = label(ids)
    return [
        Suggestion(id, names.get(id, id), usual, share, missing)
        for id, (_, _, usual, share, missing) in zip(ids, found, strict=False)
    ]


def _usage(tables: duckdb.DuckDBPyConnection, items: str, values: dict[str, object]) -> Usage:
    rows = tables.execute(
        f"""WITH chosen AS (SELECT DISTINCT item FROM ({items}))
            SELECT NULL, count(*) FROM chosen
            UNION ALL
            SELECT property, count(DISTINCT item) FROM claims
            WHERE truthy AND kind = 0 AND item IN (SELECT item FROM chosen) GROUP BY property""",
        values,
    ).fetchall()
    having = {property: count for property, count in rows if property is not None}
    return Usage(next(count for property, count in rows if property is None), having)
