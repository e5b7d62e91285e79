"""From a batch of parsed names to the names of one segment that may be meant.

Two steps, each for the whole batch at once. First every name that shares a word, or a word like
one, gets a rough score: one sparse product. Then the best of them are compared word by word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from kgtool.reconcile.asked import Asked
from kgtool.views.names.arrays import Array, ranges
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.segment import IDF_SCALE, Segment

POSTINGS = 20_000  # names that the words of one query may bring, the rarest first
NEAR_BEST = 0.45  # share of the best rough score below which names are not looked at
EQUAL = 300  # names of equal rough score that are compared at most
COMPARED = 36  # names compared word by word
ROUGH_ASKED = (
    0.4  # share of the asked name's weight in the rough score; the rest is the found one's
)


# What is known besides the name: entities → what to add to their rough score; NaN leaves out.
Bonus: TypeAlias = Callable[[Array], Array]


class Rough(NamedTuple):
    """Names of a segment that may be meant, and their rough scores."""

    names: Array
    score: Array


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
            shape=(segment.tokens, max(segment.names, 1)),
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
        kept: Array = names[keep]
        return kept

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
