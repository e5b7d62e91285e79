"""Schemas over the columns of a generation: every item at once.

The structure of a shape is followed in whole arrays: items, their statements, those statements'
qualifiers. What a shape says of single values (sets, dates, units, texts) is asked once for each
distinct value, of the same compiled tests that judge entities. So verdicts are those of
:class:`kgtool.checks.checker.Checker`, wherever a shape is covered at all;
:class:`~kgtool.checks.schema.Unsupported` says what is not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from kgtool.checks.arrays import Columns, Datatypes, Mask, Numbers, Places, Rows
from kgtool.checks.engine import (
    AndHolds,
    Arcs,
    ClassHolds,
    Engine,
    FlatHolds,
    NotHolds,
    OrHolds,
    RefHolds,
    TermHolds,
    Test,
)
from kgtool.checks.entity_nodes import Wiki
from kgtool.checks.report import Explainer
from kgtool.checks.rows import Items, References
from kgtool.checks.runs import Run
from kgtool.checks.schema import ClassOf, Language, NodeConstraint, Stem, Unsupported
from kgtool.checks.terms import RDF_TYPE, Iri
from kgtool.checks.value_rows import UNKNOWN, FullValues, Texts, Values
from kgtool.checks.vocabulary import DERIVED

if TYPE_CHECKING:
    import duckdb

NumbersBelow = Callable[[str], Numbers]
"""Id of a class → numbers of the class itself and of all classes below it, sorted."""


class ColumnChecker:
    """Judges many items by one compiled test.

    ``datatypes`` names the datatype of a property; ``below`` gives subclass closures as numbers.
    """

    def __init__(
        self,
        engine: Engine,
        test: Test,
        explainer: Explainer,
        tables: duckdb.DuckDBPyConnection,
        wiki: Wiki,
        below: NumbersBelow,
        datatypes: Datatypes,
    ) -> None:
        self._engine, self._test, self._explainer = engine, test, explainer
        self._wiki, self._below = wiki, below
        self._columns = Columns(tables, wiki, datatypes, self._properties(test, set()))
        self._run = Run(engine)
        self._masks: dict[tuple[int, int], tuple[Test | Arcs, Rows, Mask]] = {}
        poor = wiki.profile.poor_references
        self._poor = frozenset({RDF_TYPE, *(wiki.predicate("pr", p) for p in poor)})

    def failing(self, numbers: Numbers) -> tuple[Mask, dict[str, Mask]]:
        """Which of these items conform; and for each constraint, which fail it.

        ``numbers`` are sorted, each once; masks are in their order.

        Constraints are named and ordered as findings name them, ``""`` being the node itself.

        :raises Unsupported: the shape asks for what columns do not keep.
        """
        items = Items(self._columns, numbers)
        conforming = self._holds(self._test, items)
        failing: dict[str, Mask] = {}
        self._explain(self._test, items, ~conforming, failing)
        self._masks.clear()
        return conforming, {name: mask for name, mask in failing.items() if mask.any()}

    def _explain(self, test: Test, rows: Rows, among: Mask, found: dict[str, Mask]) -> None:
        # As Explainer walks, for all items at once: only what fails is followed further.
        among = among & ~self._holds(test, rows)
        if not among.any():
            return
        match test:
            case RefHolds():
                self._explain(self._engine.shapes[test.label], rows, among, found)
            case AndHolds():
                for part in test.parts:
                    self._explain(part, rows, among, found)
            case OrHolds():
                spokesman = self._explainer.spokesman(test)
                if spokesman is None:
                    _note(found, "", among)
                else:
                    self._explain(spokesman, rows, among, found)
            case FlatHolds():
                for arcs in test.arcs:
                    _note(
                        found,
                        self._explainer.demands.constraint(arcs),
                        among & ~self._met(arcs, rows),
                    )
            case _:
                _note(found, "", among)

    def _holds(self, test: Test, rows: Rows) -> Mask:
        key = (id(test), id(rows))
        if key not in self._masks:
            self._masks[key] = (test, rows, self._judge(test, rows))
        return self._masks[key][2]

    def _judge(self, test: Test, rows: Rows) -> Mask:
        if isinstance(rows, FullValues):
            return rows.judged(self._one(test), frozenset(self._touched(test)))
        if isinstance(rows, Values):
            return self._of_values(test, rows)
        match test:
            case RefHolds():
                if test.label in self._engine.references.deep:
                    raise Unsupported(f"the shape <{test.label}>, which leads back to itself")
                return self._holds(self._engine.shapes[test.label], rows)
            case AndHolds():
                return _all([self._holds(part, rows) for part in test.parts])
            case OrHolds():
                return ~_all([~self._holds(part, rows) for part in test.parts])
            case NotHolds():
                return ~self._holds(test.part, rows)
            case FlatHolds():
                return self._flat(test, rows)
            case ClassHolds(source=ClassOf(roots)) if isinstance(rows, Items):
                within = [self._below(root) for root in roots]
                return np.isin(rows.numbers, np.concatenate(within))
            case TermHolds(test=None):
                return np.ones(rows.size, np.bool_)
            case TermHolds():
                return self._of_terms(test, rows)
        raise Unsupported("groups with alternatives, or a predicate more than once, over columns")

    def _of_terms(self, test: TermHolds, rows: Rows) -> Mask:
        constraint = test.source
        assert isinstance(constraint, NodeConstraint)  # nothing else is compiled to such a test
        if isinstance(rows, Texts) and _asks_only_language(constraint):
            return rows.judged_by_language(self._one(test))
        if isinstance(rows, Items):
            if constraint == NodeConstraint(kind=constraint.kind):
                fits = constraint.kind in ("iri", "nonliteral")
                return np.full(rows.size, fits, np.bool_)
            if constraint == NodeConstraint(values=constraint.values):
                listed = [v for v in constraint.values or () if isinstance(v, Iri)]
                if len(listed) == len(constraint.values or ()):
                    base = self._wiki.entities + "Q"
                    ids = [v.value.removeprefix(base) for v in listed if v.value.startswith(base)]
                    return np.isin(rows.numbers, [int(id) for id in ids if id.isdecimal()])
        return rows.judged(self._one(test), frozenset())

    def _of_values(self, test: Test, rows: Values) -> Mask:
        mask = np.zeros(rows.size, np.bool_)
        at, items, unknown, others = rows.split()
        if len(at) and isinstance(test, ClassHolds):
            mask[at] = self._judge(test, Items(self._columns, items))
        elif len(at):
            numbers, which = np.unique(items, return_inverse=True)
            mask[at] = self._holds(test, Items(self._columns, numbers))[which]
        if len(unknown):
            mask[unknown] = test.holds(UNKNOWN, self._run)
        if len(others) and _asks_only_kind(test):
            mask[others] = test.holds(rows.example(), self._run)
        elif len(others):
            made, which = rows.others(others)
            verdicts = np.fromiter(map(self._one(test), made), np.bool_, len(made))
            mask[others] = verdicts[which]
        return mask

    def _flat(self, test: FlatHolds, rows: Rows) -> Mask:
        if test.closed is not None:
            if isinstance(rows, References) and test.closed == self._poor and _asks_nothing(test):
                return ~rows.good
            raise Unsupported("CLOSED over columns")
        every = np.ones(rows.size, np.bool_)
        return _all([every, *(self._met(arcs, rows) for arcs in test.arcs)])

    def _met(self, arcs: Arcs, rows: Rows) -> Mask:
        if arcs.inverse:
            raise Unsupported("arcs that lead to an item, over columns")
        key = (id(arcs), id(rows))
        if key not in self._masks:
            starts, values = rows.arcs(arcs.predicate)
            met = self._counted(arcs, rows, starts, values)
            self._masks[key] = (arcs, rows, met)
        return self._masks[key][2]

    def _counted(self, arcs: Arcs, rows: Rows, starts: Places, values: Rows) -> Mask:
        if arcs.test is None:
            fits = np.ones(len(starts), np.bool_)
        else:
            if isinstance(values, References) and arcs.predicate != DERIVED:
                raise Unsupported("what references say, over columns")
            fits = self._holds(arcs.test, values)
        met = np.ones(rows.size, np.bool_)
        if not arcs.extra:
            met[starts[~fits]] = False
        if arcs.min == 0 and arcs.max is None:
            return met
        if arcs.min == 1 and arcs.max is None:
            some = np.zeros(rows.size, np.bool_)
            some[starts[fits]] = True
            return met & some
        fits = fits & values.distinct(starts)
        numbers = np.bincount(starts[fits], minlength=rows.size)
        met &= numbers >= arcs.min
        return met if arcs.max is None else met & (numbers <= arcs.max)

    def _one(self, test: Test) -> Callable[..., bool]:
        return partial(test.holds, run=self._run)

    def _properties(self, test: Test, seen: set[str]) -> set[str]:
        """Properties whose claims a test looks at, here or at other items."""
        match test:
            case RefHolds():
                if test.label in seen:
                    return set()
                seen.add(test.label)
                return self._properties(self._engine.shapes[test.label], seen)
            case AndHolds() | OrHolds():
                return {p for part in test.parts for p in self._properties(part, seen)}
            case NotHolds():
                return self._properties(test.part, seen)
            case FlatHolds():
                found = set()
                for arcs in test.arcs:
                    role, property = self._wiki.role(arcs.predicate)
                    if role in ("wdt", "p"):
                        found.add(property)
                    if arcs.test is not None:
                        found |= self._properties(arcs.test, seen)
                return found
            case _:
                return set()

    def _touched(self, test: Test) -> set[str]:
        """Predicates that a test looks at; ``""`` stands for the name of the node itself."""
        match test:
            case RefHolds():
                if test.label in self._engine.references.deep:
                    return {""}
                return self._touched(self._engine.shapes[test.label])
            case AndHolds() | OrHolds():
                return {p for part in test.parts for p in self._touched(part)}
            case NotHolds():
                return self._touched(test.part)
            case FlatHolds() if test.closed is None:
                return {arcs.predicate for arcs in test.arcs}
            case TermHolds(test=None):
                return {RDF_TYPE}
            case TermHolds(source=NodeConstraint() as source) if source == NodeConstraint(
                kind=source.kind
            ):
                return {RDF_TYPE}
            case _:
                return {""}


def _all(masks: list[Mask]) -> Mask:
    met = masks[0].copy()
    for mask in masks[1:]:
        met &= mask
    return met


def _note(found: dict[str, Mask], name: str, mask: Mask) -> None:
    found[name] = found[name] | mask if name in found else mask


def _asks_only_language(constraint: NodeConstraint) -> bool:
    if constraint.pattern is not None or constraint.lengths or constraint.facets:
        return False
    return all(
        isinstance(value, Language) or (isinstance(value, Stem) and value.kind == "language")
        for value in constraint.values or ()
    )


def _asks_only_kind(test: Test) -> bool:
    source = test.source
    return (
        isinstance(test, TermHolds)
        and isinstance(source, NodeConstraint)
        and source == NodeConstraint(kind=source.kind)
    )


def _asks_nothing(test: FlatHolds) -> bool:
    return all(one.test is None and one.min == 0 and one.max is None for one in test.arcs)
