"""From a batch of parsed names to the names of one segment that may be meant.

Two steps, each for the whole batch at once. First every name that shares a word, or a word like
one, gets a rough score. Then the best of them are compared word by word.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgtool.reconcile.asked import Asked
from kgtool.reconcile.sharing import kept_from
from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array, ranges
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.segment import IDF_SCALE, Segment

POSTINGS = 20_000  # names that the words of one query may bring, the rarest first
NEAR_BEST = 0.45  # share of the best rough score below which names are not looked at
EQUAL = 300  # names of equal rough score that are compared at most
COMPARED = 60  # names compared word by word
ROUGH_ASKED = (
    0.4  # share of the asked name's weight in the rough score; the rest is the found one's
)


class Rough(NamedTuple):
    """Names that may be meant, by query, in no order; their segment and rough scores."""

    query: Array
    segment: Array
    name: Array
    score: Array

    def of(self, some: Array) -> Rough:
        """Those entries."""
        return Rough(*(column[some] for column in self))


def best_of(parts: Sequence[Rough]) -> Rough:
    """Names worth comparing, sorted by query, segment and name: of each query the best of all
    segments, and those as good."""
    rough = Rough(*map(np.concatenate, zip(*parts, strict=True)))
    rough = rough.of(np.lexsort((rough.name, rough.segment, rough.query)))
    keep = np.zeros(len(rough.name), bool)
    _best(rough.query, rough.segment, rough.score, np.empty(COMPARED), keep)
    return rough.of(keep)


class Retriever:
    """Finds names in one segment."""

    def __init__(self, segment: Segment, number: int, dead: frozenset[int], rarity: Rarity) -> None:
        self.segment = segment
        self._number = number
        self._rarity = rarity
        self._alive = np.ones(len(segment), bool)
        self._alive[list(dead)] = False
        self._dead = np.zeros(segment.names if dead else 0, bool)
        if dead:
            self._dead[:] = ~self._alive[segment.name_entity]
        self._lock = threading.Lock()  # over the room to work in
        self._weight = np.zeros(segment.names, np.int32)  # all 0 between two queries
        self._taken = np.zeros(segment.tokens, bool)  # all false between two queries
        self._common = np.zeros(segment.tokens, np.int32)  # all 0 between two queries
        self._names = np.empty(segment.names, np.int64)
        self._scores = np.empty(segment.names, np.float64)

    def rough(self, batch: Sequence[Asked]) -> Rough:
        """For each query the living names that share a word with it, or one like it: those near
        to the best."""
        likes = [like for asked in batch for like in asked.likes]
        token = np.concatenate([_NO_TOKENS, *(like.tokens[self._number] for like in likes)])
        likeness = np.concatenate([_NO_SCORES, *(like.likeness[self._number] for like in likes)])
        mass = np.concatenate([_NO_SCORES, *(asked.mass for asked in batch)])
        sizes = [len(like.tokens[self._number]) for like in likes]
        words = np.repeat(np.arange(len(batch)), [len(asked.likes) for asked in batch])
        weight = np.rint(np.repeat(mass, sizes) * likeness**2).astype(np.int64)
        query = np.repeat(words, sizes)
        keep = weight > 0
        token, weight, query = token[keep], weight[keep], query[keep]
        # By weight, then rarity: what says most comes in before the budget is spent.
        masses = self.segment.token_mass[token]
        order = np.lexsort((weight, masses, -query))[::-1]
        token, weight, query = token[order], weight[order], query[order]
        affordable = np.zeros(len(query), bool)
        holders = self._rarity.names / np.expm1(masses[order] / IDF_SCALE)
        _afford(query, holders, POSTINGS, affordable)
        room = self._room(query[affordable], token[affordable], len(batch))
        names, scores = np.empty(room, np.int64), np.empty(room, np.float64)
        ends = np.zeros(len(batch) + 1, np.int64)
        with self._lock:
            _rough(
                np.searchsorted(query, np.arange(len(batch) + 1)),
                token,
                weight,
                affordable,
                np.array([ROUGH_ASKED * float(asked.mass.sum()) for asked in batch]),
                self.segment.holders.at,
                self.segment.holders.values,
                self.segment.words.at,
                self.segment.words.values,
                self.segment.name_mass,
                self._dead,
                self._weight,
                self._taken,
                self._common,
                self._names,
                self._scores,
                names,
                scores,
                ends,
            )
        found = int(ends[-1])
        query = np.repeat(np.arange(len(batch)), np.diff(ends))
        segment = np.full(found, self._number)
        return Rough(query, segment, names[:found].copy(), scores[:found].copy())

    def _room(self, query: Array, token: Array, count: int) -> int:
        """How many names the queries may bring at most."""
        at = self.segment.holders.at
        each = np.bincount(query, at[token + 1] - at[token], count)
        return int(np.minimum(each, self.segment.names).sum())

    def living(self, names: Array) -> Array:
        """Those of *names* whose entities live."""
        kept: Array = names[self._alive[self.segment.name_entity[names]]]
        return kept

    def names_of(self, entities: Array) -> Array:
        """All names of *entities*."""
        owner = self.segment.name_entity
        first = np.searchsorted(owner, entities, "left")
        return ranges(first, np.searchsorted(owner, entities, "right") - first)


_NO_TOKENS = np.zeros(0, np.int64)
_NO_SCORES = np.zeros(0, np.float64)


@compiled
def _afford(query: Array, holders: Array, budget: int, affordable: Array) -> None:
    """Which words come in before the budget of their query is spent; the first one always."""
    spent = 0.0
    for i in range(len(query)):
        if i == 0 or query[i] != query[i - 1]:
            spent = holders[i]
            affordable[i] = True
        else:
            spent += holders[i]
            affordable[i] = spent <= budget


@compiled
def _before(words: Array, first: int, place: int) -> bool:
    """Whether the word at *place* stood before, from *first* on."""
    earlier = first
    while words[earlier] != words[place]:
        earlier += 1
    return earlier < place


@compiled
def _rough(
    starts: Array,
    tokens: Array,
    weights: Array,
    affordable: Array,
    masses: Array,
    holders_at: Array,
    names_of: Array,
    words_at: Array,
    words_of: Array,
    name_mass: Array,
    dead: Array,
    weight_of: Array,
    taken: Array,
    common: Array,
    touched: Array,
    score_of: Array,
    names: Array,
    scores: Array,
    ends: Array,
) -> None:
    """Fill *names*, *scores* and *ends*; *weight_of* to *score_of* are room to work in."""
    end = 0
    for query in range(len(starts) - 1):
        first, last = starts[query], starts[query + 1]
        count = 0
        more = False
        for i in range(first, last):
            token = tokens[i]
            if taken[token]:  # came with more weight
                continue
            taken[token] = True
            weight = weights[i]
            if not affordable[i]:
                common[token] = weight
                more = True
                continue
            for place in range(holders_at[token], holders_at[token + 1]):
                name = names_of[place]
                if not weight_of[name]:
                    touched[count] = name
                    count += 1
                weight_of[name] += weight
        best = 0.0
        for i in range(count):
            name = touched[i]
            score = weight_of[name] / (masses[query] + (1 - ROUGH_ASKED) * name_mass[name])
            if len(dead) and dead[name]:
                score = -1.0
            score_of[i] = score
            best = max(best, score)
        least = NEAR_BEST * best
        best = 0.0
        kept = end
        for i in range(count):
            name = touched[i]
            weight = weight_of[name]
            weight_of[name] = 0
            if score_of[i] < least:
                continue
            score = score_of[i]
            if more:
                # Words too common to bring names in count where rarer words brought them.
                for place in range(words_at[name], words_at[name + 1]):
                    extra = common[words_of[place]]
                    if extra and not _before(words_of, words_at[name], place):
                        weight += extra
                score = weight / (masses[query] + (1 - ROUGH_ASKED) * name_mass[name])
            best = max(best, score)
            names[kept] = name
            scores[kept] = score
            kept += 1
        for i in range(first, last):
            taken[tokens[i]] = False
            common[tokens[i]] = 0
        for i in range(end, kept):
            if scores[i] >= NEAR_BEST * best:
                names[end] = names[i]
                scores[end] = scores[i]
                end += 1
        ends[query + 1] = end


@compiled
def _best(query: Array, segment: Array, scores: Array, best: Array, keep: Array) -> None:
    """Say in *keep* which entries, sorted by query and segment, are worth comparing."""
    first = 0
    while first < len(query):
        last = first
        while last < len(query) and query[last] == query[first]:
            last += 1
        limit = len(best)
        every = last - first <= limit
        least = 0.0 if every else kept_from(scores[first:last], last - first, limit, best)
        equal = 0
        for i in range(first, last):
            if i > first and segment[i] != segment[i - 1]:
                equal = 0
            if every or (scores[i] >= least and equal < EQUAL):
                keep[i] = True
                equal += 1
        first = last
