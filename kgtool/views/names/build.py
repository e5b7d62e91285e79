"""Records → segment. Needs memory for the ids, words and postings, not for the records."""

from __future__ import annotations

import math
import os
import re
import tempfile
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from kgtool.views.names.arrays import Array, ArrayWriter, Postings, Texts, offsets
from kgtool.views.names.grams import GRAMS, grams
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.record import NameRecord
from kgtool.views.names.segment import NO_YEAR, Meta, Segment, fact
from kgtool.views.names.spool import Places, spool_records
from kgtool.views.names.text import initial, key, sounds, tokens

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(NameRecord).decode

IDENTIFYING = 0.9  # share of different values from which a property counts as an identifier
_NOT_AN_ID = re.compile(r"[QPL]\d+$|[+-]?\d{1,4}(-\d\d?){0,2}$|-?\d+\.\d+,-?\d+\.\d+$").match
COUNTRY = "country"  # stands for the property, in facts of NameRecord.country


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
        places = spool_records(records, spool, progress)
        return _Builder(folder, rarity).run(spool, places)


class _Builder:
    def __init__(self, folder: Path, rarity: Rarity | None) -> None:
        self.folder = folder
        self.rarity = rarity
        self.vocabulary: dict[str, int] = {}
        self.types: dict[str, int] = {}
        self.properties: dict[str, int] = {}
        self.parents: dict[str, list[str]] = {}
        self.plain: dict[int, int] = {}

    def run(self, spool: BinaryIO, places: Places) -> Segment:
        count = len(places.ids)
        begin, end = (np.full((count, 2), NO_YEAR, np.int16) for _ in range(2))
        weight = np.zeros(count, np.uint8)
        typed = np.zeros(count, bool)
        self.id_key, self.fact_key, self.fact_of = array("Q"), array("Q"), array("I")
        self.fact_row = array("I")
        self.owner_row, self.owner_of = array("I"), array("I")
        self.type_row, self.type_of = array("I"), array("I")
        self.name_entity, self.name_rank = array("I"), array("B")
        self.languages: dict[str, int] = {}
        self.name_language = array("H")
        self.words, self.word_count = array("I"), array("B")
        self.texts, self.text_length = bytearray(), array("I")
        self.folds, self.fold_length = bytearray(), array("I")
        self.initials_key, self.initials_of = array("Q"), array("I")
        self.out = ArrayWriter(self.folder / "arrays.bin")
        out = self.out.stream("records_blob", int(places.lengths.sum()))
        for entity, (id, start, length) in enumerate(zip(*places, strict=True)):
            spool.seek(int(start))
            data = spool.read(int(length))
            out.write(data)
            record = _decode(data)
            self.id_key.append(key(id))
            begin[entity] = _span(record.begin)
            end[entity] = _span(record.end)
            typed[entity] = bool(record.types)
            self._facts(entity, record)
            names = record.names()
            known = max(record.sitelinks, len(names))
            weight[entity] = min(255, round(32 * math.log2(1 + known)))
            self._names(entity, names)
        self.out.add(
            {
                "begin": begin,
                "end": end,
                "weight": weight,
                "typed": typed,
                "records_at": offsets(places.lengths),
            }
        )
        self._save_entities(count)
        self._save_names()
        self._save_tokens(len(self.name_entity))
        self._save_meta(count)
        return Segment(self.folder)

    def _facts(self, entity: int, record: NameRecord) -> None:
        for type in record.types:
            self.type_row.append(self.types.setdefault(type, len(self.types)))
            self.type_of.append(entity)
        if record.parents:
            self.parents[record.id] = record.parents
        plain = self.plain
        groups = record.ids if not record.country else record.ids | {COUNTRY: record.country}
        for property, values in groups.items():
            row = self.properties.setdefault(property, len(self.properties))
            self.owner_row.append(row)
            self.owner_of.append(entity)
            plain[row] = plain.get(row, 0) + sum(not _NOT_AN_ID(value) for value in values)
            for value in values:
                self.fact_key.append(key(fact(property, value)))
                self.fact_of.append(entity)
                self.fact_row.append(row)

    def _identifying(self) -> list[str]:
        """Properties whose values are texts of which nearly each belongs to one entity."""
        rows = np.asarray(self.fact_row, np.int64)
        keys = np.asarray(self.fact_key, np.uint64)
        total = np.bincount(rows, minlength=len(self.properties))
        order = np.lexsort((keys, rows))
        rows, keys = rows[order], keys[order]
        first = np.ones(len(rows), bool)
        first[1:] = (rows[1:] != rows[:-1]) | (keys[1:] != keys[:-1])
        different = np.bincount(rows[first], minlength=len(self.properties))
        return [
            name
            for name, row in self.properties.items()
            if 2 * self.plain[row] > total[row] and different[row] >= IDENTIFYING * total[row]
        ]

    def _names(self, entity: int, names: list[tuple[str, str, bool]]) -> None:
        vocabulary = self.vocabulary
        seen: set[str] = set()
        for text, language, label in names:
            words = tokens(text)
            folded = " ".join(words)
            if not words or folded in seen:  # the same in another language, or but for accents
                continue
            seen.add(folded)
            name = len(self.name_entity)
            self.words.extend([vocabulary.setdefault(word, len(vocabulary)) for word in words])
            self.word_count.append(len(words))
            self.name_entity.append(entity)
            self.name_rank.append(0 if label else 1)
            self.name_language.append(self.languages.setdefault(language, len(self.languages)))
            raw = text.encode()
            self.texts += raw
            self.text_length.append(len(raw))
            self.folds += folded.encode()
            self.fold_length.append(len(folded))
            if len(words) > 1:
                for letters in acronyms(words):
                    self.initials_key.append(key(letters))
                    self.initials_of.append(name)

    def _save_entities(self, count: int) -> None:
        order = np.argsort(np.asarray(self.id_key, np.uint64), kind="stable")
        facts = _sorted(self.fact_key, self.fact_of)
        self.out.add(
            {
                "id_key": np.asarray(self.id_key, np.uint64)[order],
                "id_of": order.astype(np.uint32),
                "fact_key": facts[0],
                "fact_of": facts[1],
                **Postings.arrays(
                    "owners",
                    np.asarray(self.owner_row, np.int64),
                    np.asarray(self.owner_of, np.uint32),
                    len(self.properties),
                ),
                **Postings.arrays(
                    "instances",
                    np.asarray(self.type_row, np.int64),
                    np.asarray(self.type_of, np.uint32),
                    len(self.types),
                ),
                **Texts.arrays("type_names", self.types),
            },
        )

    def _save_names(self) -> None:
        initials = _sorted(self.initials_key, self.initials_of)
        self.out.add(
            {
                "name_entity": np.asarray(self.name_entity, np.uint32),
                "name_rank": np.asarray(self.name_rank, np.uint8),
                "name_language": np.asarray(self.name_language, np.uint16),
                "initials_key": initials[0],
                "initials_of": initials[1],
                "name_text_blob": np.frombuffer(self.texts, np.uint8),
                "name_text_at": offsets(self.text_length),
                "name_fold_blob": np.frombuffer(self.folds, np.uint8),
                "name_fold_at": offsets(self.fold_length),
            },
        )
        self.texts, self.folds = bytearray(), bytearray()

    def _save_tokens(self, names: int) -> None:
        words = list(self.vocabulary)
        keys = np.fromiter((key(word) for word in words), np.uint64, len(words))
        flat = np.asarray(self.words, np.uint32)
        at = offsets(np.asarray(self.word_count, np.int64))
        rows = np.repeat(np.arange(names, dtype=np.int64), np.diff(at))
        # Each name once a word, however often it holds it.
        pairs = np.unique(flat.astype(np.int64) * max(names, 1) + rows)
        holders = {
            "holders": (pairs % max(names, 1)).astype(np.int32),
            "holders_at": offsets(np.bincount(pairs // max(names, 1), minlength=len(words))),
        }
        del pairs, rows
        heard = [sounds(word) for word in words]
        gram_rows, codes = grams(words, heard)
        order = np.argsort(keys, kind="stable")
        rarity = self.rarity or Rarity(
            names,
            keys[order],
            np.diff(holders["holders_at"])[order],
            np.bincount(codes, minlength=GRAMS),
        )
        masses = rarity.masses(keys)
        self.out.add(
            {
                **holders,
                "words": flat,
                "words_at": at,
                "name_mass": np.add.reduceat(np.append(masses[flat], 0), at[:-1]).astype(np.int32)
                if names
                else np.zeros(0, np.int32),
                "token_key": keys[order],
                "token_of": order.astype(np.uint32),
                "token_mass": masses,
                "token_order": np.array(
                    sorted(range(len(words)), key=words.__getitem__), np.uint32
                ),
                "token_initial": np.fromiter(map(initial, words), np.uint8, len(words)),
                "token_single": np.fromiter(
                    (len(word) == 1 and word.isalpha() for word in words), bool, len(words)
                ),
                **Texts.arrays("token_text", words),
                **Texts.arrays("token_sound", heard),
                **Postings.arrays("grams", codes, gram_rows.astype(np.int32), GRAMS),
                "gram_count": np.bincount(gram_rows, minlength=len(words)).astype(np.int32),
            },
        )

    def _save_meta(self, entities: int) -> None:
        _write(self.folder / "parents.json", _encode(self.parents))
        meta = Meta(
            entities=entities,
            names=len(self.name_entity),
            tokens=len(self.vocabulary),
            languages=list(self.languages),
            properties=list(self.properties),
            identifying=self._identifying(),
            arrays=self.out.close(),
        )
        _write(self.folder / "segment.json", _encode(meta))


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def acronyms(words: list[str]) -> set[str]:
    """First letters of all words, and of those longer than three letters; two to ten letters."""
    every = "".join([word[0] for word in words])
    long = "".join([word[0] for word in words if len(word) > 3])
    return {letters for letters in (every, long) if 1 < len(letters) < 11}


def _span(years: list[int]) -> tuple[int, int]:
    if not years:
        return int(NO_YEAR), int(NO_YEAR)
    return max(min(years), -32000), min(max(years), 32000)


def _sorted(keys: Array | array[int], values: Array | array[int]) -> tuple[Array, Array]:
    keys = np.asarray(keys, np.uint64)
    order = np.argsort(keys, kind="stable")
    return keys[order], np.asarray(values, np.uint32)[order]
