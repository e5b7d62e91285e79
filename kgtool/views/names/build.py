"""Records → segment. Needs memory for the ids, words and postings, not for the records."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from kgtool.views.names.arrays import Array, ArrayWriter, Parts, Postings, Texts, offsets
from kgtool.views.names.bones import bones
from kgtool.views.names.facts import Facts
from kgtool.views.names.folding import sounds_many
from kgtool.views.names.grams import GRAMS, grams
from kgtool.views.names.keys import keys
from kgtool.views.names.naming import Naming
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.record import NameRecord, merge
from kgtool.views.names.segment import Meta, Segment
from kgtool.views.names.text import initial

CHUNK = 2048  # records folded together

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NameRecord).decode


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
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as spool:
        builder = _Builder(folder, spool)
        builder.read(records, progress)
        builder.write(rarity)
    return Segment(folder)


class _Builder:
    """Entities are numbered as they come; at the end they get their final numbers, by id."""

    def __init__(self, folder: Path, spool: BinaryIO) -> None:
        self.folder = folder
        self.spool = spool
        self.numbers: dict[str, int] = {}
        self.count = 0  # records taken, those that a merged one replaced too
        self.facts, self.naming = Facts(), Naming()
        self.known, self.lengths = Parts("u4"), Parts("u4")
        self.waiting: list[NameRecord] = []
        self.ends: list[int] = []  # of the waiting ones in the spool

    def read(self, records: Iterable[NameRecord], progress: Callable[[int], None]) -> None:
        at: dict[str, tuple[int, int]] = {}
        end = count = 0
        numbers, waiting, spool = self.numbers, self.waiting, self.spool
        lengths: list[int] = []
        for count, record in enumerate(records, 1):
            if record.id in numbers:
                start, length = at[record.id]
                spool.seek(start)
                record = merge(_decode(spool.read(length)), record)
                spool.seek(end)
            data = _encode(record)
            spool.write(data)
            at[record.id] = end, len(data)
            numbers[record.id] = self.count + len(waiting)
            end += len(data)
            lengths.append(len(data))
            waiting.append(record)
            if len(waiting) == CHUNK:
                self._take(lengths)
                progress(count)
        self._take(lengths)
        progress(count)

    def _take(self, lengths: list[int]) -> None:
        records = self.waiting
        if records:
            self.facts.add(records, self.count)
            sizes = self.naming.add(records, self.count)
            self.known.add(
                [max(record.sitelinks, size) for record, size in zip(records, sizes, strict=True)]
            )
            self.lengths.add(lengths)
            self.count += len(records)
            records.clear()
            lengths.clear()

    def write(self, rarity: Rarity | None) -> None:
        """Write everything, in the order of ids."""
        self.out = ArrayWriter(self.folder / "arrays.bin")
        ids = list(self.numbers)
        shuffled = len(ids) < self.count or any(
            (len(a), a) > (len(b), b) for a, b in itertools.pairwise(ids)
        )
        number: Array | None = None
        order = np.arange(self.count)
        if shuffled:
            ids.sort(key=lambda id: (len(id), id))
            order = np.fromiter(map(self.numbers.__getitem__, ids), np.int64, len(ids))
            number = np.full(self.count, -1, np.int64)
            number[order] = np.arange(len(ids))
        self.numbers.clear()
        self._entities(ids, order)
        arrays, identifying = self.facts.arrays(number)
        self.out.add(arrays | Texts.arrays("type_names", self.facts.types))
        arrays = self.naming.arrays(number)
        names = len(arrays["name_entity"])
        words, at = arrays.pop("words"), arrays.pop("words_at")
        self.out.add(arrays)
        del arrays
        self._tokens(names, words, at, rarity)
        _write(self.folder / "parents.json", _encode(self.facts.parents))
        meta = Meta(
            entities=len(ids),
            names=names,
            empty=self.naming.empty,
            tokens=len(self.naming.vocabulary),
            languages=list(self.naming.languages),
            properties=list(self.facts.properties),
            identifying=identifying,
            arrays=self.out.close(),
        )
        _write(self.folder / "segment.json", _encode(meta))

    def _entities(self, ids: list[str], order: Array) -> None:
        lengths = self.lengths.take().astype(np.int64)
        starts = offsets(lengths)
        blob = self.out.stream("records_blob", int(lengths[order].sum()))
        self.spool.seek(0)
        if len(order) == len(lengths) and (np.diff(order) > 0).all():
            shutil.copyfileobj(self.spool, blob, 1 << 20)
        else:
            for start, length in zip(starts[order].tolist(), lengths[order].tolist(), strict=True):
                self.spool.seek(start)
                blob.write(self.spool.read(length))
        weight = np.rint(32 * np.log2(1.0 + self.known.take()[order]))
        key = keys([id.encode() for id in ids])
        by_key = np.argsort(key, kind="stable")
        self.out.add(
            {
                "records_at": offsets(lengths[order]),
                "weight": np.minimum(weight, 255).astype(np.uint8),
                "id_key": key[by_key],
                "id_of": by_key.astype(np.uint32),
            }
        )

    def _tokens(self, names: int, flat: Array, at: Array, rarity: Rarity | None) -> None:
        raws = list(self.naming.vocabulary)
        words = [raw.decode() for raw in raws]
        key = keys(raws)
        # Each name once a word, however often it holds it.
        pairs = flat.astype(np.int64)
        pairs *= max(names, 1)
        pairs += np.repeat(np.arange(names), np.diff(at))
        pairs.sort()
        if len(pairs):
            pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])]
        word, holder = np.divmod(pairs, max(names, 1))
        holders = {
            "holders": holder.astype(np.int32),
            "holders_at": offsets(np.bincount(word, minlength=len(words))),
        }
        del pairs, word, holder
        self.out.add(holders)
        counts = np.diff(holders.pop("holders_at"))
        del holders
        heard = sounds_many(words)
        gram_rows, codes = grams(words, heard)
        bare = keys([one.encode() for one in bones(words)])
        by_bones = np.argsort(bare, kind="stable")
        order = np.argsort(key, kind="stable")
        rarity = rarity or Rarity(
            names, key[order], counts[order], np.bincount(codes, minlength=GRAMS)
        )
        masses = rarity.masses(key)
        self.out.add(
            {
                "words": flat,
                "words_at": at,
                "name_mass": np.diff(offsets(masses[flat])[at]).astype(np.int32),
                "token_key": key[order],
                "token_of": order.astype(np.uint32),
                "token_mass": masses,
                "token_order": np.array(
                    sorted(range(len(words)), key=words.__getitem__), np.uint32
                ),
                "token_initial": np.fromiter(map(initial, words), np.uint8, len(words)),
                "token_single": np.fromiter(
                    (len(word) == 1 and word.isalpha() for word in words), bool, len(words)
                ),
                **Texts.arrays("token_text", raws),
                **Texts.arrays("token_sound", heard),
                "bones_key": bare[by_bones],
                "bones_of": by_bones.astype(np.uint32),
                **Postings.arrays("grams", codes, gram_rows.astype(np.int32), GRAMS),
                "gram_count": np.bincount(gram_rows, minlength=len(words)).astype(np.int32),
            },
        )


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
