"""Entities → columns: rows of many entities at once, flattened without a loop a value.

Entities are gathered and flattened batch by batch: chains and attribute getters walk the values,
NumPy repeats the ids beside them, and Arrow writes row groups. That takes half the time of
appending row by row, as long as a batch is small enough to stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import chain
from operator import attrgetter, not_
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from kgtool.entities.bulk import BulkItem, BulkReference, BulkSnak, BulkStatement
from kgtool.entities.model import (
    CoordinateValue,
    EntityIdValue,
    MonolingualValue,
    QuantityValue,
    StringValue,
    TimeValue,
)
from kgtool.entities.profile import Profile
from kgtool.views.columns import RANKS, SNAK_KINDS, TABLES

_BATCH = 256
_ROW_GROUP = 1 << 18

Numbers = npt.NDArray[np.uint32]


class ColumnsWriter:
    """Writes the tables of one segment into a folder."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._poor = profile.poor_references
        self._subclass_of = _number(profile.properties.subclass_of or "P0")
        self._writers = {
            name: pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd")
            for name, schema in TABLES.items()
        }
        self._tables: dict[str, list[pa.RecordBatch]] = {name: [] for name in TABLES}
        self._waiting: list[BulkItem] = []
        self._statements = 0

    def add(self, entity: BulkItem) -> None:
        """Append an item's rows."""
        self._waiting.append(entity)
        if len(self._waiting) >= _BATCH:
            self._flatten()

    def abandon(self) -> None:
        """Let go of the files without finishing them."""
        for writer in self._writers.values():
            with suppress(OSError):
                writer.close()

    def close(self) -> None:
        """Write what is left and finish the files."""
        self._flatten()
        for name, writer in self._writers.items():
            self._write(name)
            writer.close()

    def _flatten(self) -> None:
        entities, self._waiting = self._waiting, []
        if not entities:
            return
        items = np.fromiter((int(e.id[1:]) for e in entities), np.uint32, len(entities))
        groups = [e.claims for e in entities]
        by_property = list(chain.from_iterable(group.values() for group in groups))
        sizes = _lengths(by_property)
        properties = _numbers(chain.from_iterable(groups), len(by_property))
        per_entity = _sums(sizes, _lengths(groups))
        statements: list[BulkStatement] = list(chain.from_iterable(by_property))
        ids = np.arange(
            self._statements + 1, self._statements + 1 + len(statements), dtype=np.uint32
        )
        self._statements += len(statements)
        item_of = np.repeat(items, per_entity)
        self._claims(statements, item_of, ids, np.repeat(properties, sizes), sizes)
        self._qualifiers(statements, item_of, ids)
        self._terms(entities, items)
        links = [e.sitelinks for e in entities]
        self._put(
            "sitelinks",
            [
                pa.array(np.repeat(items, _lengths(links))),
                _SITES.encode(chain.from_iterable(links)),
                _texts(map(_title, chain.from_iterable(link.values() for link in links))),
            ],
        )
        self._put(
            "items",
            [
                pa.array(items),
                pa.array([e.lastrevid for e in entities], pa.int64()),
                pa.array([e.modified for e in entities], pa.string()),
                pa.array(per_entity),
                pa.array(_lengths(links)),
            ],
        )

    def _claims(
        self,
        statements: Sequence[BulkStatement],
        item_of: Numbers,
        ids: Numbers,
        property_of: Numbers,
        sizes: Numbers,
    ) -> None:
        count = len(statements)
        ranks = np.fromiter(map(RANKS.__getitem__, map(_rank, statements)), np.uint8, count)
        # Best rank is the highest in its group of statements, unless that is "deprecated".
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.intp)
        best = np.maximum.reduceat(ranks, starts) if count else ranks
        truthy = (ranks == np.repeat(best, sizes)) & (ranks > 0)
        values = _Values(list(map(_mainsnak, statements)))
        references: list[list[BulkReference]] = list(map(_references, statements))
        reference_counts = _lengths(references)
        flat = list(chain.from_iterable(references))
        is_good = np.fromiter(
            map(not_, map(self._poor.issuperset, map(_snaks, flat))), np.uint32, len(flat)
        )
        self._put(
            "claims",
            [
                pa.array(item_of),
                pa.array(ids),
                pa.array(ranks),
                pa.array(truthy),
                pa.array(property_of),
                *values.columns(),
                pa.array(reference_counts.astype(np.uint16)),
                pa.array(_sums(is_good, reference_counts).astype(np.uint16)),
            ],
        )
        edges = truthy & (property_of == self._subclass_of) & values.is_item
        if edges.any():
            parents = values.items[edges]
            self._put("subclass", [pa.array(item_of[edges]), pa.array(parents)])
        self._snaks_of(
            "reference_snaks",
            list(map(_snaks, flat)),
            [
                np.repeat(item_of, reference_counts),
                np.repeat(ids, reference_counts),
                _places(reference_counts).astype(np.uint16),
            ],
        )

    def _qualifiers(
        self, statements: Sequence[BulkStatement], item_of: Numbers, ids: Numbers
    ) -> None:
        qualifiers = list(map(_qualifiers, statements))
        some = np.flatnonzero(_lengths(qualifiers))
        self._snaks_of(
            "qualifiers", [qualifiers[n] for n in some.tolist()], [item_of[some], ids[some]]
        )

    def _snaks_of(
        self,
        table: str,
        groups: Sequence[dict[str, list[BulkSnak]]],
        beside: Sequence[npt.NDArray[Any]],
    ) -> None:
        properties = _numbers(chain.from_iterable(groups), None)
        per_group = _lengths(groups)
        lists = list(chain.from_iterable(group.values() for group in groups))
        sizes = _lengths(lists)
        values = _Values(list(chain.from_iterable(lists)))
        repeated = (np.repeat(np.repeat(column, per_group), sizes) for column in beside)
        self._put(
            table,
            [*map(pa.array, repeated), pa.array(np.repeat(properties, sizes)), *values.columns()],
        )

    def _terms(self, entities: Sequence[BulkItem], items: Numbers) -> None:
        for kind, terms in (
            ("L", [e.labels for e in entities]),
            ("D", [e.descriptions for e in entities]),
        ):
            counts = _lengths(terms)
            texts = _texts(map(_value, chain.from_iterable(term.values() for term in terms)))
            languages = _LANGUAGES.encode(chain.from_iterable(terms))
            self._put_terms(kind, np.repeat(items, counts), languages, texts)
        aliases = [e.aliases for e in entities]
        lists = list(chain.from_iterable(alias.values() for alias in aliases))
        sizes = _lengths(lists)
        self._put_terms(
            "A",
            np.repeat(np.repeat(items, _lengths(aliases)), sizes),
            _LANGUAGES.encode(chain.from_iterable(aliases), sizes),
            _texts(map(_value, chain.from_iterable(lists))),
        )

    def _put_terms(self, kind: str, items: Numbers, languages: pa.Array, texts: pa.Array) -> None:
        kinds = pa.array([kind], pa.string()).take(pa.array(np.zeros(len(items), np.int8)))
        self._put("terms", [pa.array(items), kinds, languages, texts])

    def _put(self, name: str, columns: list[pa.Array]) -> None:
        batch = pa.RecordBatch.from_arrays(columns, schema=TABLES[name])
        self._tables[name].append(batch)
        if sum(map(len, self._tables[name])) >= _ROW_GROUP:
            self._write(name)

    def _write(self, name: str) -> None:
        batches, self._tables[name] = self._tables[name], []
        if batches:
            table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
            self._writers[name].write_table(table)


class _Vocabulary(dict[Any, int]):
    """Numbers words in the order in which they come, for dictionary columns."""

    def __init__(self, spell: Callable[[Any], str] = str) -> None:
        self._spell = spell
        self._words: list[str] = []

    def __missing__(self, key: Any) -> int:
        self[key] = number = len(self._words)
        self._words.append(self._spell(key))
        return number

    def encode(self, words: Iterable[Any], repeats: Numbers | None = None) -> pa.Array:
        codes = np.fromiter(map(self.__getitem__, words), np.int32)
        return self.array(codes if repeats is None else np.repeat(codes, repeats))

    def array(self, codes: npt.NDArray[np.int32]) -> pa.Array:
        """A dictionary column; a negative code is null."""
        indices = pa.array(codes, mask=codes < 0) if len(codes) else pa.array(codes)
        return pa.DictionaryArray.from_arrays(indices, pa.array(self._words, pa.string()))


class _Values:
    """Snaks as the columns kind, value_item, value, detail: see :mod:`kgtool.views.columns`."""

    def __init__(self, snaks: Sequence[BulkSnak]) -> None:
        count = len(snaks)
        self.kinds = np.fromiter(
            map(SNAK_KINDS.__getitem__, map(_snaktype, snaks)), np.uint8, count
        )
        data = list(map(_datavalue, snaks))
        codes = np.fromiter(map(_CODES.__getitem__, map(type, data)), np.uint8, count)
        self.items = np.zeros(count, np.uint32)
        self.is_item = np.zeros(count, np.bool_)
        details = np.full(count, -1, np.int32)
        place = np.full(count, -1, np.int64)
        parts: list[pa.Array] = []
        filled = 0
        for code in np.unique(codes).tolist():
            if code == 0:
                continue
            rows = np.flatnonzero(codes == code)
            values = [data[row] for row in rows.tolist()]
            if code == 1:
                ids = list(map(_entity_id, values))
                numbers = np.fromiter(map(_item_number, ids), np.uint32, len(ids))
                is_item = numbers > 0
                self.items[rows] = numbers
                self.is_item[rows] = is_item
                if is_item.all():
                    continue
                others = np.flatnonzero(~is_item)
                rows, texts = rows[others], [ids[n] for n in others.tolist()]
                kinds = [_entity_type(values[n]) for n in others.tolist()]
                details[rows] = np.fromiter(map(_DETAILS.__getitem__, kinds), np.int32, len(kinds))
            else:
                text_of, detail_of = _READ[code]
                texts = list(map(text_of, values))
                if detail_of is not None:
                    details[rows] = np.fromiter(
                        map(_DETAILS.__getitem__, map(detail_of, values)), np.int32, len(values)
                    )
            parts.append(_texts(texts))
            place[rows] = np.arange(filled, filled + len(rows))
            filled += len(rows)
        everything = pa.concat_arrays(parts) if parts else pa.array([], pa.string())
        self._texts = everything.take(pa.array(place, mask=place < 0))
        self._details = details

    def columns(self) -> list[pa.Array]:
        return [
            pa.array(self.kinds),
            pa.array(self.items, mask=~self.is_item),
            self._texts,
            _DETAILS.array(self._details),
        ]


def _spell_detail(key: Any) -> str:
    if isinstance(key, tuple):  # precision and calendar of a time
        return f"{key[0]} {key[1].rpartition('/')[2]}"
    return str(key).rpartition("/")[2]


_DETAILS = _Vocabulary(_spell_detail)
_LANGUAGES = _Vocabulary()
_SITES = _Vocabulary()

_rank = attrgetter("rank")
_mainsnak = attrgetter("mainsnak")
_references = attrgetter("references")
_qualifiers = attrgetter("qualifiers")
_snaks = attrgetter("snaks")
_snaktype = attrgetter("snaktype")
_datavalue = attrgetter("datavalue")
_value = attrgetter("value")
_title = attrgetter("title")
_entity_id = attrgetter("value.id")
_entity_type = attrgetter("value.entity_type")

_CODES = {
    type(None): 0,
    EntityIdValue: 1,
    StringValue: 2,
    TimeValue: 3,
    QuantityValue: 4,
    MonolingualValue: 5,
    CoordinateValue: 6,
}


def _coordinate(value: CoordinateValue) -> str:
    return f"{value.value.latitude} {value.value.longitude}"


# code → how to read the value and the detail
_READ: dict[int, tuple[Callable[[Any], str], Callable[[Any], Any] | None]] = {
    2: (_value, None),
    3: (attrgetter("value.time"), attrgetter("value.precision", "value.calendarmodel")),
    4: (attrgetter("value.amount"), attrgetter("value.unit")),
    5: (attrgetter("value.text"), attrgetter("value.language")),
    6: (_coordinate, attrgetter("value.globe")),
}


class _PropertyNumbers(dict[str, int]):
    def __missing__(self, property: str) -> int:
        self[property] = number = _number(property)
        return number


_PROPERTIES = _PropertyNumbers()


def _number(property: str) -> int:
    return int(property[1:])


def _item_number(id: str) -> int:
    return int(id[1:]) if id[0] == "Q" else 0


def _numbers(properties: Iterable[str], count: int | None) -> Numbers:
    return np.fromiter(
        map(_PROPERTIES.__getitem__, properties), np.uint32, -1 if count is None else count
    )


def _lengths(groups: Sequence[Any]) -> Numbers:
    return np.fromiter(map(len, groups), np.uint32, len(groups))


def _sums(values: Numbers, sizes: Numbers) -> Numbers:
    """Sum of the values of each group, where groups of ``sizes`` follow one another."""
    total = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    ends = np.cumsum(sizes, dtype=np.int64)
    sums: Numbers = (total[ends] - total[ends - sizes]).astype(np.uint32)
    return sums


def _places(sizes: Numbers) -> npt.NDArray[np.int64]:
    """0, 1, 2 … within each group."""
    ends = np.cumsum(sizes, dtype=np.int64)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - sizes, sizes)


def _texts(texts: Iterable[str]) -> pa.Array:
    return pa.array(list(texts), pa.string())
