"""Words that others write as one, or as two: ``du Sart`` is ``Dusart``, ``Vanloo`` ``van Loo``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kgtool.reconcile.parse import Parsed
from kgtool.reconcile.spelling import Likes
from kgtool.views.names.segment import Segment

JOINED = 0.95  # likeness of two words to the same letters written as one
PARTICLE = 0.6  # likeness of the whole to the particle that it begins with
SHORTEST = 5  # letters of a word that may be two
_PARTICLES = (
    *("van", "von", "de", "den", "der", "di", "du", "da", "del", "della", "le", "la", "lo", "ter"),
    *("ten", "al", "el", "ben", "bin", "ibn", "abu", "abd", "mac", "mc", "o", "saint", "san", "st"),
)


def with_joined(
    parsed: Sequence[Parsed], likes: Sequence[Likes], segments: Sequence[Segment]
) -> list[Likes]:
    """The likes of the words of all names, one name after the other, with what neighbours are
    like when they stand together, and what a word is like without the particle in front."""
    found = list(likes)
    start = 0
    for one in parsed:
        place = {word.text: start + i for i, word in enumerate(one.words) if not word.foreign}
        order = [text for text in one.forward.split() if text in place]
        for first, second in pairwise(order):
            if len(first) + len(second) >= SHORTEST and first.isalpha() and second.isalpha():
                tokens = [segment.token(first + second) for segment in segments]
                if any(token is not None for token in tokens):
                    for text in (first, second):
                        found[place[text]] = _more(found[place[text]], tokens, JOINED)
        for text, at in place.items():
            if len(text) >= SHORTEST and text[0] in _FIRSTS:
                _split(text, at, found, segments)
        start += len(one.words)
    return found


_FIRSTS = frozenset(particle[0] for particle in _PARTICLES)


def _split(text: str, at: int, found: list[Likes], segments: Sequence[Segment]) -> None:
    """Add what *text* is like without its particle, where no index has it as it stands."""
    rests = [
        (particle, text.removeprefix(particle))
        for particle in _PARTICLES
        if text.startswith(particle) and len(text) - len(particle) >= 3
    ]
    if not rests or any(segment.token(text) is not None for segment in segments):
        return
    for particle, rest in rests:
        tokens = [segment.token(rest) for segment in segments]
        if any(token is not None for token in tokens):
            found[at] = _more(found[at], tokens, JOINED)
            fronts = [segment.token(particle) for segment in segments]
            found[at] = _more(found[at], fronts, PARTICLE)


def _more(likes: Likes, tokens: Sequence[int | None], likeness: float) -> Likes:
    """*likes* with one more token in each segment that has it, in front."""
    numbers, values = [], []
    for number, value, token in zip(likes.tokens, likes.likeness, tokens, strict=True):
        here = token is not None
        numbers.append(np.concatenate([[token], number]) if here else number)
        values.append(np.concatenate([[likeness], value]) if here else value)
    return Likes(tuple(numbers), tuple(values))
