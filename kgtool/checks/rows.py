"""Nodes by the million: items, statements, references and values as arrays from the columns.

A :class:`Rows` is a list of nodes of one sort; ``arcs`` gives the nodes that a predicate leads to,
and for each of them the place of the node where it starts. What the columns do not keep (bounds of
quantities, say) raises :class:`~kgtool.checks.schema.Unsupported`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
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
Arrays: TypeAlias = dict[str, npt.NDArray[Any]]
Datatypes: TypeAlias = Callable[[str], str]
"""Id of a property → its datatype, ``""`` where nobody knows."""

SOMEVALUE, NOVALUE = 1, 2
_TERMS = {nodes.DESCRIPTION: "D", nodes.ALIAS: "A"} | dict.fromkeys(nodes.LABELS, "L")
_RANKS = ("Deprecated", "Normal", "Preferred")
# What a value node says that its columns keep; the first two lists by `detail` alone.
_OF_TIME = {f"{nodes.ONTOLOGY}{n}" for n in ("timePrecision", "timeCalendarModel")}
_OF_UNIT = {f"{nodes.ONTOLOGY}{n}" for n in ("quantityUnit", "geoGlobe")} | {RDF_TYPE}
BY_DETAIL = frozenset(_OF_TIME | _OF_UNIT)
KEPT = BY_DETAIL | {f"{nodes.ONTOLOGY}{n}" for n in ("timeValue", "quantityAmount")}


# What is read of all claims in one pass: 13 million rows in 0.7 s, where a pass for each of twelve
# properties takes 4 s.
_CLAIMS = {
    "item": "item",
    "statement": "statement",
    "rank": "rank",
    "truthy": "truthy",
    "kind": "kind",
    "of": "coalesce(value_item, 0)",
    "references": "reference_count",
    "good": "good_references",
}


_OTHER_ORDER = "tables whose rows come in another order each time"
_SNAKS = "SELECT item, statement, kind, coalesce(value_item, 0) AS of"


def _where(table: str, property: str) -> str:
    return f" FROM {table} WHERE property = {int(property[1:])}"


class Columns:
    """The tables of a generation, as arrays by property; remembers what it has read.

    ``properties`` are those whose claims will be asked for.
    """

    def __init__(
        self,
        tables: duckdb.DuckDBPyConnection,
        wiki: Wiki,
        datatypes: Datatypes,
        properties: Iterable[str],
    ) -> None:
        self.wiki, self._tables, self._datatypes = wiki, tables, datatypes
        self._properties = sorted(int(property[1:]) for property in properties)
        self._claims: dict[int, Arrays] | None = None
        self._read: dict[str, Arrays] = {}
        self._words: dict[tuple[str, str, str], tuple[list[str], Arrays]] = {}

    def claims(self, property: str) -> Arrays:
        """The columns of _CLAIMS of one property."""
        if self._claims is None:
            self._claims = self._all_claims()
        return self._claims[int(property[1:])]

    def _all_claims(self) -> dict[int, Arrays]:
        # Without WHERE: IN becomes a join, which mixes the rows and saves nothing.
        said = ", ".join(f"{what} AS {name}" for name, what in _CLAIMS.items())
        rows = self._tables.execute(f"SELECT property, {said} FROM claims").fetchnumpy()  # noqa: S608
        found = {}
        for number in self._properties:
            here = np.flatnonzero(rows["property"] == number)
            found[number] = {name: rows[name][here] for name in _CLAIMS}
        return found

    def snaks(self, table: str, property: str) -> Arrays:
        """Item, statement, kind and ``of`` of the qualifiers of one property, or its claims."""
        if table == "claims":
            return self.claims(property)
        return self._rows(f"{_SNAKS}{_where(table, property)}")

    def texts(self, table: str, property: str) -> Arrays:
        """``value`` and ``detail`` of the same rows."""
        query = f"{_SNAKS}, value, coalesce(detail, '') AS detail{_where(table, property)}"
        return self._beside(self.snaks(table, property), self._rows(query))

    def details(self, table: str, property: str) -> tuple[list[str], Places]:
        """The distinct details of the same rows, and which of them each has."""
        words, rows = self._coded(_SNAKS, "coalesce(detail, '')", _where(table, property))
        return words, self._beside(self.snaks(table, property), rows)["code"]

    def terms(self, kind: str) -> tuple[list[str], Arrays]:
        """Languages; items of labels (``L``), descriptions (``D``), aliases (``A``) with ``code``.

        ``code`` is the place of the language in the list.
        """
        return self._coded("SELECT item", "language", f" FROM terms WHERE kind = '{kind[:1]}'")

    def wordings(self, kind: str) -> npt.NDArray[Any]:
        """The texts of the same rows."""
        words, rows = self.terms(kind)
        query = (
            "SELECT item, list_position(?, language) - 1 AS code, text FROM terms WHERE kind = ?"
        )
        found = self._tables.execute(query, [words, kind]).fetchnumpy()
        return self._beside(rows, found)["text"]

    def _rows(self, query: str) -> Arrays:
        if query not in self._read:
            self._read[query] = self._tables.execute(query).fetchnumpy()
        return self._read[query]

    def _coded(self, select: str, word: str, where: str) -> tuple[list[str], Arrays]:
        # Numbers come out of DuckDB fifty times as fast as texts.
        key = (select, word, where)
        if key not in self._words:
            common = f"SELECT {word}{where} GROUP BY 1 ORDER BY count(*) DESC, 1"
            words = [row[0] for row in self._tables.execute(common).fetchall()]
            numbered = f"{select}, (list_position(?, {word}) - 1)::INTEGER AS code{where}"
            self._words[key] = (words, self._tables.execute(numbered, [words]).fetchnumpy())
        return self._words[key]

    def _beside(self, rows: Arrays, others: Arrays) -> Arrays:
        # Scans and unions keep the order of rows (DuckDB manual, "Order preservation"); but trust
        # is not enough where a mistake would be silent.
        for name in ("item", "statement", "kind", "of", "code"):
            same = name not in rows or name not in others
            if not same and not np.array_equal(rows[name], others[name]):
                raise Unsupported(_OTHER_ORDER)
        return others

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
    """Items by number. For ``arcs``, each must be there once."""

    def __init__(self, columns: Columns, numbers: Numbers) -> None:
        self._columns, self.numbers = columns, numbers
        self.size = len(numbers)

    @cached_property
    def _at(self) -> Callable[[Numbers], Places]:
        return _finder(self.numbers)

    def arcs(self, predicate: str) -> tuple[Places, Rows]:
        role, property = self._columns.wiki.role(predicate)
        if role == "wdt":
            rows = self._columns.claims(property)
            starts = self._at(rows["item"])
            kept = (starts >= 0) & rows["truthy"] & (rows["kind"] != NOVALUE)
            return starts[kept], Values(self._columns, "claims", property, np.flatnonzero(kept))
        if role == "p":
            starts = self._at(self._columns.claims(property)["item"])
            kept = np.flatnonzero(starts >= 0)
            return starts[kept], Statements(self._columns, property, kept)
        if predicate in _TERMS:
            kind = _TERMS[predicate]
            _, rows = self._columns.terms(kind)
            starts = self._at(rows["item"])
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
            rows = self._columns.snaks("qualifiers", property)
            starts = self._at(_keys(rows["item"], rows["statement"]))
            fitting = rows["kind"] != NOVALUE if role == "pq" else rows["kind"] == 0
            kept = np.flatnonzero((starts >= 0) & fitting)
            sort = Values if role == "pq" else FullValues
            return starts[kept], sort(self._columns, "qualifiers", property, kept)
        if predicate == nodes.RANK:
            return np.arange(self.size), Ranks(self._rows("rank"))
        if predicate == nodes.DERIVED:
            counts = self._rows("references").astype(np.int64)
            starts = np.repeat(np.arange(self.size), counts)
            within = np.arange(len(starts)) - np.repeat(np.cumsum(counts) - counts, counts)
            good = within < np.repeat(self._rows("good"), counts)
            return starts, References(good)
        return super().arcs(predicate)

    def _rows(self, column: str) -> npt.NDArray[Any]:
        return self._columns.claims(self._property)[column][self._places]

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
        words, rows = self._columns.terms(self._kind)
        texts = self._columns.wordings(self._kind)[self._places]
        made, which = _pairs(texts, rows["code"][self._places])
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
        unknown = kinds == SOMEVALUE
        named = items > 0
        is_item = np.flatnonzero(named)
        return is_item, items[is_item], np.flatnonzero(unknown), np.flatnonzero(~named & ~unknown)

    def others(self, places: Places) -> tuple[list[Node], Places]:
        """The distinct values at these places that are no items, and which each is."""
        rows = self._columns.texts(self._table, self._property)
        chosen = self._places[places]
        made, which = _pairs(rows["value"][chosen], rows["detail"][chosen])
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
        if not touched or not touched <= KEPT:
            raise Unsupported(f"value nodes with {sorted(touched - KEPT) or 'their own names'}")
        datatype = self._columns.datatype(self._property)
        wiki = self._columns.wiki
        if touched <= BY_DETAIL:
            codes, which = self._columns.details(self._table, self._property)
            which = which[self._places]
            example = _EXAMPLES.get(datatype, "")
            made = [(example, code) for code in codes]
        else:
            rows = self._columns.texts(self._table, self._property)
            made, which = _pairs(rows["value"][self._places], rows["detail"][self._places])
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


def _pairs(
    values: npt.NDArray[Any], details: npt.NDArray[Any]
) -> tuple[list[tuple[str, Any]], Places]:
    """Distinct pairs, and which of them each is."""
    known: dict[tuple[str, Any], int] = {}
    pairs: Iterable[tuple[str, Any]] = zip(values.tolist(), details.tolist(), strict=True)
    places = np.fromiter(
        (known.setdefault(pair, len(known)) for pair in pairs), np.int64, len(values)
    )
    return list(known), places
