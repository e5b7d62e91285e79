"""Names folded by the thousand: what :func:`kgtool.views.names.text.tokens` says, for many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgtool.views.names.arrays import Array, ranges
from kgtool.views.names.keys import mixed
from kgtool.views.names.text import (
    DOUBLED,
    MAX_TOKEN,
    MAX_TOKENS,
    SOUNDS,
    SPELLINGS,
    VOWELS,
    latin,
)

_LETTERS = bytes(
    ord(chr(i).lower()) if chr(i).isascii() and chr(i).isalnum() else 10 if i == 10 else 32
    for i in range(256)
)
_MOST = 10  # letters of an acronym
_FRONT = re.compile(f"^(?=[{VOWELS}])", re.MULTILINE)


class Folded(NamedTuple):
    """Names, folded. ``words`` are those of all names, one after the other, ``counts`` how many
    each name has; ``firsts`` and ``lengths`` are the first letter and the length of each word.
    ``folds`` holds the folded names without anything between them, ``fold_lengths`` their lengths.
    """

    words: list[bytes]
    counts: Array
    firsts: Array
    lengths: Array
    folds: Array
    fold_lengths: Array


def fold_many(texts: Sequence[str]) -> Folded:
    """Fold each of *texts* as :func:`~kgtool.views.names.text.tokens` does."""
    joined = "\n".join(texts)
    if not joined.isascii() or "'" in joined:
        joined = "\n".join(
            [text if text.isascii() and "'" not in text else latin(text) for text in texts]
        )
    if joined.count("\n") != max(len(texts) - 1, 0):  # a name of several lines
        joined = "\n".join([latin(text).replace("\n", " ") for text in texts])
    raw = joined.encode("ascii").translate(_LETTERS)
    words = raw.split()
    letters = np.frombuffer(raw, np.uint8)
    inside = letters > 32
    edges = np.diff(inside.view(np.int8), prepend=np.int8(0), append=np.int8(0))
    starts = np.flatnonzero(edges == 1)
    lengths = np.flatnonzero(edges == -1) - starts
    ends = np.append(np.flatnonzero(letters == 10), len(letters))
    counts = np.diff(np.searchsorted(starts, ends), prepend=0)[: len(texts)]
    place = _places(counts)
    if len(lengths) and (lengths.max() > MAX_TOKEN or counts.max() > MAX_TOKENS):
        keep = place < MAX_TOKENS
        words = [word[:MAX_TOKEN] for word, kept in zip(words, keep.tolist(), strict=True) if kept]
        starts, place = starts[keep], place[keep]
        lengths = np.minimum(lengths[keep], MAX_TOKEN)
        counts = np.minimum(counts, MAX_TOKENS)
        inside = np.zeros(len(letters), bool)
        inside[ranges(starts, lengths)] = True
    else:
        inside = inside.copy()
    inside[starts[place > 0] - 1] = True  # one blank before every word but the first
    folds = letters[inside]
    of = np.repeat(np.arange(len(texts)), counts)
    fold_lengths = np.bincount(of, lengths, len(texts)).astype(np.int64) + np.maximum(counts - 1, 0)
    return Folded(words, counts, letters[starts], lengths, folds, fold_lengths)


def _places(counts: Array) -> Array:
    """0, 1, 2, … within each part."""
    ends = np.cumsum(counts)
    places: Array = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
    return places


def fingerprints(words: Array, counts: Array) -> Array:
    """A number of 64 bits for each row of *words*, which are numbers themselves; order counts."""
    rows = np.repeat(np.arange(len(counts)), counts)
    each = mixed(words.astype(np.uint64) * np.uint64(32) + _places(counts).astype(np.uint64))
    total = np.zeros(len(counts), np.uint64)
    np.add.at(total, rows, each)
    return total


def acronyms(folded: Folded) -> tuple[Array, Array]:
    """Codes of the acronyms that names may have, and the place of each one's name.

    First letters of all words, and of those longer than three letters; two to ten letters.
    """
    values = np.where(folded.firsts >= 97, folded.firsts - 86, folded.firsts - 47).astype(np.int64)
    rows = np.repeat(np.arange(len(folded.counts)), folded.counts)
    every, size = _codes(values, rows, len(folded.counts))
    long = folded.lengths > 3
    other, other_size = _codes(values[long], rows[long], len(folded.counts))
    several = folded.counts > 1
    first = np.flatnonzero(several & (size > 1) & (size <= _MOST))
    fits = several & (other_size > 1) & (other_size <= _MOST)
    second = np.flatnonzero(fits & ((other != every) | (size > _MOST)))
    return np.concatenate([every[first], other[second]]), np.concatenate([first, second])


def _codes(values: Array, rows: Array, count: int) -> tuple[Array, Array]:
    """The digits of each row as one number to the base of 37, and how many there are."""
    sizes = np.bincount(rows, minlength=count)
    behind = np.repeat(sizes, sizes) - 1 - _places(sizes)
    codes = np.zeros(count, np.int64)
    np.add.at(codes, rows, values * 37 ** np.minimum(behind, _MOST))
    return codes, sizes


def acronym_code(letters: str) -> int:
    """The code of one acronym, of two to ten folded letters or digits."""
    code = 0
    for letter in letters:
        code = code * 37 + int(letter, 36) + 1
    return code


def sounds_many(words: Sequence[str]) -> list[str]:
    """What :func:`~kgtool.views.names.text.sounds` says of each of *words*."""
    spoken = [word.isalpha() for word in words]
    text = "\n".join([word for word, letters in zip(words, spoken, strict=True) if letters])
    for pattern, sound in SPELLINGS:
        text = pattern.sub(sound, text)
    text = DOUBLED.sub(r"\1", _FRONT.sub("A", text))
    heard = iter(DOUBLED.sub(r"\1", text.translate(SOUNDS)).split("\n"))
    return [next(heard) if letters else word for word, letters in zip(words, spoken, strict=True)]
