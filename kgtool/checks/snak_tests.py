"""Tests of values themselves, without nodes; see :mod:`kgtool.checks.entity_tests`."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeAlias

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
from kgtool.checks.entity_nodes import ValueNode, Wiki
from kgtool.checks.quick import MOST_VALUES, anything, every, itself, remembering, some
from kgtool.checks.runs import Run
from kgtool.checks.schema import NodeConstraint
from kgtool.checks.terms import Iri
from kgtool.checks.vocabulary import FULL, ONTOLOGY
from kgtool.entities import (
    CoordinateValue,
    EntityIdValue,
    QuantityValue,
    Snak,
    Statement,
    StringValue,
    TimeValue,
)

OfSnak: TypeAlias = Callable[[Snak], bool]
OfStatement: TypeAlias = Callable[[Statement], bool]


# Datatypes whose strings are IRIs in RDF, whatever they are.
_IRIS = frozenset({"url", "commonsMedia", "localMedia", "geo-shape", "tabular-data"})
# Arcs of value nodes that one part of a value of that sort decides.
_DECIDING: dict[str, tuple[type, Callable[[Any], object]]] = {
    f"{ONTOLOGY}timePrecision": (TimeValue, attrgetter("value.precision")),
    f"{ONTOLOGY}timeCalendarModel": (TimeValue, attrgetter("value.calendarmodel")),
    f"{ONTOLOGY}quantityUnit": (QuantityValue, attrgetter("value.unit")),
    f"{ONTOLOGY}geoGlobe": (CoordinateValue, attrgetter("value.globe")),
}


class SnakTests:
    """Makes such tests for one compiled schema; ``run`` remembers verdicts on other entities."""

    def __init__(self, engine: Engine, wiki: Wiki, run: Run) -> None:
        self._engine, self.wiki, self._run = engine, wiki, run

    def called(self, test: RefHolds) -> Test | None:
        """The test of the shape that is referred to, if it can be asked without the fixpoint."""
        if test.label in self._engine.references.deep:
            return None
        return self._engine.shapes[test.label]

    def of_snak(self, test: Test) -> OfSnak | None:
        """A test of the simple value of a snak that is there or unknown."""
        match test:
            case RefHolds():
                shape = self.called(test)
                return None if shape is None else self.of_snak(shape)
            case AndHolds():
                return every([self.of_snak(part) for part in test.parts])
            case OrHolds():
                return some([self.of_snak(part) for part in test.parts])
            case NotHolds():
                inner = self.of_snak(test.part)
                return None if inner is None else lambda snak: not inner(snak)
            case ClassHolds():
                return self._of_entities(remembering(test.has), test)
            case TermHolds():
                ids = self.ids_of(test)
                if ids is not None:
                    return self._of_entities(ids.__contains__, test)
                return anything if test.test is None else self._of_term(test)
            case _:
                return None

    def ids_of(self, test: Test) -> frozenset[str] | None:
        """The ids that a test wants, if it wants one of some entities and nothing else."""
        if not isinstance(test, TermHolds) or not isinstance(test.source, NodeConstraint):
            return None
        values = test.source.values
        if values is None or test.source != NodeConstraint(values=values):
            return None
        base = self.wiki.entities
        listed = [one.value for one in values if isinstance(one, Iri)]
        if len(listed) < len(values) or not all(one.startswith(base) for one in listed):
            return None
        return frozenset(one[len(base) :] for one in listed)

    def _of_entities(self, wanted: Callable[[str], bool], test: Test) -> OfSnak:
        general = self._general(test)

        def is_wanted(snak: Snak) -> bool:
            value = snak.datavalue
            if type(value) is EntityIdValue:
                return wanted(value.value.id)
            # An address may be that of an entity.
            return type(value) is StringValue and snak.datatype in _IRIS and general(snak)

        return is_wanted

    def _general(self, test: Test) -> OfSnak:
        wiki, run = self.wiki, self._run

        def general(snak: Snak) -> bool:
            node = wiki.simple(snak, "wdt", "")
            return node is not None and test.holds(node, run)

        return general

    def _of_term(self, test: TermHolds) -> OfSnak:
        source, general = test.source, self._general(test)
        if isinstance(source, NodeConstraint) and source == NodeConstraint(kind="iri"):
            return lambda snak: (
                type(value := snak.datavalue) is EntityIdValue
                or (type(value) is StringValue and snak.datatype in _IRIS)
                or general(snak)
            )
        return general

    def of_value_node(self, property: str, test: Test) -> OfStatement:
        """Whether the value node of a statement, if it has one, passes."""
        wiki, run = self.wiki, self._run
        # Where one part of the value decides, verdicts are remembered by that part alone.
        deciding, part = _DECIDING.get(self._asked(test), (None, itself))
        known: dict[object, bool] = {}

        def right(statement: Statement) -> bool:
            snak = statement.mainsnak
            value: Any = snak.datavalue
            sort = type(value)
            if sort not in FULL or snak.property != property:
                return True
            key = part(value) if sort is deciding else value
            verdict = known.get(key)
            if verdict is None:
                if len(known) > MOST_VALUES:
                    known.clear()
                verdict = known[key] = test.holds(ValueNode(wiki, value), run)
            return verdict

        return right

    def _asked(self, test: Test) -> str:
        """The one predicate that a test of a value node looks at, ``""`` if that is not all."""
        match test:
            case RefHolds():
                shape = self.called(test)
                return "" if shape is None else self._asked(shape)
            case FlatHolds(closed=None, arcs=[Arcs(inverse=False) as only]):
                return only.predicate
            case _:
                return ""
