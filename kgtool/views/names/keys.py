"""Texts as numbers of 64 bits, the same in every run and on every machine.

Made for millions at once: eight letters are one word of 64 bits, each word is mixed with its place,
and the sum is mixed again. :func:`key` does one text, :func:`keys` many; both give the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from kgtool.views.names.arrays import Array

_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # of splitmix64
_PLACE = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_WIDTHS = (16, 32, 64, 128)  # bytes; texts of a like length are mixed together


def mixed(numbers: Array) -> Array:
    """Numbers of 64 bits spread over all of them, one to one (the finish of splitmix64)."""
    x = numbers.astype(np.uint64)
    x ^= x >> np.uint64(30)
    x *= np.uint64(_FIRST)
    x ^= x >> np.uint64(27)
    x *= np.uint64(_SECOND)
    x ^= x >> np.uint64(31)
    return x


def _mixed(x: int) -> int:
    x = (x ^ x >> 30) * _FIRST & _MASK
    x = (x ^ x >> 27) * _SECOND & _MASK
    return x ^ x >> 31


def key(text: str) -> int:
    """The number of one text."""
    return _key(text.encode())


@lru_cache(maxsize=65536)
def _key(raw: bytes) -> int:
    total = len(raw) * _PLACE
    for place in range(0, len(raw), 8):
        word = int.from_bytes(raw[place : place + 8], "little")
        total += _mixed(word ^ (place // 8 + 1) * _PLACE & _MASK)
    return _mixed(total & _MASK)


def keys(raws: Sequence[bytes]) -> Array:
    """The numbers of many texts, given as UTF-8."""
    lengths = np.fromiter(map(len, raws), np.int64, len(raws))
    found = np.zeros(len(raws), np.uint64)
    done = -1
    for width in _WIDTHS:
        here = (lengths > done) & (lengths <= width)
        done = width
        if here.all():
            return _of_width(raws, lengths, width)
        if here.any():
            places = np.flatnonzero(here)
            found[places] = _of_width([raws[i] for i in places.tolist()], lengths[places], width)
    for i in np.flatnonzero(lengths > done).tolist():
        found[i] = _key(raws[i])
    return found


def _of_width(raws: Sequence[bytes], lengths: Array, width: int) -> Array:
    words = np.array(raws, f"S{width}").view("<u8").reshape(len(raws), width // 8)
    total = lengths.astype(np.uint64) * np.uint64(_PLACE)
    for place in range(width // 8):
        word = mixed(words[:, place] ^ np.uint64((place + 1) * _PLACE & _MASK))
        word[lengths <= 8 * place] = 0
        total += word
    return mixed(total)


def joined_key(first: int, second: int) -> int:
    """The number of a pair, of the numbers of both; which is first makes a difference."""
    return _mixed(second + _mixed(first ^ _PLACE) & _MASK)


def acronym_code(letters: str) -> int:
    """The code of one acronym, of two to ten folded letters or digits."""
    code = 0
    for letter in letters:
        code = code * 37 + int(letter, 36) + 1
    return code
