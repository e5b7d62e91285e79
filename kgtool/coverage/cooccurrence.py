"""Which gaps occur together: for every two measures, the items that lack both."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from kgtool.coverage.groups import Tally
from kgtool.views.cube import Bits


class CoOccurrence(Struct, frozen=True):
    """``lacking[i][j]`` items lack both ``measures[i]`` and ``measures[j]``, of ``items``."""

    items: int
    measures: list[str]
    lacking: list[list[int]]


def together(tally: Tally, measures: Sequence[str], missing: Sequence[Bits]) -> CoOccurrence:
    """Count over the items of a tally; ``missing`` are the planes of what lacks each measure.

    Costs the square of the number of measures times the bytes of the tally.
    """
    here = [plane[tally.bytes] & tally.mask for plane in missing]
    counts = np.zeros((len(here), len(here)), dtype=np.int64)
    for row, one in enumerate(here):
        for column in range(row + 1):
            both = int(np.bitwise_count(one & here[column]).sum())
            counts[row, column] = counts[column, row] = both
    return CoOccurrence(int(tally.popcounts(None).sum()), list(measures), counts.tolist())
