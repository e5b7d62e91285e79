"""What items have as values, to group by: read from the columns, placed in the cube."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from kgtool.coverage.columns import SCOPES, Rank
from kgtool.coverage.groups import UNKNOWN, Codes
from kgtool.entities.profile import Profile
from kgtool.views.classes import Numbers, ranges
from kgtool.views.cube import Cube, Places
from kgtool.views.membership import number

_YEAR_0 = 2**40  # so that the codes of years before the common era lie above those of no value
_DECADE = 8  # precision of a date that is known to the decade (Wikibase JSON, "time")


@dataclass(frozen=True, slots=True)
class Values:
    """Places and the codes of what stands there; a code is the number of a QID, or has a name."""

    places: Places
    codes: Codes
    names: dict[int, str] | None = None


class ValueReader:
    """Reads values from the tables of one generation."""

    def __init__(
        self, tables: Callable[[], duckdb.DuckDBPyConnection], cube: Cube, profile: Profile
    ) -> None:
        self._tables = tables
        self._cube = cube
        self._profile = profile

    def of_property(self, property: str, rank: Rank) -> Values:
        """What an item has as value of a property: items, or texts where it takes none."""
        found = self._ask(
            f"""SELECT DISTINCT c.item, CASE WHEN c.kind = 1 THEN $unknown
                       ELSE c.value_item::BIGINT END AS code,
                       CASE WHEN c.kind = 0 AND c.value_item IS NULL THEN c.value END AS text
                FROM claims c WHERE c.property = $property AND c.kind < 2 AND {SCOPES[rank]}""",
            {"property": number(property), "unknown": UNKNOWN},
        )
        texts = found.column("text").combine_chunks()
        if texts.null_count == len(texts):
            return self._placed(found, None)
        encoded = texts.dictionary_encode()
        words = encoded.dictionary.to_pylist()
        # Codes of texts lie above all numbers of items.
        codes = found.column("code").to_numpy(zero_copy_only=False)
        rows = encoded.indices.fill_null(0).to_numpy().astype(np.int64)
        is_text = texts.is_valid().to_numpy(zero_copy_only=False)
        codes = np.where(is_text, rows + 2**32, np.nan_to_num(codes)).astype(np.int64)
        names = {2**32 + at: word for at, word in enumerate(words)}
        items = {code: f"Q{code}" for code in np.unique(codes[~is_text]).tolist()}
        return self._place(found.column("item").to_numpy(), codes, {**items, **names})

    def decades(self, rank: Rank) -> Values:
        """The decade of inception (``1880`` for the 1880s); unknown where less precise."""
        found = self._ask(
            f"""SELECT DISTINCT c.item, coalesce(
                    CASE WHEN TRY_CAST(split_part(c.detail, ' ', 1) AS INTEGER) >= {_DECADE}
                         THEN TRY_CAST(regexp_extract(c.value, '^[+-]\\d+') AS BIGINT) // 10 * 10
                              + {_YEAR_0} END, {UNKNOWN}) AS code
                FROM claims c WHERE c.property = $property AND c.kind < 2 AND {SCOPES[rank]}""",
            {"property": number(self._profile.properties.inception)},
        )
        codes = np.unique(found.column("code").to_numpy())
        names = {code: str(code - _YEAR_0) for code in codes[codes != UNKNOWN].tolist()}
        return self._placed(found, names)

    def countries(self, rank: Rank) -> Values:
        """The country (P17) of an item; where it has none, that of the collections it is in.

        A collection without a country has that of those it is a part of.
        """
        own = self.of_property(self._profile.properties.country, rank)
        cube = self._cube
        of_collection = self._countries_of_collections(own)
        segments, collections = cube.collections.pairs(cube.collection_set)
        pairs = {
            (segment, country)
            for segment, collection in zip(segments.tolist(), collections.tolist(), strict=True)
            for country in of_collection[collection]
        }
        found = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        first, sizes = cube.starts[found[:, 0]] * 8, cube.sizes[found[:, 0]]
        places, codes = ranges(first, first + sizes), np.repeat(found[:, 1], sizes)
        stated = np.zeros(len(cube.items), dtype=np.bool_)
        stated[own.places] = True
        inherits = ~stated[places]
        return Values(
            np.concatenate([own.places, places[inherits]]),
            np.concatenate([own.codes, codes[inherits]]),
            own.names,
        )

    def _countries_of_collections(self, own: Values) -> dict[int, set[int]]:
        """Each collection's countries, or those of the collections that it is a part of."""
        cube = self._cube
        items = cube.items[own.places]
        known = np.isin(items, cube.known)
        stated: dict[int, set[int]] = {}
        for item, code in zip(items[known].tolist(), own.codes[known].tolist(), strict=True):
            stated.setdefault(item, set()).add(code)
        above: dict[int, set[int]] = {}
        at, wholes = cube.above.pairs(np.arange(len(cube.known)))
        for part, whole in zip(cube.known[at].tolist(), wholes.tolist(), strict=True):
            above.setdefault(part, set()).update(stated.get(whole, ()))
        return {one: stated.get(one) or above[one] for one in above}

    def _ask(self, text: str, values: dict[str, Any]) -> pa.Table:
        return self._tables().sql(text, params=values).to_arrow_table()

    def _placed(self, found: pa.Table, names: dict[int, str] | None) -> Values:
        items = found.column("item").to_numpy()
        return self._place(items, found.column("code").to_numpy(), names)

    def _place(self, items: Numbers, codes: Codes, names: dict[int, str] | None) -> Values:
        here = np.isin(items, self._cube.items)
        return Values(self._cube.places(items[here]), codes[here].astype(np.int64), names)
