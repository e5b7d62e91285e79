"""Blocks of lines → the tables of a segment, as Parquet files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kgtool.entities import Profile
from kgtool.views.columns import TABLES
from kgtool.views.extract.extractor import Extractor, Lines

_ROW_GROUP = 1 << 18
# Until its row group is written, a dictionary column holds the numbers of words.
_CODED = {
    name: pa.schema(
        [
            (
                field.name,
                field.type.index_type if pa.types.is_dictionary(field.type) else field.type,
            )
            for field in schema
        ]
    )
    for name, schema in TABLES.items()
}


def _repeated(schema: pa.Schema) -> list[str]:
    # For other columns the writer would try a dictionary in vain.
    few = {"property", "kind", "rank"}
    return [f.name for f in schema if pa.types.is_dictionary(f.type) or f.name in few]


class ColumnsWriter:
    """Writes the tables of one segment into a folder."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._extractor = Extractor(profile)
        self._writers = {
            name: pq.ParquetWriter(
                folder / f"{name}.parquet",
                schema,
                compression="zstd",
                use_dictionary=_repeated(schema),
            )
            for name, schema in TABLES.items()
        }
        self._waiting: dict[str, list[pa.RecordBatch]] = {name: [] for name in TABLES}

    @property
    def totals(self) -> tuple[int, int, int]:
        """How many statements, labels and sitelinks there were, once closed; of properties too."""
        statements, labels, sitelinks = self._extractor.totals.tolist()
        return statements, labels, sitelinks

    def add(self, block: bytes) -> Lines:
        """Append the rows of the items in a block of lines, which ends with a line end."""
        if not self._extractor.fits(len(block)):
            self._take()
        return self._extractor.add(block)

    def abandon(self) -> None:
        """Let go of the files without finishing them."""
        for writer in self._writers.values():
            with suppress(OSError):
                writer.close()

    def close(self) -> None:
        """Write what is left and finish the files."""
        self._take()
        for name, writer in self._writers.items():
            self._write(name)
            writer.close()

    def _take(self) -> None:
        for name, columns in self._extractor.take().items():
            batches = self._waiting[name]
            batches.append(pa.RecordBatch.from_arrays(columns, schema=_CODED[name]))
            if sum(map(len, batches)) >= _ROW_GROUP:
                self._write(name)

    def _write(self, name: str) -> None:
        batches, self._waiting[name] = self._waiting[name], []
        if not sum(map(len, batches)):
            return
        table = pa.Table.from_batches(batches)
        for place, field in enumerate(TABLES[name]):
            if pa.types.is_dictionary(field.type):
                words = self._extractor.words(field.name)
                parts = [pa.DictionaryArray.from_arrays(c, words) for c in table[place].chunks]
                table = table.set_column(place, field, pa.chunked_array(parts, field.type))
        self._writers[name].write_table(table)
