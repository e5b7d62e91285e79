"""Nodes by the million: items, statements, references and values as arrays from the columns.

A :class:`Rows` is a list of nodes of one sort; ``arcs`` gives the nodes that a predicate leads to,
and for each of them the place of the node where it starts. What the columns do not keep (bounds of
quantities, say) raises :class:`~kgtool.checks.schema.Unsupported`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from kgtool.checks import entity_nodes as nodes
from kgtool.checks.entity_nodes import ValueNode, Wiki
from kgtool.checks.nodes import Leaf, Node
from kgtool.checks.schema import Unsupported
from kgtool.checks.terms import RDF_TYPE, Blank, Iri, text_in
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

if TYPE_CHECKING:
    import duckdb

Mask: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = npt.NDArray[np.uint32]
Places: TypeAlias = npt.NDArray[np.int64]
Judge: TypeAlias = Callable[[Node], bool]
Datatypes: TypeAlias = Callable[[str], str]
"""Id of a property → its datatype, ``""`` where nobody knows."""

SOMEVALUE, NOVALUE = 1, 2
_TERMS = {nodes.DESCRIPTION: "D", nodes.ALIAS: "A"} | dict.fromkeys(nodes.LABELS, "L")
_RANKS = ("Deprecated", "Normal", "Preferred")
_TABLES = {"pq": "qualifiers", "pr": "reference_snaks"}
# What a value node says that its columns keep; the first two lists by `detail` alone.
_OF_TIME = {f"{nodes.ONTOLOGY}{n}" for n in ("timePrecision", "timeCalendarModel")}
_OF_UNIT = {f"{nodes.ONTOLOGY}{n}" for n in ("quantityUnit", "geoGlobe")} | {RDF_TYPE}
BY_DETAIL = frozenset(_OF_TIME | _OF_UNIT)
KEPT = BY_DETAIL | {f"{nodes.ONTOLOGY}{n}" for n in ("timeValue", "quantityAmount")}


class Columns:
    """The tables of a generation, read property by property; remembers what it has read."""

    def __init__(self, tables: duckdb.DuckDBPyConnection, wiki: Wiki, datatypes: Datatypes) -> None:
        self.wiki, self._tables, self._datatypes = wiki, tables, datatypes
        self._read: dict[tuple[str, int, tuple[str, ...]], dict[str, npt.NDArray[Any]]] = {}

    def rows(self, table: str, property: str, *columns: str) -> dict[str, npt.NDArray[Any]]:
        """Columns of the rows of one property."""
        number = int(property[1:])
        key = (table, number, columns)
        if key not in self._read:
            self._read[key] = self._tables.execute(
                f"SELECT {', '.join(columns)} FROM {table} WHERE property = ?",  # noqa: S608 our own names
                [number],
            ).fetchnumpy()
        return self._read[key]

    def terms(self, kind: str, *columns: str) -> dict[str, npt.NDArray[Any]]:
        """Columns of labels (``L``), descriptions (``D``) or aliases (``A``)."""
        key = ("terms", 0, (kind, *columns))
        if key not in self._read:
            self._read[key] = self._tables.execute(
                f"SELECT {', '.join(columns)} FROM terms WHERE kind = ?",  # noqa: S608 our own names
                [kind],
            ).fetchnumpy()
        return self._read[key]

    def datatype(self, property: str) -> str:
        """The datatype of a property.

        :raises Unsupported: nobody knows it.
        """
        known = self._datatypes(property)
        if not known:
            raise Unsupported(f"the values of {property}, whose datatype is not known")
        return known


class Rows:
    """Nodes of one sort, ``size`` of them."""

    size: int

    def arcs(self, predicate: str) -> tuple[Places, Rows]:
        """Where the arcs of a predicate start, and the nodes that they lead to."""
        raise Unsupported(f"arcs <{predicate}> over columns")

    def judged(self, judge: Judge, touched: frozenset[str]) -> Mask:
        """What a test says of each node; ``touched`` are the predicates that it looks at."""
        raise Unsupported("single nodes of this sort over columns")

    def distinct(self, starts: Places) -> Mask:
        """Which rows are the first of their value among those that start at the same place."""
        return np.ones(self.size, np.bool_)


class Items(Rows):
    """Items by number, each once, sorted."""

    def __init__(self, columns: Columns, numbers: Numbers) -> None:
        self._columns, self.numbers = columns, numbers
        self.size = len(numbers)
        self._at: Callable[[Numbers], Places] = _finder(numbers)

    def arcs(self, predicate: str) -> tuple[Places, Rows]:
        role, property = self._columns.wiki.role(predicate)
        if role == "wdt":
            rows = self._columns.rows("claims", property, "item", "rank", "truthy", "kind")
            starts = self._at(rows["item"])
            kept = (starts >= 0) & rows["truthy"] & (rows["kind"] != NOVALUE)
            return starts[kept], Values(self._columns, "claims", property, np.flatnonzero(kept))
        if role == "p":
            rows = self._columns.rows("claims", property, "item", "statement", "rank", "kind")
            starts = self._at(rows["item"])
            kept = np.flatnonzero(starts >= 0)
            return starts[kept], Statements(self._columns, property, kept)
        if predicate in _TERMS:
            kind = _TERMS[predicate]
            starts = self._at(self._columns.terms(kind, "item", "language")["item"])
            kept = np.flatnonzero(starts >= 0)
            return starts[kept], Texts(self._columns, kind, kept)
        return super().arcs(predicate)

    def judged(self, judge: Judge, touched: frozenset[str]) -> Mask:
        base = self._columns.wiki.entities
        leaves = (Leaf(Iri(f"{base}Q{number}")) for number in self.numbers.tolist())
        return np.fromiter(map(judge, leaves), np.bool_, self.size)


class Statements(Rows):
    """Statements of one property, whatever their rank: places in its rows of ``claims``."""

    def __init__(self, columns: Columns, property: str, places: Places) -> None:
        self._columns, self._property, self._places = columns, property, places
        self.size = len(places)

    def arcs(self, predicate: str) -> tuple[Places, Rows]:
        role, property = self._columns.wiki.role(predicate)
        if role in ("ps", "psv") and property == self._property:
            kinds = self._rows("kind")
            here = np.flatnonzero(kinds != NOVALUE if role == "ps" else kinds == 0)
            values = (Values if role == "ps" else FullValues)(
                self._columns, "claims", property, self._places[here]
            )
            return here, values
        if role in ("pq", "pqv"):
            rows = self._columns.rows("qualifiers", property, "item", "statement", "kind")
            starts = self._at(_keys(rows["item"], rows["statement"]))
            fitting = rows["kind"] != NOVALUE if role == "pq" else rows["kind"] == 0
            kept = np.flatnonzero((starts >= 0) & fitting)
            sort = Values if role == "pq" else FullValues
            return starts[kept], sort(self._columns, "qualifiers", property, kept)
        if predicate == nodes.RANK:
            return np.arange(self.size), Ranks(self._rows("rank"))
        if predicate == nodes.DERIVED:
            found = self._columns.rows(
                "claims", self._property, "reference_count", "good_references"
            )
            counts = found["reference_count"][self._places].astype(np.int64)
            starts = np.repeat(np.arange(self.size), counts)
            within = np.arange(len(starts)) - np.repeat(np.cumsum(counts) - counts, counts)
            good = within < np.repeat(found["good_references"][self._places], counts)
            return starts, References(good)
        return super().arcs(predicate)

    def _rows(self, column: str) -> npt.NDArray[Any]:
        found = self._columns.rows("claims", self._property, "item", "statement", "rank", "kind")
        return found[column][self._places]

    def _at(self, keys: Places) -> Places:
        return _finder(_keys(self._rows("item"), self._rows("statement")))(keys)


class References(Rows):
    """References. Columns count the good ones of a statement, and do not say which they are."""

    def __init__(self, good: Mask) -> None:
        self.good = good
        self.size = len(good)


class Ranks(Rows):
    """Ranks, as numbers of :data:`kgtool.views.columns.RANKS`."""

    def __init__(self, ranks: npt.NDArray[Any]) -> None:
        self._ranks = ranks
        self.size = len(ranks)

    def judged(self, judge: Judge, touched: frozenset[str]) -> Mask:
        verdicts = [judge(Leaf(Iri(f"{nodes.ONTOLOGY}{rank}Rank"))) for rank in _RANKS]
        judged: Mask = np.array(verdicts, np.bool_)[self._ranks]
        return judged


class Texts(Rows):
    """Labels, descriptions or aliases: places in their rows of ``terms``."""

    def __init__(self, columns: Columns, kind: str, places: Places) -> None:
        self._columns, self._kind, self._places = columns, kind, places
        self.size = len(places)

    def judged(self, judge: Judge, touched: frozenset[str]) -> Mask:
        texts = self._columns.terms(self._kind, "text", "language")
        made, which = _pairs(texts["text"][self._places], texts["language"][self._places])
        verdicts = (judge(Leaf(text_in(text, language))) for text, language in made)
        return np.fromiter(verdicts, np.bool_, len(made))[which]

    def judged_by_language(self, judge: Judge) -> Mask:
        """The same by a test that looks only at the language."""
        languages = self._columns.terms(self._kind, "item", "language")["language"]
        codes, which = _coded(languages[self._places])
        verdicts = (judge(Leaf(text_in("", code))) for code in codes)
        return np.fromiter(verdicts, np.bool_, len(codes))[which]

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
        rows = self._columns.rows(
            self._table, self._property, "coalesce(value_item, 0) AS of", "kind"
        )
        items, kinds = rows["of"][self._places], rows["kind"][self._places]
        unknown = kinds == SOMEVALUE
        named = items > 0
        is_item = np.flatnonzero(named)
        return is_item, items[is_item], np.flatnonzero(unknown), np.flatnonzero(~named & ~unknown)

    def others(self, places: Places) -> tuple[list[Node], Places]:
        """The distinct values at these places that are no items, and which each is."""
        rows = self._columns.rows(
            self._table, self._property, "value", "coalesce(detail, '') AS about"
        )
        chosen = self._places[places]
        made, which = _pairs(rows["value"][chosen], rows["about"][chosen])
        wiki, property = self._columns.wiki, self._property
        read = _reader(wiki, self._columns.datatype(property))
        return [read(value, detail) for value, detail in made], which

    def distinct(self, starts: Places) -> Mask:
        _, counts = np.unique(starts, return_counts=True)
        if not (counts > 1).any():
            return super().distinct(starts)
        at, items, _, other = self.split()
        code = -np.arange(1, self.size + 1, dtype=np.int64)  # unknown values differ
        code[at] = items
        if len(other):
            _, which = self.others(other)
            code[other] = which + (1 << 33)
        first = np.zeros(self.size, np.bool_)
        order = np.lexsort((code, starts))
        same = (np.diff(starts[order]) == 0) & (np.diff(code[order]) == 0)
        first[order] = np.concatenate(([True], ~same)) if self.size else []
        return first


class FullValues(Values):
    """Value nodes: all of a date, quantity or coordinate, as far as columns keep it."""

    def judged(self, judge: Judge, touched: frozenset[str]) -> Mask:
        if not touched or not touched <= KEPT:
            raise Unsupported(f"value nodes with {sorted(touched - KEPT) or 'their own names'}")
        columns = ["coalesce(detail, '') AS about"]
        if not touched <= BY_DETAIL:
            columns.insert(0, "value")
        rows = self._columns.rows(self._table, self._property, *columns)
        details = rows["about"][self._places]
        texts = rows["value"][self._places] if len(columns) > 1 else None
        datatype = self._columns.datatype(self._property)
        wiki = self._columns.wiki
        if texts is None:
            codes, which = _coded(details)
            example = _EXAMPLES.get(datatype, "")
            made = [(example, code) for code in codes]
        else:
            made, which = _pairs(texts, details)
        verdicts = []
        for value, detail in made:
            said = _value(wiki, datatype, value, detail)
            if not isinstance(said, TimeValue | QuantityValue | CoordinateValue):
                raise Unsupported(f"value nodes of {self._property}, which is a {datatype}")
            verdicts.append(judge(ValueNode(wiki, said)))
        return np.array(verdicts, np.bool_)[which]


# Any value will do where only what stands beside it is asked.
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


def _keys(items: Numbers, statements: Numbers) -> Places:
    return (items.astype(np.int64) << 32) | statements.astype(np.int64)


def _finder(known: npt.NDArray[Any]) -> Callable[[npt.NDArray[Any]], Places]:
    """A function from numbers to their places among those that are known; -1 for others."""
    if not len(known):
        return lambda wanted: np.full(len(wanted), -1, np.int64)
    is_sorted = bool((known[1:] > known[:-1]).all())
    order = None if is_sorted else np.argsort(known, kind="stable")
    ordered = known if order is None else known[order]
    low, high = int(ordered[0]), int(ordered[-1])
    if high - low < 4 * len(known) + 1_000_000:
        table = np.full(high - low + 2, -1, np.int64)
        table[ordered.astype(np.int64) - low] = np.arange(len(known)) if order is None else order

        def looked_up(wanted: npt.NDArray[Any]) -> Places:
            at = wanted.astype(np.int64) - low
            return table[np.where((at < 0) | (at > high - low), high - low + 1, at)]

        return looked_up

    def searched(wanted: npt.NDArray[Any]) -> Places:
        at = np.minimum(np.searchsorted(ordered, wanted), len(known) - 1)
        found = at if order is None else order[at]
        return np.where(ordered[at] == wanted, found, -1)

    return searched


def _coded(words: npt.NDArray[Any]) -> tuple[list[str], Places]:
    """Distinct words, and which of them each is. DuckDB gives words as Python's texts."""
    known: dict[str, int] = {}
    places = np.fromiter(
        (known.setdefault(word, len(known)) for word in words.tolist()), np.int64, len(words)
    )
    return list(known), places


def _pairs(
    values: npt.NDArray[Any], details: npt.NDArray[Any]
) -> tuple[list[tuple[str, str]], Places]:
    known: dict[tuple[str, str], int] = {}
    pairs: Iterable[tuple[str, str]] = zip(values.tolist(), details.tolist(), strict=True)
    places = np.fromiter(
        (known.setdefault(pair, len(known)) for pair in pairs), np.int64, len(values)
    )
    return list(known), places
