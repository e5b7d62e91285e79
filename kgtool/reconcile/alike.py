"""How alike two words are, for thousands of pairs at once, in machine code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array, Texts

EQUIVALENT = 0.9  # likeness of words that say the same
SAME = 0.82  # likeness at least of words with the same consonants, in a script without vowels
BEGUN = 0.72  # likeness of a word and its begin, as in “Jansz.”
ALMOST = 0.97  # likeness at most of words that are not the same


class Words(NamedTuple):
    """Words in ASCII letters, one a row of *letters*, each with its length."""

    letters: Array
    lengths: Array

    @staticmethod
    def of(texts: Sequence[str]) -> Words:
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        width = max(int(lengths.max(initial=0)), 1)
        letters = np.array(texts, f"S{width}").view(np.uint8).reshape(len(texts), width)
        return Words(letters, lengths)

    @staticmethod
    def taken(texts: Texts, numbers: Array) -> Words:
        """Those of *numbers*."""
        starts, lengths = texts.spans(numbers)
        width = max(int(lengths.max(initial=0)), 1)
        letters = np.zeros((len(numbers), width), np.uint8)
        _take(texts.letters, starts, lengths, letters)
        return Words(letters, lengths)

    @property
    def sortable(self) -> Array:
        """The words as NumPy's texts of bytes, which sort by alphabet."""
        width = self.letters.shape[1]
        return np.ascontiguousarray(self.letters).view(f"S{width}")[:, 0]


def joined(parts: Sequence[Words]) -> Words:
    """Words one after the other."""
    if len(parts) == 1:
        return parts[0]
    width = max(part.letters.shape[1] for part in parts)
    lengths = np.concatenate([part.lengths for part in parts])
    letters = np.zeros((len(lengths), width), np.uint8)
    first = 0
    for part in parts:
        last = first + len(part.lengths)
        letters[first:last, : part.letters.shape[1]] = part.letters
        first = last
    return Words(letters, lengths)


class Spelt(NamedTuple):
    """Words asked, in all their spellings: those of word *i* from ``starts[i]`` on, the word itself
    first, each as letters and as sounds."""

    starts: Array
    letters: Words
    sounds: Words
    foreign: Array  # stood in another script
    abjad: Array  # in one that writes few vowels; its sounds are consonants


def likeness(asked: Spelt, word: Array, letters: Words, sounds: Words, equivalent: Array) -> Array:
    """How alike each of the words in *letters* is to word number *word* of *asked*: 1 for the
    same, 0 for nothing.

    By letters: one minus the share of letters to change, add, drop or swap. By sounds: the same
    over sound classes; it counts more where the script is another one, as vowels are lost then,
    and less where there are few. Where the script writes few vowels, over consonants instead.

    :param equivalent: which pairs say the same in two languages.
    """
    values = np.empty(len(word), np.float64)
    width = max(part.letters.shape[1] for part in (letters, sounds, asked.letters, asked.sounds))
    _likeness(
        asked.starts,
        asked.letters.letters,
        asked.letters.lengths,
        asked.sounds.letters,
        asked.sounds.lengths,
        asked.foreign,
        asked.abjad,
        word,
        letters.letters,
        letters.lengths,
        sounds.letters,
        sounds.lengths,
        equivalent,
        np.empty((3, width + 1), np.int64),
        values,
    )
    return values


@compiled
def _take(blob: Array, starts: Array, lengths: Array, letters: Array) -> None:
    for i in range(len(starts)):
        for j in range(lengths[i]):
            letters[i, j] = blob[starts[i] + j]


@compiled
def _similarity(a: Array, n: int, b: Array, m: int, rows: Array) -> float:
    """One minus the share of letters to change, add, drop or swap (optimal string alignment)."""
    longest = max(n, m)
    if longest == 0:
        return 1.0
    two, one, now = 0, 1, 2
    for j in range(m + 1):
        rows[one, j] = j
    for i in range(1, n + 1):
        rows[now, 0] = i
        for j in range(1, m + 1):
            other = a[i - 1] != b[j - 1]
            cost = min(rows[one, j] + 1, rows[now, j - 1] + 1, rows[one, j - 1] + other)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                cost = min(cost, rows[two, j - 2] + 1)
            rows[now, j] = cost
        two, one, now = one, now, two
    return 1.0 - rows[one, m] / longest  # type: ignore[no-any-return]


@compiled
def _sure(length: int) -> float:
    """How much sounds tell, by their number."""
    return min(length, 4) * 0.25


@compiled
def _front(a: Array, n: int, b: Array, m: int) -> int:
    """How many letters two words begin with in common."""
    front = 0
    while front < n and front < m and a[front] == b[front]:
        front += 1
    return front


@compiled
def _likeness(
    starts: Array,
    texts: Array,
    text_lengths: Array,
    heard: Array,
    heard_lengths: Array,
    foreign: Array,
    abjad: Array,
    word: Array,
    others: Array,
    other_lengths: Array,
    sounding: Array,
    sounding_lengths: Array,
    equivalent: Array,
    rows: Array,
    values: Array,
) -> None:
    for i in range(len(word)):
        asked = word[i]
        length, sound = other_lengths[i], sounding_lengths[i]
        best = 0.0
        for row in range(starts[asked], starts[asked + 1]):
            letters = _similarity(texts[row], text_lengths[row], others[i], length, rows)
            spoken = _similarity(heard[row], heard_lengths[row], sounding[i], sound, rows)
            sure = min(_sure(sound), _sure(heard_lengths[row]))
            if foreign[asked]:
                like = (0.55 + 0.15 * sure) * spoken + (0.45 - 0.15 * sure) * letters
                like = max(like, letters)
                if abjad[asked] and spoken == 1.0:
                    like = max(like, SAME + 0.15 * letters)
            else:
                like = max(letters, 0.35 * sure * spoken + (1 - 0.35 * sure) * letters)
            best = max(best, like)
        best = min(best, ALMOST)
        first = starts[asked]
        shorter = min(text_lengths[first], length)
        front = _front(texts[first], text_lengths[first], others[i], length)
        if front == max(text_lengths[first], length):
            best = 1.0
        elif equivalent[i]:
            best = max(best, EQUIVALENT)
        elif front == shorter and front >= 3:
            best = max(best, BEGUN)
        values[i] = best
