"""JSON, written piece by piece into a buffer by compiled code; each gives where it ends."""

from __future__ import annotations

import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array

_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_SHORT = np.zeros(256, np.uint8)
for _raw, _escaped in zip(b'"\\\b\f\n\r\t', b'"\\bfnrt', strict=True):
    _SHORT[_raw] = _escaped


@compiled
def put(piece: Array, out: Array, at: int) -> int:
    """What is JSON already."""
    for n in range(len(piece)):
        out[at + n] = piece[n]
    return at + len(piece)


@compiled
def put_number(value: int, out: Array, at: int) -> int:
    """A whole number."""
    if value < 0:
        out[at] = 45
        at += 1
        value = -value
    size, rest = 1, value // 10
    while rest:
        size += 1
        rest //= 10
    for n in range(at + size - 1, at - 1, -1):
        out[n] = 48 + value % 10
        value //= 10
    return at + size


@compiled
def put_string(letters: Array, start: int, end: int, out: Array, at: int) -> int:
    """The text in ``letters`` from ``start`` to ``end``, with quotation marks and escapes."""
    out[at] = 34
    at += 1
    for n in range(start, end):
        c = letters[n]
        if c >= 32 and c != 34 and c != 92:
            out[at] = c
            at += 1
        elif _SHORT[c]:
            out[at], out[at + 1] = 92, _SHORT[c]
            at += 2
        else:
            out[at], out[at + 1], out[at + 2], out[at + 3] = 92, 117, 48, 48
            out[at + 4], out[at + 5] = _HEX[c >> 4], _HEX[c & 15]
            at += 6
    out[at] = 34
    return at + 1


@compiled
def put_word(ends: Array, letters: Array, number: int, out: Array, at: int) -> int:
    """A word that needs no escapes, as a key."""
    out[at] = 34
    at += 1
    for n in range(ends[number], ends[number + 1]):
        out[at] = letters[n]
        at += 1
    out[at], out[at + 1] = 34, 58
    return at + 2
