"""Names on their way into a segment: folded, told apart, their words numbered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgtool.views.names.arrays import Array, Numbers, Parts, offsets, ranges
from kgtool.views.names.folding import Folded, acronyms, fingerprints, fold_many
from kgtool.views.names.keys import mixed
from kgtool.views.names.record import NameRecord

_NAMELESS = {"": ""}  # text → language


class Naming:
    """Takes records in, by the thousand; gives the arrays of their names out.

    An entity has each folded name once: what differs only by language, case or accents is one.
    One that has none gets an empty name, so that it is found by what else is known of it.
    """

    def __init__(self) -> None:
        self.vocabulary = Numbers()
        self.languages = Numbers()
        self._entity, self._rank, self._language = Parts("u4"), Parts("u1"), Parts("u2")
        self._words, self._counts = Parts("u4"), Parts("u1")
        self._texts, self._text_lengths = bytearray(), Parts("u4")
        self._folds, self._fold_lengths = Parts("u1"), Parts("u4")
        self._initials, self._initials_of = Parts("u8"), Parts("u4")
        self.empty = 0

    def add(self, records: Sequence[NameRecord], first: int) -> list[int]:
        """Take *records* in; *first* is the number of the first one.

        :returns: how many different names each record has.
        """
        texts: list[str] = []
        languages: list[str] = []
        known: list[int] = []
        ranks = bytearray()
        for record in records:
            names = record.names()
            labels = len(set(record.labels.values()))
            texts += names or _NAMELESS
            languages += (names or _NAMELESS).values()
            known.append(len(names))
            ranks += b"\0" * labels + b"\1" * ((len(names) or 1) - labels)
        folded = fold_many(texts)
        words = np.fromiter(
            map(self.vocabulary.__getitem__, folded.words), np.uint32, len(folded.words)
        )
        entity = np.repeat(
            np.arange(first, first + len(records), dtype=np.uint32), np.maximum(known, 1)
        )
        keep = _first_of_each(entity, fingerprints(words, folded.counts))
        said = np.bincount(entity[folded.counts > 0] - first, minlength=len(records))
        # A name without letters counts only where there is no other.
        keep &= (folded.counts > 0) | (said[entity - first] == 0)
        raws = [text.encode() for text in texts]
        spoken = np.fromiter(map(self.languages.__getitem__, languages), np.uint16, len(languages))
        rank = np.frombuffer(ranks, np.uint8)
        if not keep.all():
            kept = np.flatnonzero(keep)
            raws = [raws[i] for i in kept.tolist()]
            words, folded = _only(words, folded, kept)
            entity, rank, spoken = entity[kept], rank[kept], spoken[kept]
        codes, places = acronyms(folded)
        self._initials.add(codes)
        self._initials_of.add(places + self._entity.size)
        self._entity.add(entity)
        self._rank.add(rank.copy())
        self._language.add(spoken)
        self._words.add(words)
        self._counts.add(folded.counts)
        self._texts += b"".join(raws)
        self._text_lengths.add(list(map(len, raws)))
        self._folds.add(folded.folds)
        self._fold_lengths.add(folded.fold_lengths)
        return known

    def arrays(self, number: Array | None) -> dict[str, Array]:
        """The arrays of all names, by entity.

        :param number: the final number of each entity, -1 for those that leave; or none, if they
            keep theirs.
        """
        entity = self._entity.take()
        counts = self._counts.take()
        ragged = {
            "words": (self._words.take(), offsets(counts)),
            "name_text_blob": (
                np.frombuffer(self._texts, np.uint8),
                offsets(self._text_lengths.take()),
            ),
            "name_fold_blob": (self._folds.take(), offsets(self._fold_lengths.take())),
        }
        flat = {"name_rank": self._rank.take(), "name_language": self._language.take()}
        codes, of = self._initials.take(), self._initials_of.take()
        self._texts = bytearray()
        if number is not None:
            final = number[entity]
            order = np.argsort(final, kind="stable")
            order = order[np.searchsorted(final[order], 0) :]
            entity = final[order].astype(np.uint32)
            flat = {name: values[order] for name, values in flat.items()}
            for name, (values, at) in ragged.items():
                ragged[name] = _reordered(values, at, order)
            place = np.full(len(final), -1, np.int64)
            place[order] = np.arange(len(order))
            of = place[of]
            codes, of = codes[of >= 0], of[of >= 0]
        self.empty = int((np.diff(ragged["words"][1]) == 0).sum())
        by_code = np.lexsort((of, codes))
        return {
            "name_entity": entity,
            **flat,
            "initials_key": codes[by_code],
            "initials_of": of[by_code].astype(np.uint32),
            "words": ragged["words"][0],
            "words_at": ragged["words"][1],
            "name_text_blob": ragged["name_text_blob"][0],
            "name_text_at": ragged["name_text_blob"][1],
            "name_fold_blob": ragged["name_fold_blob"][0],
            "name_fold_at": ragged["name_fold_blob"][1],
        }


def _first_of_each(entity: Array, fingerprint: Array) -> Array:
    """Which names are the first of their entity with that fingerprint."""
    both = fingerprint ^ mixed(entity)
    order = np.argsort(both, kind="stable")
    again = np.zeros(len(both), bool)
    again[order[1:]] = both[order[1:]] == both[order[:-1]]
    first: Array = ~again
    return first


def _only(words: Array, folded: Folded, kept: Array) -> tuple[Array, Folded]:
    counts, lengths = folded.counts[kept], folded.fold_lengths[kept]
    of_words = ranges((offsets(folded.counts)[:-1])[kept], counts)
    of_letters = ranges((offsets(folded.fold_lengths)[:-1])[kept], lengths)
    return words[of_words], Folded(
        [],
        counts,
        folded.firsts[of_words],
        folded.lengths[of_words],
        folded.folds[of_letters],
        lengths,
    )


def _reordered(values: Array, at: Array, order: Array) -> tuple[Array, Array]:
    lengths = np.diff(at)[order]
    return values[ranges(at[:-1][order], lengths)], offsets(lengths)
