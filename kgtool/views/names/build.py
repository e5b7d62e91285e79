"""Records → segment. Needs memory for ids and words, not for the records."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from kgtool.views.names.flat import flattened
from kgtool.views.names.merging import merge_parts
from kgtool.views.names.part import Part
from kgtool.views.names.part_writer import Piece, write_each
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.record import NameRecord, merge
from kgtool.views.names.segment import Segment

CHUNK = 2048  # records that are folded together

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NameRecord).decode

# Writes parts into a folder; gives the folder of each.
Write = Callable[[Path], Iterable[Path]]


def build_segment(
    folder: Path,
    records: Iterable[NameRecord],
    *,
    rarity: Rarity | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> Segment:
    """Write a segment into the empty *folder*; records of one id are merged.

    :param rarity: weights of words, for a delta; else they come from these records.
    :param progress: called now and then with the number of records read.
    """
    return segment_of_parts(
        folder, lambda parts: write_parts(parts, _merged(folder, records, progress)), rarity
    )


def segment_of_parts(folder: Path, write: Write, rarity: Rarity | None = None) -> Segment:
    """Write a segment of what ``write`` makes into the empty *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = folder / "parts"
    parts.mkdir()
    merge_parts(folder, [Part(part) for part in write(parts)], rarity)
    shutil.rmtree(parts)
    return Segment(folder)


def write_parts(folder: Path, records: Iterable[tuple[NameRecord, bytes]]) -> Iterator[Path]:
    """Records, each id once, with their JSON → parts below *folder*."""

    def pieces() -> Iterator[Piece]:
        for some in _chunks(records):
            found, encoded = zip(*some, strict=True)
            yield partial(flattened, found, encoded)

    return write_each(pieces(), folder)


def _chunks(
    records: Iterable[tuple[NameRecord, bytes]],
) -> Iterator[list[tuple[NameRecord, bytes]]]:
    some: list[tuple[NameRecord, bytes]] = []
    for one in records:
        some.append(one)
        if len(some) == CHUNK:
            yield some
            some = []
    if some:
        yield some


def _merged(
    folder: Path, records: Iterable[NameRecord], progress: Callable[[int], None]
) -> Iterator[tuple[NameRecord, bytes]]:
    """Every id once, in the order of ids, with all that was said of it, and the JSON of that."""
    with tempfile.TemporaryFile(dir=folder) as spool:
        at: dict[str, tuple[int, int]] = {}
        end = count = 0
        for count, record in enumerate(records, 1):
            if record.id in at:
                start, length = at[record.id]
                spool.seek(start)
                record = merge(_decode(spool.read(length)), record)
                spool.seek(end)
            data = _encode(record)
            spool.write(data)
            at[record.id] = end, len(data)
            end += len(data)
            if count % CHUNK == 0:
                progress(count)
        progress(count)
        for id in sorted(at, key=lambda id: (len(id), id)):
            start, length = at[id]
            spool.seek(start)
            data = spool.read(length)
            yield _decode(data), data
