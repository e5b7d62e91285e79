"""Entities → columns: one pass that appends plain values, written as Parquet in row groups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kgtool.entities.bulk import BulkItem, BulkSnak
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

_ROW_GROUP = 1 << 19


class ColumnsWriter:
    """Writes the tables of one segment into a folder."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._poor = profile.poor_references
        self._subclass_of = profile.properties.subclass_of
        self._writers = {
            name: pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd")
            for name, schema in TABLES.items()
        }
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
        self._statement = 0

    def add(self, entity: BulkItem) -> None:
        """Append an item's rows."""
        item = int(entity.id[1:])
        rows = self._rows
        claims = rows["claims"]
        first = self._statement
        for property, statements in entity.claims.items():
            number = int(property[1:])
            best = 2 if any(s.rank == "preferred" for s in statements) else 1
            for statement in statements:
                self._statement = ordinal = self._statement + 1
                rank = RANKS[statement.rank]
                good = 0
                for place, reference in enumerate(statement.references):
                    good += not self._poor.issuperset(reference.snaks)
                    for source, snaks in reference.snaks.items():
                        source_number = int(source[1:])
                        rows["reference_snaks"].extend(
                            (item, ordinal, place, source_number, *_value(snak)) for snak in snaks
                        )
                for qualifier, snaks in statement.qualifiers.items():
                    qualifier_number = int(qualifier[1:])
                    rows["qualifiers"].extend(
                        (item, ordinal, qualifier_number, *_value(snak)) for snak in snaks
                    )
                value = _value(statement.mainsnak)
                claims.append(
                    (
                        item,
                        ordinal,
                        rank,
                        rank == best,
                        number,
                        *value,
                        len(statement.references),
                        good,
                    )
                )
                if property == self._subclass_of and value[1] is not None and rank == best:
                    rows["subclass"].append((item, value[1]))
        rows["terms"].extend((item, "L", code, t.value) for code, t in entity.labels.items())
        rows["terms"].extend((item, "D", code, t.value) for code, t in entity.descriptions.items())
        rows["terms"].extend(
            (item, "A", code, t.value) for code, texts in entity.aliases.items() for t in texts
        )
        rows["sitelinks"].extend(
            (item, site, link.title) for site, link in entity.sitelinks.items()
        )
        rows["items"].append(
            (
                item,
                entity.lastrevid,
                entity.modified,
                self._statement - first,
                len(entity.sitelinks),
            )
        )
        for name in ("claims", "reference_snaks", "terms"):
            if len(rows[name]) >= _ROW_GROUP:
                self._flush(name)

    def add_subclass(self, child: int, parent: int) -> None:
        """Keep one subclass edge of an item that is not itself kept."""
        self._rows["subclass"].append((child, parent))

    def close(self) -> None:
        """Write what is left and finish the files."""
        for name, writer in self._writers.items():
            self._flush(name)
            writer.close()

    def _flush(self, name: str) -> None:
        schema = TABLES[name]
        rows, self._rows[name] = self._rows[name], []
        if not rows:
            return
        columns = zip(*rows, strict=True)
        arrays = [
            pa.array(column, type=_plain(field.type)).cast(field.type)
            for column, field in zip(columns, schema, strict=True)
        ]
        self._writers[name].write_table(pa.Table.from_arrays(arrays, schema=schema))


def _plain(type: pa.DataType) -> pa.DataType:
    return type.value_type if pa.types.is_dictionary(type) else type


def _value(snak: BulkSnak) -> tuple[int, int | None, str | None, str | None]:
    """kind, value_item, value, detail: see :mod:`kgtool.views.columns`."""
    data = snak.datavalue
    if data is None:
        return SNAK_KINDS[snak.snaktype], None, None, None
    match data:
        case EntityIdValue(value=entity):
            if entity.entity_type == "item":
                return 0, int(entity.id[1:]), None, None
            return 0, None, entity.id, entity.entity_type
        case StringValue(value=text):
            return 0, None, text, None
        case TimeValue(value=time):
            return 0, None, time.time, f"{time.precision} {_last(time.calendarmodel)}"
        case QuantityValue(value=quantity):
            return 0, None, quantity.amount, _last(quantity.unit)
        case MonolingualValue(value=text):
            return 0, None, text.text, text.language
        case CoordinateValue(value=place):
            return 0, None, f"{place.latitude} {place.longitude}", _last(place.globe)


def _last(iri: str) -> str:
    return iri.rpartition("/")[2]
