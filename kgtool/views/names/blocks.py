"""Rows of several parts, interleaved block by block."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kgtool.views.names.arrays import Array, ArrayFile
from kgtool.views.names.stretches import in_order


class Span(NamedTuple):
    """Rows of one part."""

    part: int
    arrays: ArrayFile
    first: int
    last: int


class Block:
    """Rows of several parts, and the order that they have in the segment."""

    def __init__(self, spans: list[Span], order: Array) -> None:
        self.spans, self.order = spans, order

    def rows(self, name: str, numbers: list[Array] | None = None) -> Array:
        """An array of one row each; ``numbers`` says what each part's numbers mean."""
        parts = [
            arrays.read(name, a, b) if numbers is None else numbers[n][arrays.read(name, a, b)]
            for n, arrays, a, b in self.spans
        ]
        ordered: Array = np.concatenate(parts)[self.order]
        return ordered

    def lengths(self, at: str) -> Array:
        """The lengths of stretches, as the parts have them one after the other."""
        return np.concatenate(
            [np.diff(arrays.read(at, a, b + 1)) for _, arrays, a, b in self.spans]
        )

    def stretches(
        self, name: str, at: str, numbers: list[Array] | None = None
    ) -> tuple[Array, Array]:
        """An array of a stretch for each row, and the lengths of these."""
        parts, sizes = [], []
        for n, arrays, a, b in self.spans:
            ends = arrays.read(at, a, b + 1)
            values = arrays.read(name, int(ends[0]), int(ends[-1]))
            parts.append(values if numbers is None else numbers[n][values])
            sizes.append(np.diff(ends))
        lengths = np.concatenate(sizes)
        return in_order(np.concatenate(parts), lengths, self.order), lengths[self.order]
