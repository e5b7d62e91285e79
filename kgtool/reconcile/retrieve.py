"""From a batch of parsed names to the names of one segment that may be meant.

Two steps, each for the whole batch at once. First every name that shares a word, or a word like
one, gets a rough score: one sparse product. Then the best of them are compared word by word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from kgtool.reconcile.parse import Parsed
from kgtool.reconcile.spelling import Likes
from kgtool.views.names.arrays import Array, ranges
from kgtool.views.names.build import Rarity
from kgtool.views.names.segment import IDF_SCALE, Segment
from kgtool.views.names.text import initial, key

POSTINGS = 20_000  # names that the words of one query may bring, the rarest first
NEAR_BEST = 0.45  # share of the best rough score below which names are not looked at
EQUAL = 300  # names of equal rough score that are compared at most
COMPARED = 36  # names compared word by word
ROUGH_ASKED = (
    0.4  # share of the asked name's weight in the rough score; the rest is the found one's
)
INITIAL = 0.5  # likeness of an initial to the word it begins


class Asked(NamedTuple):
    """A parsed name with what the index says of its words."""

    parsed: Parsed
    likes: list[Likes]
    mass: Array  # weight of each word of the query, whole numbers times its part


# What is known besides the name: entities → what to add to their rough score; NaN leaves out.
Bonus: TypeAlias = Callable[[Array], Array]


class Rough(NamedTuple):
    """Names of a segment that may be meant, and their rough scores."""

    names: Array
    score: Array


class Found(NamedTuple):
    """Pairs of a query and a name, as arrays of one length."""

    query: Array
    name: Array
    features: dict[str, Array]


def weigh(
    parsed: Sequence[Parsed], likes: list[Likes], segments: Sequence[Segment], rarity: Rarity
) -> list[Asked]:
    """Weigh the words of queries: rare words say more; a misspelt one as what it may stand for.

    :param likes: of the words of all queries, one after the other.
    """
    words = [word for one in parsed for word in one.words]
    masses = rarity.masses(np.array([key(word.text) for word in words], np.uint64)).tolist()
    unseen = rarity.unseen
    for i, like in enumerate(likes):
        if masses[i] >= unseen:
            best = max(
                (
                    (float(value[0]), float(segment.token_mass[tokens[0]]))
                    for segment, tokens, value in zip(
                        segments, like.tokens, like.likeness, strict=True
                    )
                    if len(tokens)
                ),
                default=(0.0, 0.0),
            )
            if best[0] >= 0.75:
                masses[i] = max(best[1], masses[i] * 0.5)
    whole = np.rint(np.array([m * w.part for m, w in zip(masses, words, strict=True)]))
    asked: list[Asked] = []
    start = 0
    for one in parsed:
        end = start + len(one.words)
        asked.append(Asked(one, likes[start:end], whole[start:end]))
        start = end
    return asked


def best_of(parts: Sequence[Rough]) -> list[Array]:
    """Names worth comparing in each segment, sorted: the best of all, and those as good."""
    scores = np.concatenate([part.score for part in parts])
    if len(scores) <= COMPARED:
        return [np.sort(part.names) for part in parts]
    least = np.partition(scores, len(scores) - COMPARED)[len(scores) - COMPARED]
    return [np.sort(part.names[part.score >= least])[:EQUAL] for part in parts]


class Retriever:
    """Finds and compares names in one segment."""

    def __init__(self, segment: Segment, number: int, dead: frozenset[int], rarity: Rarity) -> None:
        from scipy.sparse import csr_array

        self.segment = segment
        self._number = number
        self._rarity = rarity
        self._alive = np.ones(len(segment), bool)
        self._alive[list(dead)] = False
        self._all_alive = not dead
        values = segment.holders.values
        self._holders = csr_array(
            (np.ones(len(values), np.int32), values, segment.holders.at.astype(np.int32)),
            shape=(max(segment.tokens, 1), max(segment.names, 1)),
        )

    def rough(self, batch: Sequence[Asked]) -> list[Rough]:
        """For each query the living names that share a word with it, or one like it."""
        from scipy.sparse import csr_array

        rows: list[Array] = []
        weights: list[Array] = []
        for asked in batch:
            tokens, weight = self._words(asked)
            rows.append(tokens)
            weights.append(weight)
        at = np.zeros(len(batch) + 1, np.int32)
        np.cumsum([len(row) for row in rows], out=at[1:])
        product = (
            csr_array(
                (np.concatenate(weights), np.concatenate(rows), at),
                shape=(len(batch), self._holders.shape[0]),
            )
            @ self._holders
        )
        found: list[Rough] = []
        for q, asked in enumerate(batch):
            span = slice(int(product.indptr[q]), int(product.indptr[q + 1]))
            names = product.indices[span]
            mass = ROUGH_ASKED * float(asked.mass.sum())
            score = product.data[span] / (mass + (1 - ROUGH_ASKED) * self.segment.name_mass[names])
            if not self._all_alive:
                alive = self._alive[self.segment.name_entity[names]]
                names, score = names[alive], score[alive]
            found.append(Rough(names, score))
        return found

    def better(self, rough: Rough, best: float, bonus: Bonus | None) -> Rough:
        """Names near to the *best* rough score of all segments, with the bonus of evidence."""
        keep = rough.score >= NEAR_BEST * best
        names, score = rough.names[keep], rough.score[keep]
        if bonus is not None and len(names):
            score = score + bonus(self.segment.name_entity[names])
            known = ~np.isnan(score)
            names, score = names[known], score[known]
        return Rough(names, score)

    def allowed(self, names: Array, bonus: Bonus | None) -> Array:
        """Those of *names* whose entities live and are not left out."""
        entities = self.segment.name_entity[names]
        keep = self._alive[entities]
        if bonus is not None and len(names):
            keep = keep & ~np.isnan(bonus(entities))
        return names[keep]

    def _words(self, asked: Asked) -> tuple[Array, Array]:
        """Tokens to look for and their whole weights, each token once, within the budget."""
        tokens = [like.tokens[self._number] for like in asked.likes]
        weights = [
            mass * like.likeness[self._number] ** 2
            for mass, like in zip(asked.mass.tolist(), asked.likes, strict=True)
        ]
        if not tokens:
            return np.zeros(0, np.int32), np.zeros(0, np.int32)
        token = np.concatenate(tokens)
        weight = np.rint(np.concatenate(weights)).astype(np.int64)
        keep = weight > 0
        token, weight = token[keep], weight[keep]
        if not len(token):
            return token.astype(np.int32), weight.astype(np.int32)
        # By weight, then rarity: what says most comes in before the budget is spent.
        masses = self.segment.token_mass[token]
        holders = self._rarity.names / np.expm1(masses / IDF_SCALE)
        order = np.lexsort((weight, masses))[::-1]
        spent = np.cumsum(holders[order])
        order = order[(spent <= POSTINGS) | (np.arange(len(order)) == 0)]
        token, weight = token[order], weight[order]
        unique, inverse = np.unique(token, return_inverse=True)
        most = np.zeros(len(unique), np.int64)
        np.maximum.at(most, inverse, weight)
        return unique.astype(np.int32), most.astype(np.int32)

    def names_of(self, entities: Array) -> Array:
        """All names of *entities*."""
        owner = self.segment.name_entity
        first = np.searchsorted(owner, entities, "left")
        return ranges(first, np.searchsorted(owner, entities, "right") - first)

    def compare(self, batch: Sequence[Asked], query: Array, name: Array) -> Found:
        """Compare each pair word by word; see ``docs/reconciliation-scores.md``."""
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
        features = {
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
            "alias": segment.name_rank[name].astype(np.float64),
        }
        return Found(query, name, features)

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
