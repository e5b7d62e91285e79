"""Cells → Arrow: the columns of :mod:`kgtool.views.columns`, but for their dictionaries."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kgtool.views.extract import cells as c
from kgtool.views.extract.cells import Room

Columns = list[pa.Array]

_number = msgspec.json.Decoder(int | float).decode


def tables_of(room: Room, first_statement: int, subclass_of: int) -> dict[str, Columns]:
    """The rows as columns, table by table; words are still numbers.

    ``first_statement`` is the number of the first one, ``subclass_of`` the number of P279.
    """
    count = int(room.counts[c.MAIN])
    cells = room.cells[:, :count]
    item = cells[c.ITEM].copy()
    number = np.arange(first_statement, first_statement + count, dtype=np.uint32)
    truthy = cells[c.TRUTHY].astype(np.bool_)
    edges = truthy & (cells[c.PROPERTY] == subclass_of) & (cells[c.VALUE_ITEM] > 0)
    return {
        "items": _items(room),
        "claims": [
            pa.array(item),
            pa.array(number),
            pa.array(cells[c.RANK].astype(np.uint8)),
            pa.array(truthy),
            *_values(room, c.MAIN),
            pa.array(cells[c.ALL].astype(np.uint16)),
            pa.array(cells[c.GOOD].astype(np.uint16)),
        ],
        "qualifiers": [
            *_owners(room, c.QUALIFIERS, item, number),
            *_values(room, c.QUALIFIERS),
        ],
        "reference_snaks": [
            *_owners(room, c.REFERENCES, item, number),
            pa.array(_snaks(room, c.REFERENCES)[c.PLACE].astype(np.uint16)),
            *_values(room, c.REFERENCES),
        ],
        "terms": _terms(room),
        "subclass": [pa.array(item[edges]), pa.array(cells[c.VALUE_ITEM][edges])],
        "sitelinks": _sitelinks(room),
    }


def _items(room: Room) -> Columns:
    count = int(room.counts[c.ITEMS])
    cells = room.cells[:, :count]
    revision = room.revision[:count].copy()
    return [
        pa.array(cells[c.ITEM_NUMBER].copy()),
        pa.array(revision, mask=revision < 0),
        _texts(room, c.ITEMS, c.ITEM_END, cells[c.ITEM_MODIFIED]),
        pa.array(cells[c.ITEM_STATEMENTS].copy()),
        pa.array(cells[c.ITEM_LINKS].copy()),
    ]


def _snaks(room: Room, table: int) -> npt.NDArray[np.uint32]:
    first = table * c.SNAKS
    return room.cells[first : first + c.SNAKS, : room.counts[table]]


def _owners(
    room: Room, table: int, item: npt.NDArray[np.uint32], number: npt.NDArray[np.uint32]
) -> Columns:
    owner = _snaks(room, table)[c.OWNER]
    return [pa.array(item[owner]), pa.array(number[owner])]


def _values(room: Room, table: int) -> Columns:
    cells = _snaks(room, table)
    value_item, detail = cells[c.VALUE_ITEM].copy(), cells[c.DETAIL].copy()
    texts = _texts(room, table, table * c.SNAKS + c.END, cells[c.HAS_TEXT])
    doubtful = room.doubtful[table, : room.counts[c.DOUBTFUL + table]]
    return [
        pa.array(cells[c.PROPERTY].copy()),
        pa.array(cells[c.KIND].astype(np.uint8)),
        pa.array(value_item, mask=value_item == 0),
        _as_python_writes(texts, doubtful),
        pa.array(detail.view(np.int32), mask=detail == c.NO_DETAIL),
    ]


def _as_python_writes(texts: pa.Array, coordinates: npt.NDArray[np.int32]) -> pa.Array:
    """The texts, with these coordinates in the digits of Python: the fewest that tell a number."""
    changed: dict[int, str] = {}
    for row in coordinates.tolist():
        text = texts[row].as_py()
        mended = " ".join(str(_number(number)) for number in text.split(" "))
        if mended != text:
            changed[row] = mended
    if not changed:
        return texts
    mask = np.zeros(len(texts), np.bool_)
    mask[list(changed)] = True
    return pc.replace_with_mask(texts, mask, pa.array(list(changed.values()), pa.string()))


def _terms(room: Room) -> Columns:
    cells = room.cells[:, : room.counts[c.TERMS]]
    return [
        pa.array(cells[c.TERM_ITEM].copy()),
        pa.array(cells[c.TERM_KIND].astype(np.int32)),
        pa.array(cells[c.TERM_LANGUAGE].astype(np.int32)),
        _texts(room, c.TERMS, c.TERM_END),
    ]


def _sitelinks(room: Room) -> Columns:
    cells = room.cells[:, : room.counts[c.SITELINKS]]
    return [
        pa.array(cells[c.LINK_ITEM].copy()),
        pa.array(cells[c.LINK_SITE].astype(np.int32)),
        _texts(room, c.SITELINKS, c.LINK_END),
    ]


def _texts(room: Room, table: int, end: int, has: npt.NDArray[np.uint32] | None = None) -> pa.Array:
    count = int(room.counts[table])
    ends = room.cells[end, : count + 1].astype(np.int32)
    buffers: list[Any] = [None, ends, room.letters[table, : ends[-1]].copy()]
    if has is not None:
        buffers[0] = np.packbits(has != 0, bitorder="little")
    return pa.Array.from_buffers(
        pa.string(), count, [None if part is None else pa.py_buffer(part) for part in buffers]
    )
