"""What entities have besides names, on its way to the arrays of a segment."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from kgtool.views.names.arrays import Array, Numbers, Parts, Postings
from kgtool.views.names.keys import joined_keys, key, keys
from kgtool.views.names.record import NameRecord
from kgtool.views.names.segment import NO_YEAR, normal_values

IDENTIFYING = 0.9  # share of different values from which a property counts as an identifier
_UNKNOWN = (int(NO_YEAR), int(NO_YEAR))
COUNTRY = "country"  # stands for the property, in facts of NameRecord.country
_NOT_AN_ID = re.compile(r"[QPL]\d+$|[+-]?\d{1,4}(-\d\d?){0,2}$|-?\d+\.\d+,-?\d+\.\d+$").match


class Facts:
    """Takes records in, by the thousand; gives the arrays of their values, types and years out."""

    def __init__(self) -> None:
        self.properties = Numbers()
        self.types = Numbers()
        self.parents: dict[str, list[str]] = {}
        self._property_keys: list[int] = []
        self._key, self._of, self._row = Parts("u8"), Parts("u4"), Parts("u2")
        self._plain = Parts("u1")
        self._owned, self._owner = Parts("u2"), Parts("u4")
        self._type, self._instance = Parts("u4"), Parts("u4")
        self._begin, self._end = Parts("i2"), Parts("i2")

    def add(self, records: Sequence[NameRecord], first: int) -> None:
        """Take *records* in; *first* is the number of the first one."""
        values: dict[str, list[str]] = defaultdict(list)
        owners: dict[str, list[int]] = defaultdict(list)
        sizes: dict[str, list[int]] = defaultdict(list)
        types: list[int] = []
        instances: list[int] = []
        begin: list[int] = []
        end: list[int] = []
        for entity, record in enumerate(records, first):
            for property, found in record.ids.items():
                values[property] += found
                owners[property].append(entity)
                sizes[property].append(len(found))
            if record.country:
                values[COUNTRY] += record.country
                owners[COUNTRY].append(entity)
                sizes[COUNTRY].append(len(record.country))
            for type in record.types:
                types.append(self.types[type])
                instances.append(entity)
            if record.parents:
                self.parents[record.id] = record.parents
            begin += _span(record.begin) if record.begin else _UNKNOWN
            end += _span(record.end) if record.end else _UNKNOWN
        self._begin.add(begin)
        self._end.add(end)
        self._type.add(types)
        self._instance.add(instances)
        for property, found in values.items():
            self._of_property(property, found, owners[property], sizes[property])

    def _of_property(
        self, property: str, values: list[str], owners: list[int], sizes: list[int]
    ) -> None:
        row = self.properties[property]
        if row == len(self._property_keys):
            self._property_keys.append(key(property))
        self._owned.add(np.full(len(owners), row))
        self._owner.add(owners)
        self._key.add(joined_keys(self._property_keys[row], keys(normal_values(values))))
        self._of.add(np.repeat(owners, sizes))
        self._row.add(np.full(len(values), row))
        self._plain.add([_NOT_AN_ID(value) is None for value in values])

    def arrays(self, number: Array | None) -> tuple[dict[str, Array], list[str]]:
        """The arrays, and the properties that identify.

        :param number: the final number of each entity, -1 for those that leave; or none, if they
            keep theirs.
        """
        begin, end = self._begin.take().reshape(-1, 2), self._end.take().reshape(-1, 2)
        count = len(begin)
        if number is not None:
            order = np.argsort(number, kind="stable")
            order = order[np.searchsorted(number[order], 0) :]
            begin, end, count = begin[order], end[order], len(order)
        key, of, row, plain = _living(number, self._of, self._key, self._of, self._row, self._plain)
        # Equal keys stand in the order in which their entities came.
        order = np.argsort(key, kind="stable") if number is None else np.lexsort((of, key))
        key, of, row, plain = key[order], of[order].astype(np.uint32), row[order], plain[order]
        identifying = self._identifying(key, row, plain)
        owned, owner = _living(number, self._owner, self._owned, self._owner)
        type, instance = _living(number, self._instance, self._type, self._instance)
        typed = np.zeros(count, bool)
        typed[instance] = True
        return {
            "begin": begin,
            "end": end,
            "typed": typed,
            "fact_key": key,
            "fact_of": of,
            **_postings("owners", owned, owner, len(self.properties)),
            **_postings("instances", type, instance, len(self.types)),
        }, identifying

    def _identifying(self, key: Array, row: Array, plain: Array) -> list[str]:
        """Properties whose values are texts of which nearly each belongs to one entity.

        :param key: sorted.
        """
        size = len(self.properties)
        total = np.bincount(row, minlength=size)
        texts = np.bincount(row, weights=plain, minlength=size)
        first = np.ones(len(key), bool)
        first[1:] = key[1:] != key[:-1]
        different = np.bincount(row[first], minlength=size)
        return [
            name
            for name, i in self.properties.items()
            if total[i] and 2 * texts[i] > total[i] and different[i] >= IDENTIFYING * total[i]
        ]


def _living(number: Array | None, of: Parts, *columns: Parts) -> list[Array]:
    """The columns as arrays, for entities that stay; the column *of* with their final numbers."""
    taken = {id(column): column.take() for column in columns}
    if number is not None:
        final = number[taken[id(of)]]
        keep = final >= 0
        taken = {name: values[keep] for name, values in taken.items()}
        taken[id(of)] = final[keep]
    return [taken[id(column)] for column in columns]


def _postings(name: str, rows: Array, values: Array, count: int) -> dict[str, Array]:
    order = np.lexsort((values, rows))
    return Postings.arrays(
        name, rows[order].astype(np.int64), values[order].astype(np.uint32), count
    )


def _span(years: list[int]) -> tuple[int, int]:
    return max(min(years), -32000), min(max(years), 32000)
