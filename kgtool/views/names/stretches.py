"""Stretches of an array in another order, by compiled code."""

from __future__ import annotations

import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array, offsets


def in_order(values: Array, lengths: Array, order: Array) -> Array:
    """Stretches of these lengths, which lie one after the other, in the order given."""
    if (order[1:] > order[:-1]).all() and len(order) == len(lengths):
        return values
    at = offsets(lengths)
    out = np.empty(int((at[order + 1] - at[order]).sum()), values.dtype)
    readable = values.view()
    readable.flags.writeable = False
    _copy(readable, at, order, out)
    return out


@compiled
def _copy(values: Array, at: Array, order: Array, out: Array) -> None:
    place = 0
    for one in order:
        for n in range(at[one], at[one + 1]):
            out[place] = values[n]
            place += 1
