"""Strings of JSON, found and written out by compiled code."""

from __future__ import annotations

import numpy as np

from kgtool.views.extract.cells import Bytes
from kgtool.views.extract.compiled import compiled, eight_bytes, zeros_below

NOT = -1

PLAIN = np.array([32 <= c < 128 and c not in b'"\\' for c in range(256)])
_ONES, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_BLANKS, _QUOTES, _SLASHES = (np.uint64(c) * _ONES for c in b' "\\')
UNESCAPED = np.zeros(256, np.uint8)
for _escape, _meant in zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    UNESCAPED[_escape] = _meant


@compiled
def plain_end(data: Bytes, at: int) -> int:
    """Where what is neither escaped, beyond ASCII, a control character nor ``"`` ends.

    Eight bytes at a time: a byte that is not plain gets its highest bit set.
    """
    last = len(data) - 8
    while at <= last:
        word = eight_bytes(data, at)
        odd = (word - _BLANKS) | word | ((word ^ _QUOTES) - _ONES) | ((word ^ _SLASHES) - _ONES)
        odd &= _HIGH
        if odd:
            at += zeros_below(odd) >> 3  # carries only spoil what lies above
            return at
        at += 8
    while PLAIN[data[at]]:
        at += 1
    return at


@compiled
def special(data: Bytes, at: int) -> int:
    """Behind the escape or the character beyond ASCII that begins here; ``NOT``: neither.

    An escaped surrogate pair is one; half of one is none.
    """
    c, d = data[at], data[at + 1]
    if c == 92:
        if d == 117:
            code = hexadecimal(data, at + 2)
            if code < 0 or 0xDC00 <= code < 0xE000:
                return NOT
            if code < 0xD800 or code >= 0xE000:
                return at + 6
            if data[at + 6] != 92 or data[at + 7] != 117:
                return NOT
            return at + 12 if 0xDC00 <= hexadecimal(data, at + 8) < 0xE000 else NOT
        return at + 2 if UNESCAPED[d] else NOT
    if c < 0xC2 or c > 0xF4 or (d & 0xC0) != 0x80:
        return NOT
    if c < 0xE0:
        return at + 2
    if (data[at + 2] & 0xC0) != 0x80:
        return NOT
    if c < 0xF0:
        return NOT if (c == 0xE0 and d < 0xA0) or (c == 0xED and d > 0x9F) else at + 3
    if (data[at + 3] & 0xC0) != 0x80 or (c == 0xF0 and d < 0x90) or (c == 0xF4 and d > 0x8F):
        return NOT
    return at + 4


@compiled
def hexadecimal(data: Bytes, at: int) -> int:
    """The number that four digits stand for."""
    value = 0
    for n in range(at, at + 4):
        c = int(np.int64(data[n]))
        if 48 <= c <= 57:
            value = value * 16 + c - 48
        elif 97 <= (c | 32) <= 102:
            value = value * 16 + (c | 32) - 87
        else:
            return NOT
    return value


@compiled
def copy(data: Bytes, start: int, end: int, escaped: int, out: Bytes, row: int, at: int) -> int:
    """Write a string, which is whole, to a row of ``out`` as UTF-8; gives where it ends there."""
    if not escaped:
        for n in range(end - start):
            out[row, at + n] = data[start + n]
        return at + end - start
    while start < end:
        c = data[start]
        if c != 92:
            out[row, at] = c
            at += 1
            start += 1
            continue
        if data[start + 1] != 117:
            out[row, at] = UNESCAPED[data[start + 1]]
            at += 1
            start += 2
            continue
        code = hexadecimal(data, start + 2)
        start += 6
        if 0xD800 <= code < 0xE000:
            low = hexadecimal(data, start + 2)
            code = 0x10000 + ((code - 0xD800) << 10) + low - 0xDC00
            start += 6
        more = 0 if code < 0x80 else 1 if code < 0x800 else 2 if code < 0x10000 else 3
        out[row, at] = code >> 6 * more | (0, 0xC0, 0xE0, 0xF0)[more]
        for n in range(more):
            out[row, at + 1 + n] = 0x80 | code >> 6 * (more - 1 - n) & 63
        at += 1 + more
    return at


@compiled
def number(data: Bytes, at: int) -> int:
    """Behind the number that begins here."""
    if data[at] == 45:
        at += 1
    if data[at] == 48:
        at += 1
    else:
        at = digits(data, at)
    if at >= 0 and data[at] == 46:
        at = digits(data, at + 1)
    if at >= 0 and (data[at] == 101 or data[at] == 69):
        at += 1
        if data[at] == 43 or data[at] == 45:
            at += 1
        at = digits(data, at)
    return at


@compiled
def digits(data: Bytes, at: int) -> int:
    """Behind one or more digits."""
    start = at
    while 48 <= data[at] <= 57:
        at += 1
    return at if at > start else NOT


@compiled
def whole(data: Bytes, start: int, end: int) -> int:
    """The whole number that stands there; ``NOT`` where something else does, or 18 digits."""
    if end <= start or end - start > 17 or (data[start] == 48 and end > start + 1):
        return NOT
    value = 0
    for n in range(start, end):
        c = int(np.int64(data[n]))
        if c < 48 or c > 57:
            return NOT
        value = value * 10 + c - 48
    return value
