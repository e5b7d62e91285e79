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
from kgtool.views.classes import Numbers
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
            f"""SELECT DISTINCT c.item,
                       CASE WHEN c.kind = 1 OR split_part(c.detail, ' ', 1)::INTEGER < {_DECADE}
                            THEN {UNKNOWN}
                            ELSE trunc(regexp_extract(c.value, '^[+-]\\d+')::BIGINT / 10)::BIGINT
                                 * 10 + {_YEAR_0} END AS code
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
        country_of: dict[int, set[int]] = {}
        for item, code in zip(cube.items[own.places].tolist(), own.codes.tolist(), strict=True):
            country_of.setdefault(item, set()).add(code)
        at, wholes = cube.above.pairs(np.arange(len(cube.known)))
        above: dict[int, list[int]] = {}
        for part, whole in zip(cube.known[at].tolist(), wholes.tolist(), strict=True):
            above.setdefault(part, []).append(whole)
        segments, collections = cube.collections.pairs(cube.collection_set)
        rows: set[tuple[int, int]] = set()
        for segment, collection in zip(segments.tolist(), collections.tolist(), strict=True):
            found = country_of.get(collection) or {
                code for whole in above[collection] for code in country_of.get(whole, ())
            }
            rows.update((segment, code) for code in found)
        without = np.ones(len(cube.items), dtype=np.bool_)
        without[own.places] = False
        of_place = cube.segment_of_byte.repeat(8)
        places, codes = [own.places], [own.codes]
        for country in sorted({code for _, code in rows}):
            chosen = np.zeros(len(cube.starts), dtype=np.bool_)
            chosen[[segment for segment, code in rows if code == country]] = True
            here = np.flatnonzero(chosen[of_place] & without & (cube.items != 0))
            places.append(here)
            codes.append(np.full(len(here), country, dtype=np.int64))
        return Values(np.concatenate(places), np.concatenate(codes), own.names)

    def _ask(self, text: str, values: dict[str, Any]) -> pa.Table:
        return self._tables().sql(text, params=values).to_arrow_table()

    def _placed(self, found: pa.Table, names: dict[int, str] | None) -> Values:
        items = found.column("item").to_numpy()
        return self._place(items, found.column("code").to_numpy(), names)

    def _place(self, items: Numbers, codes: Codes, names: dict[int, str] | None) -> Values:
        here = np.isin(items, self._cube.items)
        return Values(self._cube.places(items[here]), codes[here].astype(np.int64), names)
