"""Values by the million: texts, simple values, value nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgtool.checks.arrays import Columns, Judge, Mask, Numbers, Places, Rows, pairs
from kgtool.checks.entity_nodes import ValueNode, Wiki
from kgtool.checks.nodes import Leaf, Node
from kgtool.checks.schema import Unsupported
from kgtool.checks.terms import RDF_TYPE, Blank, Iri, text_in
from kgtool.checks.vocabulary import ONTOLOGY
from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    Monolingual,
    MonolingualValue,
    Quantity,
    QuantityValue,
    StringValue,
    Time,
    TimeValue,
)
from kgtool.views.columns import SNAK_KINDS

# What a value node says that its columns keep; the first of them by `detail` alone.
_BY_DETAIL = frozenset(
    {
        RDF_TYPE,
        *(
            f"{ONTOLOGY}{name}"
            for name in ("timePrecision", "timeCalendarModel", "quantityUnit", "geoGlobe")
        ),
    }
)
_KEPT = _BY_DETAIL | {f"{ONTOLOGY}timeValue", f"{ONTOLOGY}quantityAmount"}


class Texts(Rows):
    """Labels, descriptions or aliases: places in their rows of ``terms``."""

    def __init__(self, columns: Columns, kind: str, places: Places) -> None:
        self._columns, self._kind, self._places = columns, kind, places
        self.size = len(places)

    def judged(self, judge: Judge, touched: frozenset[str]) -> Mask:
        words, rows = self._columns.terms(self._kind)
        texts = self._columns.wordings(self._kind)[self._places]
        made, which = pairs(texts, rows["code"][self._places])
        verdicts = (judge(Leaf(text_in(text, words[code]))) for text, code in made)
        return np.fromiter(verdicts, np.bool_, len(made))[which]

    def judged_by_language(self, judge: Judge) -> Mask:
        """The same by a test that looks only at the language."""
        words, rows = self._columns.terms(self._kind)
        verdicts = (judge(Leaf(text_in("", code))) for code in words)
        return np.fromiter(verdicts, np.bool_, len(words))[rows["code"][self._places]]

    def distinct(self, starts: Places) -> Mask:
        if self._kind == "A":
            raise Unsupported("numbers of aliases over columns")
        return super().distinct(starts)


class Values(Rows):
    """Simple values of snaks of one property: items, unknown values, and all others as text."""

    def __init__(self, columns: Columns, table: str, property: str, places: Places) -> None:
        self._columns, self._table, self._property = columns, table, property
        self._places = places
        self.size = len(places)

    def split(self) -> tuple[Places, Numbers, Places, Places]:
        """Places of items, their numbers, places of unknown values, places of all others."""
        rows = self._columns.snaks(self._table, self._property)
        items, kinds = rows["of"][self._places], rows["kind"][self._places]
        unknown = kinds == SNAK_KINDS["somevalue"]
        named = items > 0
        is_item = np.flatnonzero(named)
        return is_item, items[is_item], np.flatnonzero(unknown), np.flatnonzero(~named & ~unknown)

    def others(self, places: Places) -> tuple[list[Node], Places]:
        """The distinct values at these places that are no items, and which each is."""
        rows = self._columns.texts(self._table, self._property)
        chosen = self._places[places]
        made, which = pairs(rows["value"][chosen], rows["detail"][chosen])
        wiki, property = self._columns.wiki, self._property
        read = _reader(wiki, self._columns.datatype(property))
        return [read(value, detail) for value, detail in made], which

    def example(self) -> Node:
        """Some value that is no item. All of one property are of the same kind of node."""
        read = _reader(self._columns.wiki, self._columns.datatype(self._property))
        datatype = self._columns.datatype(self._property)
        return read(_EXAMPLES.get(datatype, "x"), _DETAILS.get(datatype, ""))

    def distinct(self, starts: Places) -> Mask:
        _, counts = np.unique(starts, return_counts=True)
        if not (counts > 1).any():
            return super().distinct(starts)
        at, items, _, other = self.split()
        code = -np.arange(1, self.size + 1, dtype=np.int64)  # unknown values differ
        code[at] = items
        if len(other):
            made, which = self.others(other)
            # “1 m” and “1 cm” are the same simple value.
            known: dict[object, int] = {}
            same = [known.setdefault(node.key, len(known)) for node in made]
            code[other] = np.array(same, np.int64)[which] + (1 << 33)
        first = np.zeros(self.size, np.bool_)
        order = np.lexsort((code, starts))
        again = (np.diff(starts[order]) == 0) & (np.diff(code[order]) == 0)
        first[order] = np.concatenate(([True], ~again)) if self.size else []
        return first


class FullValues(Values):
    """Value nodes: all of a date, quantity or coordinate, as far as columns keep it."""

    def judged(self, judge: Judge, touched: frozenset[str]) -> Mask:
        if not touched or not touched <= _KEPT:
            raise Unsupported(f"value nodes with {sorted(touched - _KEPT) or 'their own names'}")
        datatype = self._columns.datatype(self._property)
        wiki = self._columns.wiki
        if touched <= _BY_DETAIL:
            codes, which = self._columns.details(self._table, self._property)
            which = which[self._places]
            example = _EXAMPLES.get(datatype, "")
            made = [(example, code) for code in codes]
        else:
            rows = self._columns.texts(self._table, self._property)
            made, which = pairs(rows["value"][self._places], rows["detail"][self._places])
        verdicts = []
        for value, detail in made:
            if not detail:  # of a value that is not known, which no place here leads to
                verdicts.append(False)
                continue
            said = _value(wiki, datatype, value, detail)
            if not isinstance(said, TimeValue | QuantityValue | CoordinateValue):
                raise Unsupported(f"value nodes of {self._property}, which is a {datatype}")
            verdicts.append(judge(ValueNode(wiki, said)))
        return np.array(verdicts, np.bool_)[which]


# Any value will do where only what stands beside it is asked.
_DETAILS = {
    "time": "11 Q1985727",
    "quantity": "1",
    "globe-coordinate": "Q2",
    "monolingualtext": "en",
    "wikibase-property": "property",
    "wikibase-lexeme": "lexeme",
    "wikibase-form": "form",
    "wikibase-sense": "sense",
    "entity-schema": "entity-schema",
}
_EXAMPLES = {"time": "+2000-01-01T00:00:00Z", "quantity": "+1", "globe-coordinate": "0 0"}


def _value(wiki: Wiki, datatype: str, value: str, detail: str) -> Any:
    vocabulary = f"{wiki.profile.vocabulary_base}entity/"
    match datatype:
        case "time":
            precision, _, calendar = detail.partition(" ")
            return TimeValue(Time(value, int(precision), vocabulary + calendar))
        case "quantity":
            unit = detail if detail == "1" else wiki.profile.entity_iri(detail)
            return QuantityValue(Quantity(value, unit))
        case "globe-coordinate":
            latitude, longitude = map(float, value.split(" "))
            return CoordinateValue(Coordinate(latitude, longitude, None, vocabulary + detail))
        case "monolingualtext":
            return MonolingualValue(Monolingual(value, detail))
        case _:
            return StringValue(value)


def _reader(wiki: Wiki, datatype: str) -> Callable[[str, str], Node]:
    def read(value: str, detail: str) -> Node:
        said = _value(wiki, datatype, value, detail)
        if isinstance(said, StringValue) and detail:  # an entity that is no item
            return wiki.of(wiki.entities + value)
        term = wiki.value(said, datatype)
        return wiki.of(term.value) if isinstance(term, Iri) else Leaf(term)

    return read


UNKNOWN = Leaf(Blank("0" * 32))
