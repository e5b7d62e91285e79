"""Which words of the index a word of a query may stand for, and how alike they are."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from kgtool.reconcile.equivalents import equivalents
from kgtool.reconcile.parse import Word
from kgtool.views.names.arrays import Array
from kgtool.views.names.bones import bones
from kgtool.views.names.grams import grams, is_sound
from kgtool.views.names.rarity import Rarity
from kgtool.views.names.segment import Segment
from kgtool.views.names.text import MAX_TOKEN, sounds

LEAST_GRAMS = 4  # grams of a word that are looked up whatever they bring


class Effort(NamedTuple):
    """How far to look for a word: *grams* is how many words its grams may bring, the rarest grams
    first; *near* how many of these are compared in full; *kept* how many of these are kept."""

    grams: int
    near: int
    kept: int


LATIN = Effort(3_500, 24, 16)
FOREIGN = Effort(12_000, 64, 24)  # its spelling tells less
ABJAD = Effort(12_000, 64, 40)  # many words have the same consonants
BARE = 400  # words with the same consonants that are compared
EQUIVALENT = 0.9  # likeness of words that say the same
SAME = 0.82  # likeness at least of words with the same consonants, in a script without vowels
BEGUN = 0.72  # likeness of a word and its begin, as in “Jansz.”
LEAST = 0.55  # likeness below which a word is another word
SAME_BONES = 8.0  # put before the nearest: words with the same consonants
ALWAYS = 9.0  # put before the nearest: words that say the same in other languages
_SURE = [0.0, 0.25, 0.5, 0.75] + [1.0] * MAX_TOKEN  # how much sounds tell, by their number
REMEMBERED = 200_000


class Likes(NamedTuple):
    """Words of each segment, best first, and their likeness to the word asked (0–1)."""

    tokens: tuple[Array, ...]
    likeness: tuple[Array, ...]


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
        # Weight of the grams in common, by token: all 0 between two words.
        self._shared = [np.zeros(segment.tokens, np.uint8) for segment in segments]
        self._counts = [
            np.minimum(segment.gram_count, 255).astype(np.uint8) for segment in segments
        ]
        self._fewest = [int(counts.min()) if len(counts) else 0 for counts in self._counts]

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
        spellings = [
            (i, text) for i, word in enumerate(words) for text in (word.text, *word.spellings)
        ]
        texts = [text for _, text in spellings]
        heard = [sounds(text) for text in texts]
        near = [self._near(n, words, spellings, texts, heard) for n in range(len(self._segments))]
        spans: list[list[int]] = [[] for _ in words]
        for row, (i, _) in enumerate(spellings):
            spans[i].append(row)
        return [
            self._rank(
                word,
                [texts[row] for row in rows],
                [heard[row] for row in rows],
                [part[i] for part in near],
            )
            for i, (word, rows) in enumerate(zip(words, spans, strict=True))
        ]

    def _near(
        self,
        number: int,
        words: list[Word],
        spellings: list[tuple[int, str]],
        texts: list[str],
        heard: list[str],
    ) -> list[dict[int, float]]:
        """For each word, the tokens that share most grams with one of its spellings."""
        rows, codes = grams(texts, heard)
        foreign = np.array([words[i].foreign for i, _ in spellings])
        heavy = is_sound(codes)
        rows, codes, heavy = self._rarest(
            rows, codes, heavy, np.where(foreign, FOREIGN.grams, LATIN.grams)
        )
        weights = np.where(foreign[rows], np.where(heavy, 3, 1), np.where(heavy, 1, 2))
        starts = np.searchsorted(rows, np.arange(len(texts) + 1)).tolist()
        found: list[dict[int, float]] = [{} for _ in words]
        dead = self._dead[number]
        for row, (i, _) in enumerate(spellings):
            own = slice(starts[row], starts[row + 1])
            tokens, scores = self._sharing(
                number, codes[own].tolist(), weights[own].tolist(), _effort(words[i]).near
            )
            best = found[i]
            for token, value in zip(tokens.tolist(), scores.tolist(), strict=True):
                if value > best.get(token, 0.0) and token not in dead:
                    best[token] = value
        return found

    def _sharing(
        self, number: int, codes: list[int], weights: list[int], limit: int
    ) -> tuple[Array, Array]:
        """The tokens that share most of these grams, and how much: *limit*, and those as good.

        Thousands share one gram. They are left out where those that share several are enough, and
        one gram cannot make a token as good as these.
        """
        segment, shared = self._segments[number], self._shared[number]
        mass = sum(weights)
        if not codes:
            return np.zeros(0, np.int64), np.zeros(0)
        found, sizes = segment.grams.gather(np.array(codes))
        every = found.astype(np.intp)
        start = 0
        for size, weight in zip(sizes.tolist(), weights, strict=True):
            tokens = every[start : start + size]
            shared[tokens] += weight  # a gram has each token once
            start += size
        weight_of = shared.take(every)
        shared[every] = 0
        one = max(weights)
        chosen = weight_of > one
        tokens, score = self._scored(segment, every[chosen], weight_of[chosen], mass)
        if len(tokens) < limit:
            tokens, score = self._scored(segment, every, weight_of, mass)
        else:
            least = np.partition(score, len(score) - limit)[len(score) - limit]
            longest = (one / least - mass) / 1.5  # grams of a token that one makes as good
            if longest >= self._fewest[number]:
                chosen |= self._counts[number].take(every) <= longest
                tokens, score = self._scored(segment, every[chosen], weight_of[chosen], mass)
        if len(tokens) > limit:
            worth = score >= 0.4 * score.max()
            tokens, score = tokens[worth], score[worth]
        if len(tokens) > limit:
            keep = score >= np.partition(score, len(score) - limit)[len(score) - limit]
            tokens, score = tokens[keep], score[keep]
        return tokens, score

    @staticmethod
    def _scored(segment: Segment, tokens: Array, weight: Array, mass: int) -> tuple[Array, Array]:
        tokens, first = np.unique(tokens, return_index=True)
        return tokens, weight[first] / (mass + 1.5 * segment.gram_count[tokens])

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

    def _rank(
        self, word: Word, texts: list[str], heard: list[str], near: list[dict[int, float]]
    ) -> Likes:
        pool: list[tuple[float, str, str, int, int]] = []
        for n, part in enumerate(near):
            segment = self._segments[n]
            for other in equivalents(word.text):
                token = segment.token(other)
                if token is not None and token not in self._dead[n]:
                    part[token] = ALWAYS
            if word.abjad:
                for bare in {one for one in bones(texts) if len(one) > 1}:
                    for token in segment.with_bones(bare)[:BARE].tolist():
                        if token not in self._dead[n]:
                            part[token] = SAME_BONES
            if part:
                numbers = np.fromiter(part, np.int64, len(part))
                pool += zip(
                    (-score for score in part.values()),
                    segment.token_text.many(numbers),
                    segment.token_sound.many(numbers),
                    [n] * len(part),
                    part,
                    strict=True,
                )
        effort = _effort(word)
        if len(pool) > effort.near:
            pool.sort()
            sure = sum(entry[0] <= -SAME_BONES for entry in pool)
            pool = _first(pool, effort.near + sure)
        like = (
            likeness(word, texts, heard, [one[1] for one in pool], [one[2] for one in pool])
            if pool
            else []
        )
        ranked = sorted(
            (-value, text, n, token)
            for value, (_, text, _, n, token) in zip(like, pool, strict=True)
            if value >= LEAST
        )
        if len(ranked) > effort.kept:
            ranked = _first(ranked, effort.kept)
        tokens: list[list[int]] = [[] for _ in near]
        values: list[list[float]] = [[] for _ in near]
        for value, _, n, token in ranked:
            tokens[n].append(token)
            values[n].append(-value)
        return Likes(
            tuple(np.array(part, np.int64) for part in tokens),
            tuple(np.array(part, np.float64) for part in values),
        )


def _effort(word: Word) -> Effort:
    return ABJAD if word.abjad else FOREIGN if word.foreign else LATIN


def _first(ranked: list[Any], count: int) -> list[Any]:
    """The first *count* different texts (one word may stand in several segments)."""
    kept: list[Any] = []
    texts: set[str] = set()
    for entry in ranked:
        if entry[1] not in texts:
            if len(texts) == count:
                break
            texts.add(entry[1])
        kept.append(entry)
    return kept


def likeness(
    word: Word, texts: list[str], heard: list[str], others: list[str], sounding: list[str]
) -> list[float]:
    """How alike *word* (in its spellings) is to each of *others*: 1 for the same, 0 for nothing.

    By letters: one minus the share of letters to change, add, drop or swap. By sounds: the same
    over sound classes; it counts more where the script is another one, as vowels are lost then,
    and less where there are few. Where the script writes few vowels, over consonants instead.
    """
    letters = cdist(texts, others, scorer=OSA.normalized_similarity, dtype=np.float64)
    if word.abjad:
        heard, sounding = bones(texts), bones(others)
    spoken = cdist(heard, sounding, scorer=OSA.normalized_similarity, dtype=np.float64)
    sure = np.minimum(
        np.array([_SURE[len(sound)] for sound in sounding]),
        np.array([[_SURE[len(sound)]] for sound in heard]),
    )
    if word.foreign:
        like = (0.55 + 0.15 * sure) * spoken + (0.45 - 0.15 * sure) * letters
        like = np.maximum(like, letters)
        if word.abjad:
            like = np.where(spoken == 1.0, np.maximum(like, SAME + 0.15 * letters), like)
    else:
        like = np.maximum(letters, 0.35 * sure * spoken + (1 - 0.35 * sure) * letters)
    values: list[float] = np.minimum(like.max(axis=0), 0.97).tolist()
    text = word.text
    alike, front = equivalents(text), text[:3]
    for i, other in enumerate(others):
        if other == text:
            values[i] = 1.0
        elif other in alike:
            values[i] = max(values[i], EQUIVALENT)
        elif (
            values[i] < BEGUN
            and other[:3] == front
            and len(front) == 3
            and (other.startswith(text) or text.startswith(other))
        ):
            values[i] = BEGUN
    return values
