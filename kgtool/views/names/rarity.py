"""How rare words are, and so how much they weigh."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from kgtool.views.names.arrays import Array
from kgtool.views.names.segment import IDF_SCALE, Segment


class Rarity:
    """How rare words and grams are, fixed when a base is built: a delta weighs as its base does."""

    def __init__(self, names: int, keys: Array, counts: Array, gram_sizes: Array) -> None:
        self.names = names
        self.gram_sizes = gram_sizes
        self._keys = keys
        self._counts = counts

    def masses(self, keys: Array) -> Array:
        """Weight of the words with these keys: ``ln(1 + names / holders)``, scaled, whole."""
        counts = np.full(len(keys), 0.5)
        if len(self._keys):
            at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            known = self._keys[at] == keys
            counts[known] = self._counts[at[known]]
        return np.rint(IDF_SCALE * np.log1p(max(self.names, 1) / counts)).astype(np.int32)

    @cached_property
    def unseen(self) -> int:
        """Weight of a word that no name has."""
        return int(self.masses(np.zeros(1, np.uint64))[0])

    @staticmethod
    def of(base: Segment) -> Rarity:
        """The rarity that *base* was built with."""
        counts = np.diff(base.holders.at)[base.token_of]
        return Rarity(base.names, base.token_key, counts, np.diff(base.grams.at))
