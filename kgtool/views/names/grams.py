"""Letters in a row of three: how a misspelt word finds the word that was meant.

A token has the grams of its letters and those of its sounds, each as a number below
:data:`GRAMS`. Made for whole vocabularies at once.
"""

from __future__ import annotations

import numpy as np

from kgtool.views.names.arrays import Array

_LETTERS = "$abcdefghijklmnopqrstuvwxyz0123456789"
_CLASSES = "$APTSKMNLR"
_LETTER_GRAMS = len(_LETTERS) ** 3
CHUNK = 50_000  # words at a time: memory does not grow with the vocabulary
GRAMS = _LETTER_GRAMS + (len(_CLASSES) + 1) ** 3


def _table(alphabet: str, other: int) -> Array:
    table = np.full(256, other, np.int64)
    for number, char in enumerate(alphabet):
        table[ord(char)] = number
    return table


_LETTER = _table(_LETTERS, 0)
_CLASS = _table(_CLASSES, len(_CLASSES))


def grams(words: list[str], sounds: list[str]) -> tuple[Array, Array]:
    """Pairs (word number, gram) of *words* and their *sounds*, each pair once, by word."""
    found_rows: list[Array] = []
    found_codes: list[Array] = []
    for first in range(0, max(len(words), 1), CHUNK):
        part = slice(first, first + CHUNK)
        rows, codes = _codes(words[part], _LETTER, len(_LETTERS), 0)
        rows2, codes2 = _codes(sounds[part], _CLASS, len(_CLASSES) + 1, _LETTER_GRAMS)
        pairs = np.concatenate([rows * GRAMS + codes, rows2 * GRAMS + codes2])
        pairs.sort()
        pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])] if len(pairs) else pairs
        found_rows.append((pairs // GRAMS + first).astype(np.int32))
        found_codes.append((pairs % GRAMS).astype(np.int32))
    return np.concatenate(found_rows), np.concatenate(found_codes)


def is_sound(codes: Array) -> Array:
    """Which grams are of sounds."""
    return codes >= _LETTER_GRAMS


def _codes(texts: list[str], table: Array, base: int, first: int) -> tuple[Array, Array]:
    lengths = np.fromiter((len(text) + 2 for text in texts), np.int64, len(texts))
    if not len(texts):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    letters = table[np.frombuffer(("$" + "$$".join(texts) + "$").encode("ascii"), np.uint8)]
    codes = (letters[:-2] * base + letters[1:-1]) * base + letters[2:] + first
    row = np.repeat(np.arange(len(texts)), lengths)[:-2]
    inside = np.ones(len(row), bool)
    ends = np.cumsum(lengths)
    inside[ends[:-1] - 1] = False  # a window that reaches into the next word
    inside[ends[:-1] - 2] = False
    return row[inside], codes[inside]
