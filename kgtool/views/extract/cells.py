"""The buffers that compiled code writes rows into: one column of numbers beside another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

# Tables, as they are counted. The first three hold snaks and have the same columns.
MAIN, QUALIFIERS, REFERENCES, TERMS, SITELINKS, ITEMS = range(6)
COUNTERS = 12
DOUBTFUL = 6  # + MAIN, QUALIFIERS, REFERENCES: coordinates not written as Python writes them
STATEMENTS, LABELS, LINKS = 9, 10, 11  # totals, of properties too

# Columns of snaks, from SNAKS * table on. END is where the text of a row ends; it has one row more.
OWNER, PLACE, PROPERTY, KIND, VALUE_ITEM, HAS_TEXT, DETAIL, END = range(8)
SNAKS = 8
# Columns of statements beside their main snaks.
ITEM, RANK, TRUTHY, GOOD, ALL = range(24, 29)
# Columns of terms, of sitelinks and of items.
TERM_ITEM, TERM_KIND, TERM_LANGUAGE, TERM_END = range(29, 33)
LINK_ITEM, LINK_SITE, LINK_END = range(33, 36)
ITEM_NUMBER, ITEM_MODIFIED, ITEM_STATEMENTS, ITEM_LINKS, ITEM_END = range(36, 41)
COLUMNS = 41

DEEPEST = 60  # levels of objects and lists
NO_DETAIL = (1 << 32) - 1

# The fewest bytes of JSON that a row takes: an empty term.
_LEAST = len('{"language":"","value":""}')


class Room(NamedTuple):
    """Buffers for the rows of so many bytes of JSON. Memory is taken only as they are filled."""

    cells: npt.NDArray[np.uint32]  # COLUMNS × rows
    letters: Bytes  # texts of each table × bytes
    counts: npt.NDArray[np.int64]  # COUNTERS
    doubtful: npt.NDArray[np.int32]  # of each table of snaks × rows
    revision: npt.NDArray[np.int64]  # of items; -1: none
    # Of each line: what it is, where its entity starts and ends, and the entity's key.
    lines: npt.NDArray[np.int64]  # 4 × lines
    # For use within one entity: letters, parts of a value (start, end, escaped), properties.
    scratch: Bytes
    spans: npt.NDArray[np.int64]
    properties: npt.NDArray[np.int64]
    saved: npt.NDArray[np.int64]  # `counts` as they were before
    # Of each context that is open: which, what was seen of it, its latest field, where its keys
    # begin in `properties`.
    stack: npt.NDArray[np.int64]


def room_for(size: int) -> Room:
    """Room for the rows of ``size`` bytes of lines."""
    rows = size // _LEAST + 2
    cells = np.empty((COLUMNS, rows), np.uint32)
    cells[:, 0] = 0
    return Room(
        cells,
        np.empty((6, size + 1), np.uint8),
        np.zeros(COUNTERS, np.int64),
        np.empty((3, rows), np.int32),
        np.empty(rows, np.int64),
        np.empty((4, size + 1), np.int64),
        np.empty(size + 16, np.uint8),
        np.zeros((20, 3), np.int64),
        np.empty(size // 4 + 2, np.int64),
        np.zeros(COUNTERS, np.int64),
        np.zeros((DEEPEST + 2, 4), np.int64),
    )
