"""What is usually there on similar items: properties that others of the same types have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from msgspec import Struct

from kgtool.views.classes import Numbers


class Suggestion(Struct, frozen=True):
    """A property that ``usual`` of the similar items have and only ``here`` of these (shares)."""

    property: str
    label: str
    usual: float
    here: float


@dataclass(frozen=True, slots=True)
class Usage:
    """How many of ``items`` have each property (numbers of PIDs), by statements of best rank."""

    items: int
    having: dict[int, int]


def usages(tables: duckdb.DuckDBPyConnection, groups: Sequence[Numbers]) -> list[Usage]:
    """What the items of each group have. Costs one look at all statements."""
    wanted = np.unique(np.concatenate(groups))
    found = tables.execute(
        """SELECT item, property FROM claims
           WHERE truthy AND kind = 0 AND item IN (SELECT unnest($items))""",
        {"items": wanted.tolist()},
    ).fetchnumpy()
    # Each property of an item once: sorted, those that are equal stand side by side.
    pairs = found["item"].astype(np.int64) << 32 | found["property"]
    pairs.sort()
    pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]]
    items, which = pairs >> 32, pairs & 0xFFFFFFFF
    told = []
    for group in groups:
        counts = np.bincount(which[np.isin(items, group)])
        having = np.flatnonzero(counts)
        told.append(
            Usage(len(group), dict(zip(having.tolist(), counts[having].tolist(), strict=True)))
        )
    return told


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
        usual = having / similar.items
        share = here.having.get(property, 0) / here.items
        if usual >= least and usual > share:
            found.append((share - usual, property, usual, share))
    found.sort()
    ids = [f"P{property}" for _, property, _, _ in found[:limit]]
    names = label(ids)
    return [
        Suggestion(id, names.get(id, id), usual, share)
        for id, (_, _, usual, share) in zip(ids, found, strict=False)
    ]
