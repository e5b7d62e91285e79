"""Compiled code that writes the JSON of many cells straight from their numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kgtool.views.extract.compiled import compiled

Letters = npt.NDArray[np.uint8]

_COMMA, _END = ord(","), ord("]")
_ZERO, _ONE, _TWO, _TEN, _HUNDRED = np.array([ord("0"), 1, 2, 10, 100], np.uint64)
_WIDEST = np.uint64(19)  # digits of a number
_DIGITS = np.frombuffer(b"".join(b"%02d" % n for n in range(100)), np.uint8)


class Words(NamedTuple):
    """Texts, one after the other: text ``n`` is ``letters[ends[n]:ends[n + 1]]``."""

    letters: Letters
    ends: npt.NDArray[np.int64]


def words(texts: list[bytes]) -> Words:
    """Texts as compiled code takes them."""
    ends = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=ends[1:])
    return Words(np.frombuffer(b"".join(texts), np.uint8), ends)


# Places are unsigned numbers, which spares the compiler to ask whether they count from the end.


@compiled
def write(
    counts: npt.NDArray[np.int64],
    shares: Letters,
    between: Words,
    keys: Words,
    states: Words,
    image: int,
    out: Letters,
) -> int:
    """Write rows of cells; returns how many letters of ``out`` that took.

    ``counts`` has the shape (rows, measures, 7), the last of them for the cell at ``image`` only.
    ``shares`` is a list of numbers in JSON, one for each cell. ``between`` stands before, between
    and after the rows, ``keys`` before each cell, ``states`` before each number of a cell and after
    the last one. ``out`` has to be long enough.
    """
    rows, width, numbers = counts.shape
    at, share = np.uint64(0), np.uint64(1)
    for row in range(rows):
        at = _copy(between, row, out, at)
        for cell in range(width):
            at = _copy(keys, cell, out, at)
            for state in range(numbers - 1):
                at = _copy(states, state, out, at)
                at = _number(counts[row, cell, state], out, at)
            at = _copy(states, numbers - 1, out, at)
            while shares[share] != _COMMA and shares[share] != _END:
                out[at] = shares[share]
                at += _ONE
                share += _ONE
            share += _ONE
            if cell == image:
                at = _copy(states, numbers, out, at)
                at = _number(counts[row, cell, numbers - 1], out, at)
            at = _copy(states, numbers + 1, out, at)
    return int(_copy(between, rows, out, at))


@compiled
def _copy(texts: Words, which: int, out: Letters, at: np.uint64) -> np.uint64:
    begin = np.uint64(texts.ends[which])
    length = np.uint64(texts.ends[which + 1]) - begin
    for letter in range(np.uint64(0), length):
        out[at + letter] = texts.letters[begin + letter]
    return at + length


@compiled
def _number(number: int, out: Letters, at: np.uint64) -> np.uint64:
    """Write a number that is not negative."""
    width, power = _ONE, 10
    while width < _WIDEST and number >= power:
        width += _ONE
        power *= 10
    place, rest = at + width, np.uint64(number)
    while rest >= _TEN:
        pair = _TWO * (rest % _HUNDRED)
        rest //= _HUNDRED
        place -= _TWO
        out[place], out[place + _ONE] = _DIGITS[pair], _DIGITS[pair + _ONE]
    if place > at:
        out[at] = _ZERO + rest
    end: np.uint64 = at + width
    return end
