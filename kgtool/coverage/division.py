"""What a matrix can be divided by, as people write it → a grouping of the chosen items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from kgtool.coverage.columns import Rank
from kgtool.coverage.expression import FORMS, parse
from kgtool.coverage.groups import (
    NONE,
    UNKNOWN,
    ByPlace,
    BySegment,
    Grouping,
    Tally,
    by_place,
    by_segment,
)
from kgtool.coverage.measures import HasProperty, Measure
from kgtool.coverage.planes import Partners, Planes
from kgtool.coverage.values import ValueReader, Values
from kgtool.errors import ExpressionError
from kgtool.messages.words import Words
from kgtool.views.cube import NO_TYPE, UNKNOWN_TYPE

Named: TypeAlias = Literal["type", "collection", "country", "decade"]
NAMED: tuple[Named, ...] = get_args(Named)


@dataclass(frozen=True, slots=True)
class Division:
    """Groups of the items of a tally. ``partners`` limits collections to those below a partner."""

    planes: Planes
    reader: ValueReader
    rank: Rank
    tally: Tally
    partners: Partners

    def by(self, by: str) -> Grouping:
        """The groups by type, collection, country, decade, a property's values, or a measure.

        :raises ExpressionError: ``by`` is none of these and not a measure.
        """
        match by:
            case "collection":
                return self._by_collection()
            case "country":
                return self._by_values(by, lambda: self.reader.countries(self.rank))
            case "decade":
                return self._by_values(by, lambda: self.reader.decades(self.rank))
            case "type":
                by = self.planes.profile.properties.instance_of
        try:
            measure = parse(by)
        except ExpressionError as error:
            raise ExpressionError(
                error.text,
                error.position,
                error.problem,
                hint=Words("error-by-forms", (", ".join(NAMED), FORMS)),
            ) from None
        if not isinstance(measure, HasProperty):
            return self._by_measure(measure)
        instance_of = self.planes.profile.properties.instance_of
        if measure.property == instance_of and self.rank == "truthy":
            return self._by_type()
        return self._by_values(by, lambda: self.reader.of_property(measure.property, self.rank))

    def _by_type(self) -> BySegment:
        cube = self.planes.cube
        segments, types = cube.types.pairs(cube.type_set)
        codes = types.astype(np.int64)
        codes[types == NO_TYPE] = NONE
        codes[types == UNKNOWN_TYPE] = UNKNOWN
        return by_segment(self.tally, segments, codes)

    def _by_collection(self) -> BySegment:
        cube = self.planes.cube
        segments, collections = cube.collections.pairs(cube.collection_set)
        if self.partners:
            inside = np.isin(collections, np.fromiter(self.partners, np.uint32))
            segments, collections = segments[inside], collections[inside]
        alone = np.setdiff1d(np.arange(len(cube.starts)), segments)
        return by_segment(
            self.tally,
            np.concatenate([segments, alone]),
            np.concatenate([collections.astype(np.int64), np.full(len(alone), NONE)]),
        )

    def _by_values(self, by: str, read: Callable[[], Values]) -> ByPlace:
        found = self.planes.remembered(("values", by, self.rank), read)
        return by_place(self.tally, found.places, found.codes, found.names, found.keys)

    def _by_measure(self, measure: Measure) -> ByPlace:
        holding = self.planes.holds(measure, self.rank, self.partners)
        places = np.flatnonzero(np.unpackbits(holding, bitorder="little"))
        codes = np.zeros(len(places), dtype=np.int64)
        return by_place(self.tally, places, codes, lambda _: [str(measure)])
