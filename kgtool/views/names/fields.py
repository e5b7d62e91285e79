"""Fields of a record as JSON, by compiled code; each begins with its ``piece``, or is not there.

Each function gives where ``out`` ends then.
"""

from __future__ import annotations

import numpy as np

from kgtool.views.extract.compiled import compiled
from kgtool.views.names.arrays import Array
from kgtool.views.names.json import put, put_number, put_string, put_word
from kgtool.views.names.segment import NO_YEAR


@compiled
def put_terms(
    piece: Array,
    many: bool,
    kind: int,
    first: int,
    last: int,
    kinds: Array,
    languages: Array,
    start: Array,
    end: Array,
    letters: Array,
    word_ends: Array,
    word_letters: Array,
    out: Array,
    at: int,
) -> int:
    """The terms of one kind, by language; with ``many``, a list of each language."""
    before = -1
    for row in range(first, last):
        if kinds[row] != kind:
            continue
        if before < 0:
            at = put(piece, out, at)
        elif languages[row] != before:
            if many:
                out[at] = 93
                at += 1
            out[at] = 44
            at += 1
        else:
            out[at] = 44
            at += 1
        if languages[row] != before:
            before = int(np.int64(languages[row]))
            at = put_word(word_ends, word_letters, before, out, at)
            if many:
                out[at] = 91
                at += 1
        at = put_string(letters, start[row], end[row], out, at)
    if before >= 0:
        if many:
            out[at] = 93
            at += 1
        out[at] = 125
        at += 1
    return at


@compiled
def put_years(
    piece: Array, years: Array, count: int, entity: int, span: Array, out: Array, at: int
) -> int:
    """The first ``count`` years, and in ``span`` the first and the last of them."""
    span[entity, 0], span[entity, 1] = NO_YEAR, NO_YEAR
    if not count:
        return at
    lowest, highest = years[0], years[0]
    at = put(piece, out, at)
    for n in range(count):
        lowest, highest = min(lowest, years[n]), max(highest, years[n])
        if n:
            out[at] = 44
            at += 1
        at = put_number(years[n], out, at)
    span[entity, 0], span[entity, 1] = max(lowest, -32000), min(highest, 32000)
    out[at] = 93
    return at + 1


@compiled
def put_list(
    piece: Array,
    wanted: int,
    count: int,
    property: Array,
    start: Array,
    end: Array,
    texts: Array,
    out: Array,
    at: int,
) -> int:
    """The values of one property, which ``texts`` has from ``start`` to ``end``."""
    some = False
    for n in range(count):
        if wanted and property[n] == wanted:
            if some:
                out[at] = 44
                at += 1
            else:
                at = put(piece, out, at)
            some = True
            at = put_string(texts, start[n], end[n], out, at)
    if some:
        out[at] = 93
        at += 1
    return at
