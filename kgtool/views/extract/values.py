"""A value of a snak, from the parts that were found in JSON, into the cells of its row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kgtool.views.extract.cells import (
    DETAIL,
    DOUBTFUL,
    END,
    HAS_TEXT,
    SNAKS,
    VALUE_ITEM,
    Bytes,
)
from kgtool.views.extract.compiled import compiled
from kgtool.views.extract.grammar import field
from kgtool.views.extract.strings import NOT, copy, whole
from kgtool.views.extract.words import DETAIL as DETAILS
from kgtool.views.extract.words import intern

TEXT = 19  # the part that is the whole value
_ID, _ENTITY_TYPE = field("parts", "id"), field("parts", "entity-type")
_TIME, _CALENDAR = field("parts", "time"), field("parts", "calendarmodel")
_PRECISION = field("parts", "precision")
_AMOUNT, _UNIT = field("parts", "amount"), field("parts", "unit")
_WORDING, _LANGUAGE = field("parts", "text"), field("parts", "language")
_LATITUDE, _LONGITUDE = field("parts", "latitude"), field("parts", "longitude")
_GLOBE = field("parts", "globe")

STRINGS, _ENTITIES, _TIMES, _QUANTITIES, _TEXTS = range(5)  # among the words of VALUE_TYPE
_ITEM = np.frombuffer(b"item", np.uint8)

_DIGITS = 15  # a decimal of so many digits is written by Python as it was


@compiled
def write_value(
    kind: int,
    table: int,
    row: int,
    data: Bytes,
    spans: npt.NDArray[np.int64],
    cells: npt.NDArray[np.uint32],
    texts: Bytes,
    counts: npt.NDArray[np.int64],
    doubtful: npt.NDArray[np.int32],
    scratch: Bytes,
    slots: npt.NDArray[np.int32],
    ends: npt.NDArray[np.int64],
    letters: Bytes,
    words: npt.NDArray[np.int64],
) -> int:
    """Write a value of a type (a place among the words of VALUE_TYPE) to a row of a table of snaks.

    Gives something negative where a part is missing, or where there is no room for a word.
    """
    base = table * SNAKS
    at = int(np.int64(cells[base + END, row]))
    main, detail, before = TEXT, -1, 0
    if kind == STRINGS:
        pass  # the text is all that there is
    elif kind == _ENTITIES:
        start, end = spans[_ID, 0], spans[_ID, 1]
        if start == 0:
            return NOT
        if data[start] == 81:  # Q
            value = whole(data, start + 1, end)
            if value < 1 or value >= 1 << 32:
                return NOT
            cells[base + VALUE_ITEM, row] = value
            return 0
        main, detail = _ID, _ENTITY_TYPE
    elif kind == _TIMES:
        main, detail = _TIME, _CALENDAR
        start, end = spans[_PRECISION, 0], spans[_PRECISION, 1]
        if start == 0 or whole(data, start, end) < 0:
            return NOT
        for n in range(start, end):
            scratch[before] = data[n]
            before += 1
        scratch[before] = 32
        before += 1
    elif kind == _QUANTITIES:
        main, detail = _AMOUNT, _UNIT
    elif kind == _TEXTS:
        main, detail = _WORDING, _LANGUAGE
    else:
        if spans[_LATITUDE, 0] == 0 or spans[_LONGITUDE, 0] == 0 or spans[_PRECISION, 0] == 0:
            return NOT
        main, detail = _LONGITUDE, _GLOBE
        at = copy(data, spans[_LATITUDE, 0], spans[_LATITUDE, 1], 0, texts, table, at)
        texts[table, at] = 32
        at += 1
        if not (
            _as_python_writes(data, spans[_LATITUDE, 0], spans[_LATITUDE, 1])
            and _as_python_writes(data, spans[_LONGITUDE, 0], spans[_LONGITUDE, 1])
        ):
            doubtful[table, counts[DOUBTFUL + table]] = row
            counts[DOUBTFUL + table] += 1
    if spans[main, 0] == 0:
        return NOT
    at = copy(data, spans[main, 0], spans[main, 1], spans[main, 2], texts, table, at)
    cells[base + END, row + 1] = at
    cells[base + HAS_TEXT, row] = 1
    if detail < 0:
        return 0
    # The detail is what stands behind the last slash, after `before` letters.
    if spans[detail, 0]:
        end = before
        for n in range(spans[detail, 0], spans[detail, 1]):
            c = data[n]
            if c == 92 and data[n + 1] != 47:
                return NOT
            if c == 47:
                end = before
            elif c != 92:
                scratch[end] = c
                end += 1
    elif detail == _ENTITY_TYPE:
        end = len(_ITEM)
        for n in range(end):
            scratch[n] = _ITEM[n]
    elif detail == _UNIT:
        scratch[0] = 49  # 1
        end = 1
    else:
        return NOT
    number = intern(scratch, 0, end, DETAILS, slots, ends, letters, words)
    if number >= 0:
        cells[base + DETAIL, row] = number
    return number


@compiled
def _as_python_writes(data: Bytes, start: int, end: int) -> bool:
    figures, fraction = 0, 0
    for n in range(start, end):
        c = data[n]
        if 48 <= c <= 57:
            figures += 1
            fraction += fraction > 0
        elif c == 46:
            fraction = 1
        elif c != 45:
            return False
    if figures > _DIGITS or (data[start] == 45 and data[start + 1] == 48):
        return False
    # Zeros at the end, and numbers that are written with an exponent.
    return fraction == 0 or ((fraction == 2 or data[end - 1] != 48) and data[start] != 48)
