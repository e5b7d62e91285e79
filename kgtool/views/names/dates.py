"""Times of Wikibase as the texts of records, and the years in these, by compiled code."""

from __future__ import annotations

import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array
from kgtool.views.names.record import YEAR_DIGITS

_DAY, _MONTH, _YEAR = 11, 10, 9  # precisions


@compiled
def put_time(letters: Array, start: int, end: int, precision: int, out: Array, at: int) -> int:
    """A date as far as it is known, as in EDTF (18XX); nothing where it is none."""
    if letters[start] == 45:
        out[at] = 45
        at += 1
    while start < end and (letters[start] == 43 or letters[start] == 45):
        start += 1
    stop = start
    while stop < end and letters[stop] != 45:
        stop += 1
    while start < stop and letters[start] == 48:
        start += 1
    size = stop - start
    begin = at
    for _ in range(4 - size):
        out[at] = 48
        at += 1
    for n in range(start, stop):
        out[at] = letters[n]
        at += 1
    if precision < _MONTH:
        for n in range(max(begin, at - max(0, _YEAR - precision)), at):
            out[n] = 88  # X
        return at
    dashes = 0
    for n in range(stop, end):
        c = letters[n]
        dashes += c == 45
        if c == 84 or (dashes == 2 and precision < _DAY):
            break
        out[at] = c
        at += 1
    return at


@compiled
def add_year(letters: Array, start: int, end: int, years: Array, count: int) -> int:
    """Add the year that a text begins with to those found, if it is a new one."""
    negative = start < end and letters[start] == 45
    while start < end and letters[start] == 45:
        start += 1
    value, digits = 0, 0
    while start < end and letters[start] != 45:
        c = letters[start]
        if c < 48 or c > 57 or digits == YEAR_DIGITS:
            return count
        value = value * 10 + int(np.int64(c)) - 48
        digits += 1
        start += 1
    if not digits:
        return count
    if negative:
        value = -value
    for n in range(count):
        if years[n] == value:
            return count
    years[count] = value
    return count + 1
