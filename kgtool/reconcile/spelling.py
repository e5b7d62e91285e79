"""Which words of the index a word of a query may stand for, and how alike they are."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgtool.reconcile.alike import Spelt, Words, joined, likeness
from kgtool.reconcile.equivalents import equivalents
from kgtool.reconcile.parse import Word
from kgtool.reconcile.sharing import Sharer
from kgtool.views.names.arrays import Array, offsets
from kgtool.views.names.bones import bones
from kgtool.views.names.grams import grams, is_sound
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.segment import Segment
from kgtool.views.names.text import sounds_many

LEAST_GRAMS = 4  # grams of a word that are looked up whatever they bring


class Effort(NamedTuple):
    """How far to look for a word: *grams* is how many words its grams may bring, the rarest grams
    first; *near* how many of these are compared in full; *kept* how many of these are kept."""

    grams: int
    near: int
    kept: int


LATIN = Effort(12_000, 48, 24)
FOREIGN = Effort(40_000, 128, 40)  # its spelling tells less
ABJAD = Effort(40_000, 128, 40)  # many words have the same consonants
BARE = 400  # words with the same consonants that are compared
LEAST = 0.55  # likeness below which a word is another word
SAME_BONES = 8.0  # put before the nearest: words with the same consonants
ALWAYS = 9.0  # put before the nearest: words that say the same in other languages
REMEMBERED = 200_000


class Likes(NamedTuple):
    """Words of each segment, best first, and their likeness to the word asked (0–1)."""

    tokens: tuple[Array, ...]
    likeness: tuple[Array, ...]


class Near(NamedTuple):
    """Tokens of one segment that come near a word, and by what score."""

    word: Array
    token: Array
    score: Array


class Pool(NamedTuple):
    """What comes near some words, from all segments: parallel arrays."""

    word: Array
    token: Array
    score: Array
    segment: Array
    letters: Words
    sounds: Words

    @property
    def equivalent(self) -> Array:
        """Which say the same in another language."""
        alike: Array = self.score == ALWAYS
        return alike

    def of(self, some: Array) -> Pool:
        """Those entries, by their places or by whether they stay."""
        word, token, score, segment, letters, sounds = self
        return Pool(
            word[some],
            token[some],
            score[some],
            segment[some],
            Words(letters.letters[some], letters.lengths[some]),
            Words(sounds.letters[some], sounds.lengths[some]),
        )


class Speller:
    """Finds alike words in the segments of one index, and remembers what it found.

    Equal for the same words however they are spread over segments: ties are broken by the text of
    a word, never by its number.
    """

    def __init__(
        self, segments: Sequence[Segment], dead: Sequence[frozenset[int]], rarity: Rarity
    ) -> None:
        self._segments = segments
        self._dead = dead
        self._sizes = rarity.gram_sizes
        self._lock = threading.Lock()
        self._known: OrderedDict[Word, Likes] = OrderedDict()
        self._sharers = [Sharer(segment) for segment in segments]

    def likes(self, words: Sequence[Word]) -> list[Likes]:
        """The likes of each word; ``part`` of a word plays no role."""
        plain = [word._replace(part=1.0) for word in words]
        with self._lock:
            new = list(dict.fromkeys(word for word in plain if word not in self._known))
            for start in range(0, len(new), 256):
                chunk = new[start : start + 256]
                for word, likes in zip(chunk, self._find(chunk), strict=True):
                    self._known[word] = likes
            found = [self._known[word] for word in plain]
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _find(self, words: list[Word]) -> list[Likes]:
        spelt, pool = self._pool(words)
        efforts = [_effort(word) for word in words]
        sure = np.bincount(pool.word[pool.score >= SAME_BONES], minlength=len(words))
        near = np.array([effort.near for effort in efforts]) + sure
        pool = pool.of(np.lexsort((pool.letters.sortable, -pool.score, pool.word)))
        pool = pool.of(self._first(pool, near))
        # All that say the same are kept, with the nearest of the others.
        kept = np.array([effort.kept for effort in efforts])
        kept += np.bincount(pool.word[pool.equivalent], minlength=len(words))
        pool = pool._replace(
            score=likeness(spelt, pool.word, pool.letters, pool.sounds, pool.equivalent)
        )
        pool = pool.of(pool.score >= LEAST)
        pool = pool.of(
            np.lexsort((pool.token, pool.segment, pool.letters.sortable, -pool.score, pool.word))
        )
        pool = pool.of(self._first(pool, kept))
        parts = []
        for n in range(len(self._segments)):
            here = pool.of(pool.segment == n) if len(self._segments) > 1 else pool
            at = np.searchsorted(here.word, np.arange(len(words) + 1)).tolist()
            parts.append((here.token, here.score, at))
        return [
            Likes(
                tuple(token[at[i] : at[i + 1]] for token, _, at in parts),
                tuple(score[at[i] : at[i + 1]] for _, score, at in parts),
            )
            for i in range(len(words))
        ]

    def _pool(self, words: list[Word]) -> tuple[Spelt, Pool]:
        """The words asked in all their spellings, and the words of all segments that come near."""
        texts = [text for word in words for text in (word.text, *word.spellings)]
        starts = offsets([1 + len(word.spellings) for word in words])
        of = np.repeat(np.arange(len(words)), np.diff(starts))
        heard = sounds_many(texts)
        near = [self._near(n, words, of, texts, heard) for n in range(len(self._segments))]
        abjad = np.array([word.abjad for word in words])
        if abjad.any():
            bare = bones(texts)
            for row in np.flatnonzero(abjad[of]).tolist():
                heard[row] = bare[row]
        foreign = np.array([word.foreign for word in words])
        spelt = Spelt(starts, Words.of(texts), Words.of(heard), foreign, abjad)
        letters, sounding = [], []
        for segment, part in zip(self._segments, near, strict=True):
            letters.append(Words.taken(segment.token_text, part.token))
            some = abjad[part.word]
            if some.any():
                spoken = segment.token_sound.many(part.token)
                places = np.flatnonzero(some).tolist()
                bare = bones(segment.token_text.many(part.token[some]))
                for place, bone in zip(places, bare, strict=True):
                    spoken[place] = bone
                sounding.append(Words.of(spoken))
            else:
                sounding.append(Words.taken(segment.token_sound, part.token))
        word, token, score = map(np.concatenate, zip(*near, strict=True))
        segment_of = np.repeat(np.arange(len(near)), [len(part.token) for part in near])
        return spelt, Pool(word, token, score, segment_of, joined(letters), joined(sounding))

    def _near(
        self, number: int, words: list[Word], of: Array, texts: list[str], heard: list[str]
    ) -> Near:
        """For each word, the tokens that share most grams with one of its spellings, and those
        that mean the same or, where vowels are not written, have the same consonants.

        :param of: the word of each of the *texts*.
        """
        segment, dead = self._segments[number], self._dead[number]
        rows, codes = grams(texts, heard)
        foreign = np.array([word.foreign for word in words])[of]
        heavy = is_sound(codes)
        rows, codes, heavy = self._rarest(
            rows, codes, heavy, np.where(foreign, FOREIGN.grams, LATIN.grams)
        )
        weights = np.where(foreign[rows], np.where(heavy, 3, 1), np.where(heavy, 1, 2))
        starts = np.searchsorted(rows, np.arange(len(texts) + 1))
        limits = np.array([_effort(word).near for word in words])[of]
        found = self._sharers[number].share(starts, codes, weights, limits)
        word, token, score = [of[found.row]], [found.token], [found.score]

        def add(i: int, tokens: list[int], value: float) -> None:
            word.append(np.full(len(tokens), i))
            token.append(np.array(tokens, np.int64))
            score.append(np.full(len(tokens), value))

        for i, one in enumerate(words):
            same = [segment.token(other) for other in equivalents(one.text)]
            if some := [other for other in same if other is not None]:
                add(i, some, ALWAYS)
            if one.abjad:
                spellings = [texts[row] for row in np.flatnonzero(of == i).tolist()]
                for bare in {each for each in bones(spellings) if len(each) > 1}:
                    add(i, segment.with_bones(bare)[:BARE].tolist(), SAME_BONES)
        near = Near(*map(np.concatenate, (word, token, score)))
        if dead:
            living = ~np.isin(near.token, list(dead))
            near = Near(*(column[living] for column in near))
        # Each token once for a word, as what brings it most.
        order = np.lexsort((-near.score, near.token, near.word))
        near = Near(*(column[order] for column in near))
        new = np.ones(len(order), bool)
        new[1:] = (np.diff(near.token) != 0) | (np.diff(near.word) != 0)
        return Near(*(column[new] for column in near))

    def _rarest(
        self, rows: Array, codes: Array, heavy: Array, budget: Array
    ) -> tuple[Array, Array, Array]:
        """Of each row, the grams that fewest words have, until the budget is spent."""
        sizes = self._sizes[codes]
        order = np.lexsort((codes, sizes, rows))
        rows, codes, heavy = rows[order], codes[order], heavy[order]
        spent = np.cumsum(sizes[order])
        first = np.searchsorted(rows, rows)
        before = spent - np.concatenate([[0], spent])[first]
        keep = (before <= budget[rows]) | (np.arange(len(rows)) - first < LEAST_GRAMS)
        return rows[keep], codes[keep], heavy[keep]

    def _first(self, pool: Pool, count: Array) -> Array:
        """Which entries are the first *count* different texts of their word (one text may stand
        in several segments); *pool* is sorted by word."""
        new = np.ones(len(pool.word), bool)
        if len(self._segments) > 1:
            seen: set[tuple[int, bytes]] = set()
            texts = pool.letters.sortable.tolist()
            for i, text in enumerate(zip(pool.word.tolist(), texts, strict=True)):
                new[i] = text not in seen
                seen.add(text)
        place = np.cumsum(new)
        before = (place - new)[np.searchsorted(pool.word, pool.word)]
        keep: Array = place - before <= count[pool.word]
        return keep


def _effort(word: Word) -> Effort:
    return ABJAD if word.abjad else FOREIGN if word.foreign else LATIN
