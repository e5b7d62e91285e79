"""Columns as arrays, property by property, and what stands for many nodes at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from kgtool.checks.entity_nodes import Wiki
from kgtool.checks.nodes import Node
from kgtool.checks.schema import Unsupported

if TYPE_CHECKING:
    import duckdb

Mask: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = npt.NDArray[np.uint32]
Places: TypeAlias = npt.NDArray[np.int64]
Judge: TypeAlias = Callable[[Node], bool]
Arrays: TypeAlias = dict[str, npt.NDArray[Any]]
Datatypes: TypeAlias = Callable[[str], str]
"""Id of a property → its datatype, ``""`` where nobody knows."""

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
        rows = self._tables.execute(f"SELECT property, {said} FROM claims").fetchnumpy()  # noqa: S608 our columns
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


def finder(known: npt.NDArray[Any]) -> Callable[[npt.NDArray[Any]], Places]:
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


def pairs(
    values: npt.NDArray[Any], details: npt.NDArray[Any]
) -> tuple[list[tuple[str, Any]], Places]:
    """Distinct pairs, and which of them each is."""
    known: dict[tuple[str, Any], int] = {}
    both: Iterable[tuple[str, Any]] = zip(values.tolist(), details.tolist(), strict=True)
    places = np.fromiter(
        (known.setdefault(pair, len(known)) for pair in both), np.int64, len(values)
    )
    return list(known), places
