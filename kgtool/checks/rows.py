"""Nodes by the million: items, statements, references and ranks as arrays from the columns.

A :class:`~kgtool.checks.arrays.Rows` is a list of nodes of one sort; ``arcs`` gives the nodes that
a predicate leads to, and for each of them the place of the node where it starts. What the columns
do not keep (bounds of quantities, say) raises :class:`~kgtool.checks.schema.Unsupported`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kgtool.checks import vocabulary as words
from kgtool.checks.arrays import Columns, Judge, Mask, Numbers, Places, Rows, finder
from kgtool.checks.nodes import Leaf
from kgtool.checks.terms import Iri
from kgtool.checks.value_rows import FullValues, Texts, Values
from kgtool.checks.vocabulary import ONTOLOGY
from kgtool.views.columns import SNAK_KINDS

_NOVALUE = SNAK_KINDS["novalue"]
_TERMS = {words.DESCRIPTION: "D", words.ALIAS: "A"} | dict.fromkeys(words.LABELS, "L")
_RANKS = ("Deprecated", "Normal", "Preferred")


class Items(Rows):
    """Items by number. For ``arcs``, each must be there once."""

    def __init__(self, columns: Columns, numbers: Numbers) -> None:
        self._columns, self.numbers = columns, numbers
        self.size = len(numbers)

    @cached_property
    def _at(self) -> Callable[[Numbers], Places]:
        return finder(self.numbers)

    def arcs(self, predicate: str) -> tuple[Places, Rows]:
        role, property = self._columns.wiki.role(predicate)
        if role == "wdt":
            rows = self._columns.claims(property)
            starts = self._at(rows["item"])
            kept = (starts >= 0) & rows["truthy"] & (rows["kind"] != _NOVALUE)
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
            here = np.flatnonzero(kinds != _NOVALUE if role == "ps" else kinds == 0)
            values = (Values if role == "ps" else FullValues)(
                self._columns, "claims", property, self._places[here]
            )
            return here, values
        if role in ("pq", "pqv"):
            rows = self._columns.snaks("qualifiers", property)
            starts = self._at(_keys(rows["item"], rows["statement"]))
            fitting = rows["kind"] != _NOVALUE if role == "pq" else rows["kind"] == 0
            kept = np.flatnonzero((starts >= 0) & fitting)
            sort = Values if role == "pq" else FullValues
            return starts[kept], sort(self._columns, "qualifiers", property, kept)
        if predicate == words.RANK:
            return np.arange(self.size), Ranks(self._rows("rank"))
        if predicate == words.DERIVED:
            counts = self._rows("references").astype(np.int64)
            starts = np.repeat(np.arange(self.size), counts)
            within = np.arange(len(starts)) - np.repeat(np.cumsum(counts) - counts, counts)
            good = within < np.repeat(self._rows("good"), counts)
            return starts, References(good)
        return super().arcs(predicate)

    def _rows(self, column: str) -> npt.NDArray[Any]:
        return self._columns.claims(self._property)[column][self._places]

    def _at(self, keys: Places) -> Places:
        return finder(_keys(self._rows("item"), self._rows("statement")))(keys)


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
        verdicts = [judge(Leaf(Iri(f"{ONTOLOGY}{rank}Rank"))) for rank in _RANKS]
        judged: Mask = np.array(verdicts, np.bool_)[self._ranks]
        return judged


def _keys(items: Numbers, statements: Numbers) -> Places:
    return (items.astype(np.int64) << 32) | statements.astype(np.int64)
