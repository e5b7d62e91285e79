"""Parts of an index in the making: some ten thousands of entities each, folded, sorted, on disk.

Parts are made independently of each other, by as many processes as there are;
:mod:`kgtool.views.names.merging` makes one segment of them. Within a part everything is in the
order in which the segment has it, and numbered in that order: entities by id, words by key,
languages, properties and types by their text. So the parts only need to be interleaved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.extract.words import FULL, Words, intern
from kgtool.views.names.arrays import Array, ArrayWriter, Numbers, Parts, offsets
from kgtool.views.names.flat import Flat, Texts
from kgtool.views.names.folding import ACRONYMS, FOLDED, LETTERS, NAMES, WORDS, fold_names, foreign
from kgtool.views.names.keys import key, keys
from kgtool.views.names.part import PartMeta
from kgtool.views.names.stretches import in_order
from kgtool.views.names.text import MAX_TOKEN, MAX_TOKENS, latin
from kgtool.views.names.values import keys_of

ENTITIES = 1 << 15  # of one part
_BYTES = 1 << 27  # … or so many bytes of records and names


# Some entities, by the numbers that a writer gives to languages and properties.
Piece = Callable[[Numbers, Numbers], Flat]


def write_each(pieces: Iterable[Piece], folder: Path, begin: str = "") -> Iterator[Path]:
    """Pieces → parts below *folder*, whose names begin so; each part as soon as it is full."""
    writer, number = PartWriter(), 0

    def written() -> Path:
        part = folder / f"{begin}{number:06}"
        writer.write(part)
        return part

    for piece in pieces:
        writer.add(piece(writer.languages, writer.properties))
        if writer.full:
            yield written()
            writer, number = PartWriter(), number + 1
    if len(writer):
        yield written()


class PartWriter:
    """Takes entities in, thousand by thousand, until it is ``full``; then it is to be written."""

    def __init__(self) -> None:
        self.languages, self.properties = Numbers(), Numbers()
        self._words, self._types = Words(["words"]), Words(["types"])
        self._property_keys: list[int] = []
        self._ids: list[bytes] = []
        self._parents: dict[str, list[str]] = {}
        self._latin: dict[bytes, bytes] = {}
        self._parts: dict[str, Parts] = {}

    @property
    def full(self) -> bool:
        """Whether it is time to write it."""
        sizes = (self._parts[name].size for name in ("records", "texts") if name in self._parts)
        return len(self._ids) >= ENTITIES or sum(sizes) > _BYTES

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, flat: Flat) -> None:
        """Take entities in."""
        first = len(self._ids)
        self._ids += flat.ids
        self._parents |= flat.parents
        self._add("records", flat.records)
        self._add("lengths", flat.lengths.astype(np.uint32))
        self._add("begin", flat.begin.reshape(-1))
        self._add("end", flat.end.reshape(-1))
        self._add_values(flat, first)
        self._add_types(flat.types, first)
        known = self._add_names(flat, first)
        self._add("known", np.maximum(known, flat.sitelinks).astype(np.uint32))

    def _add(self, name: str, values: Array) -> None:
        if name not in self._parts:
            self._parts[name] = Parts(values.dtype)
        self._parts[name].add(values)

    def _add_values(self, flat: Flat, first: int) -> None:
        self._property_keys += map(key, list(self.properties)[len(self._property_keys) :])
        found, plain = keys_of(flat.values, flat.property, np.array(self._property_keys, np.uint64))
        self._add("value_key", found)
        self._add("value_of", (flat.values.of + first).astype(np.uint32))
        self._add("value_property", flat.property.astype(np.uint32))
        self._add("value_plain", plain)

    def _add_types(self, types: Texts, first: int) -> None:
        numbers = np.empty(len(types.of), np.uint32)
        done = 0
        while (done := _numbered(done, *types[1:], *self._types.tables[:4], numbers)) < len(
            numbers
        ):
            self._types.grow()
        self._add("type_of", (types.of + first).astype(np.uint32))
        self._add("type", numbers)

    def _add_names(self, flat: Flat, first: int) -> Array:
        names, count = flat.names, len(flat.ids)
        lengths = names.end - names.start
        plain_at, plain = self._in_latin(names)
        rows, letters = len(names.of), int(lengths.sum())
        room = letters + len(plain) + rows + count + MAX_TOKEN
        most = int(np.bincount(names.of, minlength=1).max())
        slots = 1 << int(2 * most + 2).bit_length()
        made: dict[str, Array] = {
            "name_entity": np.empty(rows + count, np.uint32),
            "name_rank": np.empty(rows + count, np.uint8),
            "name_language": np.empty(rows + count, np.uint16),
            "name_words": np.empty(rows + count, np.uint8),
            "text_lengths": np.empty(rows + count, np.uint32),
            "fold_lengths": np.empty(rows + count, np.uint32),
            "words": np.empty(min(room, (rows + 1) * MAX_TOKENS), np.uint32),
            "texts": np.empty(letters, np.uint8),
            "folds": np.empty(room, np.uint8),
            "initials": np.empty(3 * rows, np.int64),
            "initials_of": np.empty(3 * rows, np.uint32),
        }
        seen = [np.empty(slots, np.uint64), np.full(slots, -1, np.int64)]
        again = [np.empty(slots, np.uint64), np.full(slots, -1, np.int64)]
        known = np.zeros(count, np.uint32)
        written = np.zeros(5, np.int64)
        word = np.empty(MAX_TOKEN, np.uint8)
        nameless = self.languages[""]
        entity = row = 0
        while True:
            entity, row = fold_names(
                entity,
                count,
                row,
                nameless,
                *[*names, plain_at, plain, flat.rank, flat.language],
                *[*self._words.tables[:4], *seen, *again, known, *made.values(), word, written],
            )
            if entity == count:
                break
            self._words.grow()
        before = self._parts["name_entity"].size if "name_entity" in self._parts else 0
        made["name_entity"] += np.uint32(first)
        made["initials_of"] += np.uint32(before)
        ends = {"words": WORDS, "texts": LETTERS, "folds": FOLDED}
        ends |= {"initials": ACRONYMS, "initials_of": ACRONYMS}
        for name, values in made.items():
            self._add(name, values[: written[ends.get(name, NAMES)]].copy())
        return known

    def _in_latin(self, names: Texts) -> tuple[Array, Array]:
        """Names that are not plain ASCII in Latin letters, and where each stands among them."""
        plain_at = np.full(len(names.of), -1, np.int64)
        rows = np.empty(len(names.of), np.int64)
        rows = rows[: foreign(*names[1:], rows)]
        letters, known = names.letters.data, self._latin
        found: list[bytes] = []
        spans = zip(names.start[rows].tolist(), names.end[rows].tolist(), strict=True)
        for start, end in spans:
            raw = bytes(letters[start:end])
            text = known.get(raw)
            if text is None:
                text = known[raw] = latin(str(raw, "utf-8")).replace("\n", " ").encode("ascii")
            found.append(text)
        if len(known) > ENTITIES:
            known.clear()
        plain_at[rows] = offsets([len(text) + 1 for text in found])[:-1]
        return plain_at, np.frombuffer(b"".join(text + b"\n" for text in found), np.uint8)

    def write(self, folder: Path) -> None:
        """Write the part into a new folder."""
        folder.mkdir(parents=True)
        taken = {name: parts.take() for name, parts in self._parts.items()}
        ids = np.array(self._ids, np.bytes_)
        order = np.lexsort((ids, np.array(list(map(len, self._ids)))))
        final = np.empty(len(order), np.int64)
        final[order] = np.arange(len(order))
        with ArrayWriter(folder / "arrays.bin") as out:
            records = in_order(taken.pop("records"), taken["lengths"], order)
            out.add(
                {
                    "ids": ids[order],
                    "records": records,
                    "records_at": offsets(taken["lengths"][order]),
                    "begin": taken["begin"].reshape(-1, 2)[order],
                    "end": taken["end"].reshape(-1, 2)[order],
                    "known": taken["known"][order],
                }
            )
            del records
            properties, property_names = _sorted_texts(list(self.properties))
            total, texts = self._write_values(out, taken, final, properties)
            types, type_names = _sorted_texts(
                [raw.decode() for raw in self._types.spelled("types")]
            )
            if len(type_names):
                out.add(
                    {"instances": np.sort(_packed(types[taken["type"]], final[taken["type_of"]]))}
                )
            else:
                out.add({"instances": np.zeros(0, np.uint64)})
            # Some are only of names that other names made superfluous.
            codes = list(self.languages)
            used = np.flatnonzero(
                np.bincount(taken["name_language"], minlength=len(codes))
            ).tolist()
            order_of_used, language_names = _sorted_texts([codes[n] for n in used])
            languages = np.zeros(len(codes), np.int64)
            languages[used] = order_of_used
            self._write_names(out, taken, final, languages)
            meta = PartMeta(
                out.close(), language_names, property_names, type_names, total, texts, self._parents
            )
        (folder / "part.json").write_bytes(msgspec.json.encode(meta))

    def _write_values(
        self, out: ArrayWriter, taken: dict[str, Array], final: Array, properties: Array
    ) -> tuple[list[int], list[int]]:
        property = properties[taken["value_property"]] if len(properties) else np.zeros(0, np.int64)
        packed = _packed(property, final[taken["value_of"]])
        order = np.lexsort((packed, taken["value_key"]))
        owners = np.sort(packed)
        out.add(
            {
                "value_key": taken["value_key"][order],
                "value": packed[order],
                "owners": owners[_first_of_each(owners)],
            }
        )
        size = len(properties)
        plain = np.bincount(property, weights=taken["value_plain"], minlength=size)
        total = np.bincount(property, minlength=size)
        return total.tolist(), plain.astype(np.int64).tolist()

    def _write_names(
        self, out: ArrayWriter, taken: dict[str, Array], final: Array, languages: Array
    ) -> None:
        vocabulary = self._words.spelled("words")
        word_keys = keys(vocabulary)
        by_key = np.argsort(word_keys, kind="stable")
        number = np.empty(len(by_key), np.int64)
        number[by_key] = np.arange(len(by_key))
        raws = [vocabulary[n] for n in by_key.tolist()]
        entity = final[taken["name_entity"]]
        order = np.argsort(entity, kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        words = in_order(taken["words"], taken["name_words"], order)
        counts = taken["name_words"][order].astype(np.int64)
        words = number[words] if len(number) else words.astype(np.int64)
        holders = np.sort(_packed(words, np.repeat(np.arange(len(order)), counts)))
        holders = holders[_first_of_each(holders)]
        of = place[taken["initials_of"]].astype(np.uint32)
        by_code = np.lexsort((of, taken["initials"]))
        out.add(
            {
                "word_key": word_keys[by_key],
                "word_letters": np.frombuffer(b"".join(raws), np.uint8),
                "word_at": offsets(list(map(len, raws))),
                "word_names": np.bincount(holders >> np.uint64(32), minlength=len(raws)),
                "name_at": offsets(np.bincount(entity, minlength=len(final))),
                "rank": taken["name_rank"][order],
                "language": languages[taken["name_language"][order]].astype(np.uint16),
                "words": words.astype(np.uint32),
                "words_at": offsets(counts),
                "texts": in_order(taken["texts"], taken["text_lengths"], order),
                "texts_at": offsets(taken["text_lengths"][order]),
                "folds": in_order(taken["folds"], taken["fold_lengths"], order),
                "folds_at": offsets(taken["fold_lengths"][order]),
                "initials_key": taken["initials"][by_code].astype(np.uint64),
                "initials_of": of[by_code],
                "holders": holders,
            }
        )


@compiled
def _numbered(
    done: int,
    start: Array,
    end: Array,
    letters: Array,
    slots: Array,
    ends: Array,
    known: Array,
    counts: Array,
    numbers: Array,
) -> int:
    """Number texts from ``done`` on; gives how far there was room."""
    while done < len(numbers):
        number = intern(letters, start[done], end[done], 0, slots, ends, known, counts)
        if number == FULL:
            break
        numbers[done] = number
        done += 1
    return done


def _packed(high: Array, low: Any) -> Array:
    packed: Array = high.astype(np.uint64) << np.uint64(32) | low.astype(np.uint64)
    return packed


def _first_of_each(ordered: Array) -> Array:
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def _sorted_texts(texts: list[str]) -> tuple[Array, list[str]]:
    """The number that each gets by its place among all, and all in that order."""
    order = sorted(range(len(texts)), key=texts.__getitem__)
    numbers = np.empty(len(texts), np.int64)
    numbers[order] = np.arange(len(texts))
    return numbers, [texts[n] for n in order]
