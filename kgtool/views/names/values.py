"""Values as they are compared, and their keys, by compiled code.

It says what :func:`kgtool.views.names.segment.normal_value` and :func:`kgtool.views.names.keys.key`
say of each, and leaves to these what is not ASCII.
"""

from __future__ import annotations

import re

import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array
from kgtool.views.names.flat import Texts
from kgtool.views.names.keys import joined_key, key
from kgtool.views.names.segment import normal_value

NOT_AN_ID = re.compile(r"[QPL]\d+$|[+-]?\d{1,4}(-\d\d?){0,2}$|-?\d+\.\d+,-?\d+\.\d+$").match
_BLANK = np.array([chr(c).isspace() for c in range(128)])
_LOWER = np.array([ord(chr(c).lower()) for c in range(128)], np.uint8)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_PLACE = np.uint64(0x9E3779B97F4A7C15)
_HTTP, _WWW = np.frombuffer(b"http", np.uint8), np.frombuffer(b"www.", np.uint8)


def keys_of(values: Texts, property: Array, property_keys: Array) -> tuple[Array, Array]:
    """Of each value: the key of property and value, and whether it may be an identifier.

    An item's id, a date and a place are none.

    :param property: of each value: a place in ``property_keys``.
    """
    count = len(values.of)
    found, plain = np.empty(count, np.uint64), np.empty(count, np.bool_)
    left = np.empty(count, np.int64)
    longest = int((values.end - values.start).max()) if count else 0
    scratch = np.empty(longest + 8, np.uint8)
    others = _keys(*values[1:], property, property_keys, scratch, found, plain, left)
    letters = values.letters.data
    for row in left[:others].tolist():
        text = str(letters[int(values.start[row]) : int(values.end[row])], "utf-8")
        of = int(property_keys[property[row]])
        found[row] = joined_key(of, key(normal_value(text)))
        plain[row] = NOT_AN_ID(text) is None
    return found, plain


@compiled
def _mixed(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> np.uint64(30))) * _FIRST
    x = (x ^ (x >> np.uint64(27))) * _SECOND
    return x ^ (x >> np.uint64(31))


@compiled
def _keys(
    start: Array,
    end: Array,
    letters: Array,
    property: Array,
    property_keys: Array,
    scratch: Array,
    found: Array,
    plain: Array,
    left: Array,
) -> int:
    """Writes the rows that it leaves to others to ``left``; gives how many."""
    others = 0
    for row in range(len(start)):
        size = 0
        odd = False
        for n in range(start[row], end[row]):
            c = letters[n]
            if c > 127 or c == 10:
                odd = True
                break
            if not _BLANK[c]:
                scratch[size] = _LOWER[c]
                size += 1
        if odd:
            left[others] = row
            others += 1
            continue
        begin = 0
        if _begins(scratch, 0, size, _HTTP):
            at = 5 if size > 4 and scratch[4] == 115 else 4
            if at + 3 <= size and scratch[at] == 58 and scratch[at + 1] == scratch[at + 2] == 47:
                begin = at + 3  # of a web address only the host
                stop = begin
                while stop < size and scratch[stop] != 47:
                    stop += 1
                size = stop
                if _begins(scratch, begin, size, _WWW):
                    begin += 4
        total = np.uint64(size - begin) * _PLACE
        place = np.uint64(1)
        for at in range(begin, size, 8):
            part = np.uint64(0)
            for n in range(min(8, size - at)):
                part |= np.uint64(scratch[at + n]) << np.uint64(8 * n)
            total += _mixed(part ^ (place * _PLACE))
            place += np.uint64(1)
        of = _mixed(property_keys[property[row]] ^ _PLACE)
        found[row] = _mixed(_mixed(total) + of)
        plain[row] = not _not_an_id(letters, start[row], end[row])
    return others


@compiled
def _begins(letters: Array, start: int, end: int, word: Array) -> bool:
    same = end - start >= len(word)
    for n in range(min(len(word), end - start)):
        same &= letters[start + n] == word[n]
    return same


@compiled
def _digits(letters: Array, at: int, end: int) -> int:
    """Behind the digits that begin here, if any."""
    while at < end and 48 <= letters[at] <= 57:
        at += 1
    return at


@compiled
def _not_an_id(letters: Array, start: int, end: int) -> bool:
    """What the regular expression says, of ASCII in one line."""
    if start == end:
        return False
    c = letters[start]
    if c == 81 or c == 80 or c == 76:  # Q, P, L
        return end > start + 1 and _digits(letters, start + 1, end) == end
    signed = start + int(np.int64(c == 43 or c == 45))
    at = _digits(letters, signed, end)
    if at == signed:
        return False
    if at - signed <= 4:  # a year, a month, a day
        groups, here = 0, at
        while groups < 2 and here < end and letters[here] == 45:
            behind = _digits(letters, here + 1, min(end, here + 3))
            if behind == here + 1:
                break
            here = behind
            groups += 1
        if here == end:
            return True
    if c == 43:
        return False
    for _ in range(2):  # latitude, longitude
        if at >= end or letters[at] != 46:
            return False
        behind = _digits(letters, at + 1, end)
        if behind == at + 1 or (behind < end and letters[behind] != 44):
            return False
        if behind == end:
            return _ == 1
        at = behind + 1 + int(np.int64(behind + 1 < end and letters[behind + 1] == 45))
        behind = _digits(letters, at, end)
        if behind == at:
            return False
        at = behind
    return False
