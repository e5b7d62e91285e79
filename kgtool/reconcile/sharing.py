"""Which words of a segment share letters with a word asked, counted in machine code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array
from kgtool.views.names.segment import Segment

WORTH = 0.4  # share of the best score from which a word is worth a look
_MOST = 128  # words that one spelling may keep, without those as good


class Sharing(NamedTuple):
    """Pairs of a spelling and a word (*token*) that share grams, by spelling; 0 < score < 1."""

    row: Array
    token: Array
    score: Array


class Sharer:
    """Finds the words of one segment that share most grams with a spelling."""

    def __init__(self, segment: Segment) -> None:
        self._grams = segment.grams
        self._counts = segment.gram_count
        self._fewest = int(self._counts.min(initial=255))
        self._weight = np.zeros(segment.tokens, np.uint8)  # all 0 between two words

    def share(self, starts: Array, codes: Array, weights: Array, limits: Array) -> Sharing:
        """The tokens that share most weight of grams with each spelling: its limit, and those as
        good as the last.

        :param starts: where the grams of each spelling begin in *codes*, and where the last end.
        :param weights: of each gram.
        """
        at = self._grams.at
        sizes = at[codes + 1] - at[codes]
        room = int(sizes.sum())
        widest = int(sizes.max(initial=0)) + 1 if len(starts) < 2 else _widest(starts, sizes)
        tokens, scores = np.empty(room, np.int64), np.empty(room, np.float64)
        ends = np.zeros(len(starts), np.int64)
        _share(
            starts,
            codes,
            weights,
            limits,
            at,
            self._grams.values,
            self._counts,
            self._fewest,
            self._weight,
            np.empty(widest, np.int64),
            np.empty(widest, np.float64),
            np.empty(_MOST, np.float64),
            tokens,
            scores,
            ends,
        )
        found = int(ends[-1])
        row = np.repeat(np.arange(len(starts) - 1), np.diff(ends))
        return Sharing(row, tokens[:found].copy(), scores[:found].copy())


def _widest(starts: Array, sizes: Array) -> int:
    """How many words one spelling may bring at most."""
    summed = np.concatenate([[0], np.cumsum(sizes)])[starts]
    return int(np.diff(summed).max(initial=0)) + 1


@compiled
def kept_from(scores: Array, count: int, limit: int, best: Array) -> float:
    """The *limit*-th highest of the first *count* scores, of which there are as many at least."""
    filled = 0
    for i in range(count):
        score = scores[i]
        if filled == limit and score <= best[limit - 1]:
            continue
        at = filled if filled < limit else limit - 1
        while at > 0 and best[at - 1] < score:
            best[at] = best[at - 1]
            at -= 1
        best[at] = score
        filled = min(filled + 1, limit)
    return best[limit - 1]  # type: ignore[no-any-return]


@compiled
def _share(
    starts: Array,
    codes: Array,
    weights: Array,
    limits: Array,
    gram_at: Array,
    gram_tokens: Array,
    counts: Array,
    fewest: int,
    weight_of: Array,
    found: Array,
    score_of: Array,
    best: Array,
    tokens: Array,
    scores: Array,
    ends: Array,
) -> None:
    """Fill *tokens*, *scores* and *ends*; *found*, *score_of* and *best* are room to work in."""
    end = 0
    for row in range(len(starts) - 1):
        first, last = starts[row], starts[row + 1]
        count = mass = one = 0
        for gram in range(first, last):
            mass += weights[gram]
            one = max(one, weights[gram])
        for gram in range(first, last):
            weight = weights[gram]
            for place in range(gram_at[codes[gram]], gram_at[codes[gram] + 1]):
                token = gram_tokens[place]
                before = weight_of[token]
                weight_of[token] = before + weight
                if before <= one < before + weight:  # shares several
                    found[count] = token
                    count += 1
        for i in range(count):
            score_of[i] = weight_of[found[i]] / (mass + 1.5 * counts[found[i]])
        # Thousands share one gram: they count where too few share several, or where a word is so
        # short that one makes it as good.
        limit = limits[row]
        least = kept_from(score_of, count, limit, best) if count >= limit else 0.0
        alone = one / (mass + 1.5 * fewest) >= least
        for gram in range(first, last):
            for place in range(gram_at[codes[gram]], gram_at[codes[gram] + 1]):
                token = gram_tokens[place]
                weight = weight_of[token]
                weight_of[token] = 0
                if alone and 0 < weight <= one:
                    score = weight / (mass + 1.5 * counts[token])
                    if score >= least:
                        found[count] = token
                        score_of[count] = score
                        count += 1
        if count > limit:
            top = 0.0
            for i in range(count):
                top = max(top, score_of[i])
            worth = 0
            for i in range(count):
                if score_of[i] >= WORTH * top:
                    found[worth] = found[i]
                    score_of[worth] = score_of[i]
                    worth += 1
            count = worth
        least = kept_from(score_of, count, limit, best) if count > limit else 0.0
        for i in range(count):
            if score_of[i] >= least:
                tokens[end] = found[i]
                scores[end] = score_of[i]
                end += 1
        ends[row + 1] = end
