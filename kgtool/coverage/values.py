"""What items have as values, to group by: read from the columns, placed in the cube."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kgtool.coverage.columns import SCOPES, Rank
from kgtool.coverage.groups import UNKNOWN, Codes
from kgtool.entities.profile import Profile
from kgtool.views.classes import Numbers, ranges
from kgtool.views.cube import Cube, Places
from kgtool.views.membership import number

_TEXTS = 2**32  # codes from here on stand for texts; those below, for items
_DECADE = 8  # precision of a date that is known to the decade (Wikibase JSON, "time")


@dataclass(frozen=True, slots=True)
class Values:
    """Places, in order, and the codes of what stands there, no pair twice.

    A code is the number of a QID, or from ``_TEXTS`` on the place of a text in ``texts``.
    """

    places: Places
    codes: Codes
    texts: pa.Array

    def names(self, codes: Codes) -> list[str]:
        """What codes stand for."""
        is_text = codes >= _TEXTS
        texts = iter(self.texts.take(pa.array(codes[is_text] - _TEXTS)).to_pylist())
        return [next(texts) if code >= _TEXTS else f"Q{code}" for code in codes.tolist()]

    def keys(self, codes: Codes) -> Codes:
        """Numbers that sort codes: items by number, then texts, the shorter ones first."""
        is_text = codes >= _TEXTS
        if not is_text.any():
            return codes
        texts = self.texts.take(pa.array(codes[is_text] - _TEXTS))
        table = pa.table({"length": pc.utf8_length(texts), "text": texts})
        order = pc.sort_indices(table, [("length", "ascending"), ("text", "ascending")]).to_numpy()
        keys = codes.copy()
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(_TEXTS, _TEXTS + len(order))
        keys[is_text] = ranks
        return keys


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
        return self._read(property, rank, texts=self._begins_with_text(property))

    def _read(self, property: str, rank: Rank, *, texts: bool) -> Values:
        """Values with or without texts, which are read only if need be: it takes twice as long."""
        value = "value" if texts else "NULL AS value"
        found = self._ask(f"item, value_item, kind = 1 AS unknown, {value}", property, rank)
        codes = found.column("value_item").combine_chunks().fill_null(0).to_numpy().astype(np.int64)
        codes[found.column("unknown").to_numpy()] = UNKNOWN
        is_text = codes == 0
        spoken = pa.array([], pa.string())
        if is_text.any():
            if not texts:
                return self._read(property, rank, texts=True)
            encoded = found.column("value").combine_chunks()
            encoded = encoded.filter(pa.array(is_text)).dictionary_encode()
            spoken = encoded.dictionary
            codes[is_text] = encoded.indices.to_numpy().astype(np.int64) + _TEXTS
        return self._place(found.column("item").to_numpy(), codes, spoken)

    def decades(self, rank: Rank) -> Values:
        """The decade of inception (``1880`` for the 1880s); unknown where less precise.

        ``-500`` stands for 509 to 500 BCE, ``-0`` for the nine years before 1.
        """
        inception = self._profile.properties.inception
        found = self._ask("item, value, detail, kind = 0 AS known", inception, rank)
        dates = found.column("value").combine_chunks().dictionary_encode()
        details = found.column("detail").combine_chunks()
        if not isinstance(details, pa.DictionaryArray):
            details = details.dictionary_encode()
        # Dates repeat, so each is read once: its place among all (date, detail).
        width = len(details.dictionary) + 1
        pairs = dates.indices.fill_null(0).to_numpy().astype(np.int64) * width
        pairs += details.indices.fill_null(width - 1).to_numpy()
        distinct, back = np.unique(pairs, return_inverse=True)
        names: dict[str, int] = {}
        codes = np.full(len(distinct), UNKNOWN, dtype=np.int64)
        for at, pair in enumerate(distinct.tolist()):
            date, detail = divmod(pair, width)
            decade = _decade(
                dates.dictionary[date].as_py() if len(dates.dictionary) else "",
                details.dictionary[detail].as_py() if detail < width - 1 else "",
            )
            if decade:
                codes[at] = _TEXTS + names.setdefault(decade, len(names))
        known = found.column("known").to_numpy()
        of_rows = np.where(known, codes[back], UNKNOWN)
        return self._place(found.column("item").to_numpy(), of_rows, pa.array(names, pa.string()))

    def countries(self, rank: Rank) -> Values:
        """The country (P17) of an item; where it has none, that of the collections it is in.

        A collection without a country has that of those it is a part of.
        """
        own = self.of_property(self._profile.properties.country, rank)
        cube = self._cube
        of_collection = self._countries_of_collections(own)
        segments, collections = cube.collections.pairs(cube.collection_set)
        known, back = np.unique(collections, return_inverse=True)
        countries = [sorted(of_collection[one]) for one in known.tolist()]
        counts = np.array([len(one) for one in countries], dtype=np.int64)
        listed = np.array([code for one in countries for code in one], dtype=np.int64)
        first = np.cumsum(counts) - counts
        of_segment = ranges(first[back], (first + counts)[back])
        segments, of_segments = _distinct(np.repeat(segments, counts[back]), listed[of_segment])
        starts, sizes = cube.starts[segments] * 8, cube.sizes[segments]
        places, codes = ranges(starts, starts + sizes), np.repeat(of_segments, sizes)
        stated = np.zeros(len(cube.items), dtype=np.bool_)
        stated[own.places] = True
        inherits = ~stated[places]
        return _in_order(
            np.concatenate([own.places, places[inherits]]),
            np.concatenate([own.codes, codes[inherits]]),
            own.texts,
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

    def _begins_with_text(self, property: str) -> bool:
        """Whether the first value of a property is no item; the others are of the same datatype."""
        query = """SELECT value_item IS NULL FROM claims
                   WHERE property = $property AND kind = 0 LIMIT 1"""
        found = self._tables().execute(query, {"property": number(property)}).fetchone()
        return bool(found and found[0])

    def _ask(self, columns: str, property: str, rank: Rank, also: str = "") -> pa.Table:
        values: dict[str, Any] = {"property": number(property)}
        return (
            self._tables()
            .sql(
                f"""SELECT {columns} FROM claims c
                    WHERE property = $property AND kind < 2 AND {SCOPES[rank]} {also}""",
                params=values,
            )
            .to_arrow_table()
        )

    def _place(self, items: Numbers, codes: Codes, texts: pa.Array) -> Values:
        places, here = self._cube.find(items)
        places, codes = _distinct(places, codes[here])
        return _in_order(places, codes, texts)


def _in_order(places: Places, codes: Codes, texts: pa.Array) -> Values:
    order = np.argsort(places)
    return Values(places[order], codes[order], texts)


def _distinct(places: Places, codes: Codes) -> tuple[Places, Codes]:
    """The same pairs, none twice. Most places have one code, and those are not compared."""
    if not len(places):
        return places, codes
    several = np.bincount(places)[places] > 1
    first, second = places[several], codes[several]
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    new = np.append(True, (np.diff(first) != 0) | (np.diff(second) != 0))[: len(first)]
    return (
        np.concatenate([places[~several], first[new]]),
        np.concatenate([codes[~several], second[new]]),
    )


def _decade(date: str, detail: str) -> str:
    """The decade of a date as the columns have it; nothing where it is less precise."""
    year = re.match(r"([+-])(\d+)", date)
    precision = detail.split(" ", 1)[0]
    if not year or not precision.isdecimal() or int(precision) < _DECADE:
        return ""
    return f"{year[1].strip('+')}{int(year[2]) // 10 * 10}"
