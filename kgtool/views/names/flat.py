"""Entities as arrays, between what they are read from and the index: texts and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from kgtool.views.names.arrays import Array, Numbers, offsets
from kgtool.views.names.record import KINDS, NameRecord
from kgtool.views.names.segment import COUNTRY, NO_YEAR

_encode = msgspec.json.Encoder().encode
_RANKS = {kind: rank for rank, kind in enumerate(KINDS)}
_NONE = [int(NO_YEAR), int(NO_YEAR)]


class Texts(NamedTuple):
    """Texts in UTF-8 that lie somewhere in ``letters``, and the entities that they belong to.

    Those of one entity lie together, in the order of entities.
    """

    of: Array  # int64: which of the entities
    start: Array  # int64
    end: Array  # int64
    letters: Array  # uint8


class Flat(NamedTuple):
    """Some thousands of entities, flattened; each id once.

    ``rank`` of a name is the place of its kind in ``KINDS``: 0 is a label. ``language`` and
    ``property`` are numbers that :class:`Words` of the part gives.
    """

    ids: list[bytes]
    records: Array  # uint8: their JSON, one after the other
    lengths: Array  # of each record
    names: Texts
    rank: Array
    language: Array
    values: Texts
    property: Array
    types: Texts
    begin: Array  # int16, lowest and highest year of each entity
    end: Array
    sitelinks: Array
    parents: dict[str, list[str]]


def flattened(
    records: Sequence[NameRecord],
    encoded: Sequence[bytes],
    languages: Numbers,
    properties: Numbers,
) -> Flat:
    """Records and their JSON as arrays; ``languages`` and ``properties`` take what is new."""
    names = _Collected()
    values = _Collected()
    types = _Collected()
    rank: list[int] = []
    language: list[int] = []
    property_of: list[int] = []
    parents: dict[str, list[str]] = {}
    begin: list[list[int]] = []
    end: list[list[int]] = []
    for entity, record in enumerate(records):
        for name, (kind, spoken) in record.names().items():
            names.add(entity, name)
            language.append(languages[spoken])
            rank.append(_RANKS[kind])
        for property, found in [*record.ids.items(), (COUNTRY, record.country)]:
            for value in found:
                values.add(entity, value)
            if found:
                property_of += [properties[property]] * len(found)
        for type in record.types:
            types.add(entity, type)
        if record.parents:
            parents[record.id] = record.parents
        begin.append(_span(record.begin))
        end.append(_span(record.end))
    return Flat(
        [record.id.encode() for record in records],
        np.frombuffer(b"".join(encoded), np.uint8),
        np.array([len(one) for one in encoded], np.int64),
        names.texts(),
        np.array(rank, np.uint8),
        np.array(language, np.uint16),
        values.texts(),
        np.array(property_of, np.int64),
        types.texts(),
        np.array(begin, np.int16).reshape(-1, 2),
        np.array(end, np.int16).reshape(-1, 2),
        np.array([record.sitelinks for record in records], np.int64),
        parents,
    )


class _Collected:
    def __init__(self) -> None:
        self._of: list[int] = []
        self._raws: list[bytes] = []

    def add(self, entity: int, text: str) -> None:
        self._of.append(entity)
        self._raws.append(text.encode())

    def texts(self) -> Texts:
        at = offsets([len(raw) for raw in self._raws])
        letters = np.frombuffer(b"".join(self._raws), np.uint8)
        return Texts(np.array(self._of, np.int64), at[:-1], at[1:], letters)


def _span(years: list[int]) -> list[int]:
    return [max(min(years), -32000), min(max(years), 32000)] if years else _NONE
