"""Names compared word by word, for a whole batch at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from kgtool.reconcile.asked import Asked
from kgtool.views.names.arrays import Array
from kgtool.views.names.bones import bones
from kgtool.views.names.segment import IDF_SCALE, Segment
from kgtool.views.names.text import initial, sounds_many

INITIAL = 0.5  # likeness of an initial to the word it begins


class Comparer:
    """Compares queries with names of one segment."""

    def __init__(self, segment: Segment, number: int) -> None:
        self.segment = segment
        self._number = number

    def compare(self, batch: Sequence[Asked], query: Array, name: Array) -> dict[str, Array]:
        """Features of each pair, by their names; see ``docs/reconciliation-scores.md``."""
        segment = self.segment
        pairs = len(query)
        words, counts = segment.words.gather(name)
        words = words.astype(np.int64)
        pair_of = np.repeat(np.arange(pairs), counts)
        mass = segment.token_mass[words].astype(np.float64)

        # The likes of the whole batch as one sorted table: (query, token) → word, likeness.
        size = max(segment.tokens, 1)
        table_key, table_word, table_like = self._table(batch, size)
        wanted = query[pair_of] * size + words
        place = np.searchsorted(table_key, wanted)
        widest = max((len(asked.parsed.words) for asked in batch), default=0) or 1
        flat_like = np.zeros(pairs * widest)
        found_like = np.zeros(len(words))
        for step in range(2):  # a token may be like two words of the query
            at = np.minimum(place + step, len(table_key) - 1) if len(table_key) else place
            if not len(table_key):
                break
            hit = (table_key[at] == wanted) & (place + step < len(table_key))
            like = np.where(hit, table_like[at], 0.0)
            found_like = np.maximum(found_like, like)
            where = np.nonzero(hit)[0]
            np.maximum.at(flat_like, pair_of[where] * widest + table_word[at[where]], like[where])
        asked_like = flat_like.reshape(pairs, widest)

        asked_mass = np.zeros((len(batch), widest))
        head = np.zeros((len(batch), widest))
        letters = np.zeros((len(batch), widest), np.int64)
        single = np.zeros((len(batch), widest), bool)
        for q, asked in enumerate(batch):
            count = len(asked.parsed.words)
            asked_mass[q, :count] = asked.mass
            head[q, : asked.parsed.head or count] = asked.mass[: asked.parsed.head or count]
            for i, word in enumerate(asked.parsed.words):
                letters[q, i] = 1 << initial(word.text)
                single[q, i] = len(word.text) == 1 and word.text.isalpha()
        self._initials(
            pairs, query, pair_of, words, found_like, asked_like, letters, single, asked_mass
        )

        def per_pair(values: Array) -> Array:
            return np.bincount(pair_of, weights=values, minlength=pairs)

        found_mass = np.maximum(per_pair(mass), 1e-9)
        of_query = asked_mass[query]
        whole = np.maximum(of_query.sum(axis=1), 1e-9)
        matched = of_query * asked_like
        heads = head[query]
        asked_share = matched.sum(axis=1) / whole
        found_share = per_pair(mass * found_like) / found_mass
        same_asked = (of_query * (asked_like >= 0.999)).sum(axis=1) / whole
        same_found = per_pair(mass * (found_like >= 0.999)) / found_mass
        forward = [asked.parsed.forward for asked in batch]
        ratio = cpdist(
            [forward[q] for q in query.tolist()],
            segment.name_fold.many(name),
            scorer=fuzz.ratio,
            dtype=np.float32,
        )
        heaviest = IDF_SCALE * 10.0
        return {
            "sounds": self._sounds(batch, query, name),
            "asked": asked_share,
            "found": found_share,
            "asked_same": same_asked,
            "found_same": same_found,
            "letters": ratio.astype(np.float64) / 100.0,
            "both": asked_share * found_share,
            "exact": ((same_asked > 0.999) & (same_found > 0.999)).astype(np.float64),
            "head": (heads * asked_like).sum(axis=1) / np.maximum(heads.sum(axis=1), 1e-9),
            "asked_rest": np.minimum((whole - matched.sum(axis=1)) / heaviest, 2.0),
            "found_rest": np.minimum(found_mass * (1 - found_share) / heaviest, 2.0),
            "shared": np.minimum(matched.sum(axis=1) / heaviest, 2.0),
            "alias": (segment.name_rank[name] > 0).astype(np.float64),
        }

    def _sounds(self, batch: Sequence[Asked], query: Array, name: Array) -> Array:
        """How alike names sound as a whole, where other letters were asked; else 0."""
        found = np.zeros(len(query))
        for abjad in (False, True):
            which = [
                any(word.foreign for word in asked.parsed.words)
                and any(word.abjad for word in asked.parsed.words) == abjad
                for asked in batch
            ]
            some = np.flatnonzero(np.array(which, bool)[query])
            if not len(some):
                continue
            spoken = bones if abjad else sounds_many
            asked_sound = {
                q: "".join(spoken(batch[q].parsed.forward.split()))
                for q in np.unique(query[some]).tolist()
            }
            folds = [fold.split() for fold in self.segment.name_fold.many(name[some])]
            heard = iter(spoken([word for words in folds for word in words]))
            found[some] = cpdist(
                [asked_sound[q] for q in query[some].tolist()],
                ["".join(next(heard) for _ in words) for words in folds],
                scorer=fuzz.ratio,
                dtype=np.float32,
            )
        return found / 100.0

    def _table(self, batch: Sequence[Asked], size: int) -> tuple[Array, Array, Array]:
        keys: list[Array] = []
        places: list[Array] = []
        likes: list[Array] = []
        for q, asked in enumerate(batch):
            for i, like in enumerate(asked.likes):
                tokens = like.tokens[self._number]
                keys.append(tokens + q * size)
                places.append(np.full(len(tokens), i, np.int64))
                likes.append(like.likeness[self._number])
        if not keys:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        table_key, word, like_ = np.concatenate(keys), np.concatenate(places), np.concatenate(likes)
        order = np.lexsort((-like_, table_key))
        return table_key[order], word[order], like_[order]

    def _initials(
        self,
        pairs: int,
        query: Array,
        pair_of: Array,
        words: Array,
        found_like: Array,
        asked_like: Array,
        letters: Array,
        single: Array,
        asked_mass: Array,
    ) -> None:
        """Let an initial stand for a word that begins with it, in both directions, in place."""
        segment = self.segment
        bit = np.left_shift(1, segment.token_initial[words].astype(np.int64))
        lone = segment.token_single[words]
        single_bits = np.bitwise_or.reduce(np.where(single, letters, 0), axis=1)
        all_bits = np.bitwise_or.reduce(letters, axis=1)
        free = found_like < INITIAL
        by_query = free & ((single_bits[query[pair_of]] & bit) > 0)
        by_name = free & lone & ((all_bits[query[pair_of]] & bit) > 0)
        found_like[by_query | by_name] = INITIAL
        name_bits = np.zeros(pairs, np.int64)
        np.bitwise_or.at(name_bits, pair_of[free], bit[free])
        lone_bits = np.zeros(pairs, np.int64)
        np.bitwise_or.at(lone_bits, pair_of[lone], bit[lone])
        letter = letters[query]
        stands = (asked_like < INITIAL) & (
            (single[query] & ((letter & name_bits[:, None]) > 0))
            | ((letter & lone_bits[:, None]) > 0)
        )
        asked_like[stands] = INITIAL
