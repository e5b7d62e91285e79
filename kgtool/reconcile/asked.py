"""A name as it is asked of an index: its words, what each may stand for, and how much it weighs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgtool.reconcile.parse import Parsed
from kgtool.reconcile.spelling import Likes
from kgtool.views.names.arrays import Array
from kgtool.views.names.keys import key
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.segment import Segment


class Asked(NamedTuple):
    """A parsed name with what the index says of its words."""

    parsed: Parsed
    likes: list[Likes]
    mass: Array  # weight of each word of the query, whole numbers times its part


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
