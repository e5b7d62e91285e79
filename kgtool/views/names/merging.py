"""Parts → one segment: everything is interleaved in a stream.

What stays in memory is, of each entity, its id and a few numbers; of each name the number that it
gets; of each word its letters and a few numbers. Everything else passes through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from kgtool.durable import write_file
from kgtool.views.names.arrays import Array, ArrayWriter, Texts, offsets, ranges
from kgtool.views.names.blocks import Block, Span
from kgtool.views.names.keys import keys
from kgtool.views.names.part import Part
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.runs import Run, Slice, side_by_side
from kgtool.views.names.segment import Meta
from kgtool.views.names.vocabulary import Vocabulary

IDENTIFYING = 0.9  # share of different values from which a property counts as an identifier
BLOCK = 1 << 14  # entities that pass through together
_LOW = np.uint64(0xFFFFFFFF)


def merge_parts(folder: Path, parts: Sequence[Part], rarity: Rarity | None) -> None:
    """Write the segment of all entities of these parts into ``folder``; each is in one of them.

    :param rarity: weights of words, for a delta; else they come from these entities.
    """
    with ArrayWriter(folder / "arrays.bin") as out:
        merging = _Merging(folder, parts, out)
        merging.entities()
        merging.facts()
        merging.names(rarity)
        write_file(folder / "parents.json", msgspec.json.encode(merging.parents))
        meta = Meta(
            entities=merging.count,
            names=merging.name_count,
            empty=merging.empty,
            tokens=len(merging.vocabulary),
            languages=merging.languages,
            properties=merging.properties,
            identifying=merging.identifying,
            arrays=out.close(),
        )
    write_file(folder / "segment.json", msgspec.json.encode(meta))


class _Merging:
    def __init__(self, folder: Path, parts: Sequence[Part], out: ArrayWriter) -> None:
        self._folder, self._parts, self._out = folder, parts, out
        self.languages, self._language_of = _united([part.meta.languages for part in parts])
        self.properties, self._property_of = _united([part.meta.properties for part in parts])
        self.types, self._type_of = _united([part.meta.types for part in parts])
        self.parents = {
            child: above for part in parts for child, above in sorted(part.meta.parents.items())
        }
        self.identifying: list[str] = []
        self.empty = 0

    def entities(self) -> None:
        """Number the entities by id, and write what is known of each."""
        parts, out = self._parts, self._out
        ids = [part.arrays.read("ids") for part in parts]
        self.count = sum(map(len, ids))
        whole = np.concatenate([np.zeros(0, "S1"), *ids])
        lengths = np.strings.str_len(whole)
        order = np.lexsort((whole, lengths))
        whole = whole[order]
        final = np.empty(self.count, np.uint32)
        final[order] = np.arange(self.count, dtype=np.uint32)
        del order
        self._final = np.split(final, np.cumsum([len(part) for part in ids])[:-1]) if ids else []
        key = np.empty(self.count, np.uint64)
        for a in range(0, self.count, BLOCK):
            key[a : a + BLOCK] = keys(whole[a : a + BLOCK].tolist())
        del whole, ids
        by_key = np.argsort(key, kind="stable")
        out.add({"id_key": key[by_key], "id_of": by_key.astype(np.uint32)})
        del key, by_key

        known = np.empty(self.count, np.uint32)
        sizes = np.empty(self.count, np.int64)
        names = np.empty(self.count, np.uint32)
        for part, number in zip(parts, self._final, strict=True):
            known[number] = part.arrays.read("known")
            sizes[number] = np.diff(part.arrays.read("records_at"))
            names[number] = np.diff(part.arrays.read("name_at"))
        weight = np.rint(32 * np.log2(1.0 + known))
        self._name_at = offsets(names)
        self.name_count = int(self._name_at[-1])
        out.add(
            {
                "weight": np.minimum(weight, 255).astype(np.uint8),
                "records_at": offsets(sizes),
            }
        )
        del known, weight, names
        records = out.room("records_blob", np.uint8, (int(sizes.sum()),))
        begin = out.room("begin", np.int16, (self.count, 2))
        end = out.room("end", np.int16, (self.count, 2))
        for block in self._blocks():
            records.write(block.stretches("records", "records_at")[0])
            begin.write(block.rows("begin"))
            end.write(block.rows("end"))

    def facts(self) -> None:
        """Write values, who has which property, and the instances of types."""
        out, parts = self._out, self._parts
        runs = [Run.stored(part.arrays, "value_key") for part in parts]
        total = sum(run.length for run in runs)
        fact_key = out.room("fact_key", np.uint64, (total,))
        fact_of = out.room("fact_of", np.uint32, (total,))
        different = np.zeros(len(self.properties), np.int64)
        for step in side_by_side(runs):
            key = np.concatenate([part.keys for part in step])
            packed = np.concatenate(
                [self._renumbered(part, "value", self._property_of) for part in step]
            )
            order = np.lexsort((packed & _LOW, key))
            key, packed = key[order], packed[order]
            first = np.ones(len(key), np.bool_)
            first[1:] = key[1:] != key[:-1]
            property = (packed[first] >> np.uint64(32)).astype(np.int64)
            different += np.bincount(property, minlength=len(different))
            fact_key.write(key)
            fact_of.write((packed & _LOW).astype(np.uint32))
        values, texts = np.zeros(len(different), np.int64), np.zeros(len(different), np.int64)
        for part, number in zip(parts, self._property_of, strict=True):
            values[number] += np.array(part.meta.values, np.int64)
            texts[number] += np.array(part.meta.texts, np.int64)
        # Texts of which nearly each belongs to one entity.
        identifies = (values > 0) & (2 * texts > values) & (different >= IDENTIFYING * values)
        self.identifying = [self.properties[n] for n in np.flatnonzero(identifies).tolist()]
        typed = np.zeros(self.count, np.bool_)
        self._postings("owners", self._property_of, len(self.properties), None)
        self._postings("instances", self._type_of, len(self.types), typed)
        out.add({"typed": typed, **Texts.arrays("type_names", self.types)})

    def _renumbered(self, part: Slice, name: str, high: list[Array]) -> Array:
        """Packed numbers of a part: above one with a number of its own kind, below an entity."""
        packed = self._parts[part.run].arrays.read(name, part.first, part.last)
        above = high[part.run][packed >> np.uint64(32)]
        below = self._final[part.run][packed & _LOW]
        renumbered: Array = above.astype(np.uint64) << np.uint64(32) | below
        return renumbered

    def _postings(self, name: str, high: list[Array], rows: int, seen: Array | None) -> None:
        def run(n: int, part: Part) -> Run:
            length = part.arrays.length(name)
            return Run(length, lambda a, b: self._renumbered(Slice(n, a, b, high[n]), name, high))

        runs = [run(n, part) for n, part in enumerate(self._parts)]
        found = self._out.room(name, np.uint32, (sum(one.length for one in runs),))
        sizes = np.zeros(rows, np.int64)
        for step in side_by_side(runs):
            packed = np.sort(np.concatenate([part.keys for part in step]))
            low = (packed & _LOW).astype(np.uint32)
            sizes += np.bincount((packed >> np.uint64(32)).astype(np.int64), minlength=rows)
            found.write(low)
            if seen is not None:
                seen[low] = True
        self._out.add({f"{name}_at": offsets(sizes)})

    def names(self, rarity: Rarity | None) -> None:
        """Write the names, their words, and who holds these."""
        out, parts = self._out, self._parts
        self.vocabulary = Vocabulary(parts, self.name_count, rarity)
        masses = self.vocabulary.masses
        totals = {
            name: sum(part.arrays.length(name) for part in parts)
            for name in ("words", "texts", "folds", "initials_of", "holders")
        }
        count = self.name_count
        entity = out.room("name_entity", np.uint32, (count,))
        rank = out.room("name_rank", np.uint8, (count,))
        language = out.room("name_language", np.uint16, (count,))
        mass = out.room("name_mass", np.int32, (count,))
        words = out.room("words", np.uint32, (totals["words"],))
        texts = out.room("name_text_blob", np.uint8, (totals["texts"],))
        folds = out.room("name_fold_blob", np.uint8, (totals["folds"],))
        ends = {
            name: out.room(f"{name}_at", np.int64, (count + 1,))
            for name in ("words", "name_text", "name_fold")
        }
        at = dict.fromkeys(ends, 0)
        for room in ends.values():
            room.write(np.zeros(1, np.int64))
        for of, block in self._name_blocks():
            entity.write(of)
            rank.write(block.rows("rank"))
            language.write(block.rows("language", self._language_of))
            spoken, counts = block.stretches("words", "words_at", self.vocabulary.number)
            words.write(spoken)
            mass.write(np.diff(offsets(masses[spoken])[offsets(counts)]))
            self.empty += int((counts == 0).sum())
            text, text_lengths = block.stretches("texts", "texts_at")
            texts.write(text)
            fold, fold_lengths = block.stretches("folds", "folds_at")
            folds.write(fold)
            sizes = {"words": counts, "name_text": text_lengths, "name_fold": fold_lengths}
            for name, lengths in sizes.items():
                stops = np.cumsum(lengths) + at[name]
                ends[name].write(stops)
                at[name] = int(stops[-1])
        self._name_numbers()
        self._initials(totals["initials_of"])
        self._holders(totals["holders"])
        self.vocabulary.write(out, self._folder)

    def _name_numbers(self) -> None:
        """The number of each name of each part."""
        self._name_number = []
        for part, number in zip(self._parts, self._final, strict=True):
            at = part.arrays.read("name_at")
            counts = np.diff(at)
            self._name_number.append(ranges(self._name_at[number], counts).astype(np.uint32))

    def _initials(self, total: int) -> None:
        runs = [Run.stored(part.arrays, "initials_key") for part in self._parts]
        key = self._out.room("initials_key", np.uint64, (total,))
        of = self._out.room("initials_of", np.uint32, (total,))
        for step in side_by_side(runs):
            codes = np.concatenate([part.keys for part in step])
            names = np.concatenate(
                [
                    self._name_number[n][self._parts[n].arrays.read("initials_of", a, b)]
                    for n, a, b, _ in step
                ]
            )
            order = np.lexsort((names, codes))
            key.write(codes[order])
            of.write(names[order])

    def _holders(self, total: int) -> None:
        number, names = self.vocabulary.number, self._name_number

        def run(n: int, part: Part) -> Run:
            def read(first: int, last: int) -> Array:
                packed = part.arrays.read("holders", first, last)
                word = number[n][packed >> np.uint64(32)].astype(np.uint64)
                renumbered: Array = word << np.uint64(32) | names[n][packed & _LOW]
                return renumbered

            return Run(part.arrays.length("holders"), read)

        room = self._out.room("holders", np.int32, (total,))
        for step in side_by_side([run(n, part) for n, part in enumerate(self._parts)]):
            packed = np.sort(np.concatenate([part.keys for part in step]))
            room.write((packed & _LOW).astype(np.int32))
        self._out.add({"holders_at": offsets(self.vocabulary.names)})

    def _blocks(self) -> Iterator[Block]:
        """Entities in their final order, some thousands at a time."""
        at = [0] * len(self._parts)
        for first in range(0, self.count, BLOCK):
            last = min(self.count, first + BLOCK)
            spans: list[Span] = []
            for n, number in enumerate(self._final):
                stop = int(np.searchsorted(number, last))
                if stop > at[n]:
                    spans.append(Span(n, self._parts[n].arrays, at[n], stop))
                at[n] = stop
            final = np.concatenate([self._final[n][a:b] for n, _, a, b in spans])
            yield Block(spans, np.argsort(final))

    def _name_blocks(self) -> Iterator[tuple[Array, Block]]:
        """The names of these entities, and the entity of each."""
        first = 0
        for block in self._blocks():
            last = first + len(block.order)
            counts = np.diff(self._name_at[first : last + 1])
            names: list[Span] = []
            for n, arrays, a, b in block.spans:
                at = arrays.read("name_at", a, b + 1)
                names.append(Span(n, arrays, int(at[0]), int(at[-1])))
            here = block.lengths("name_at")  # of each entity as the parts have them
            order = ranges(offsets(here)[:-1][block.order], counts)
            entity = np.repeat(np.arange(first, last, dtype=np.uint32), counts)
            yield entity, Block(names, order)
            first = last


def _united(lists: list[list[str]]) -> tuple[list[str], list[Array]]:
    """All texts, sorted, and for each list the numbers that its own, sorted too, have there."""
    whole = sorted({text for texts in lists for text in texts})
    number = {text: n for n, text in enumerate(whole)}
    return whole, [np.array([number[text] for text in texts], np.int64) for texts in lists]
