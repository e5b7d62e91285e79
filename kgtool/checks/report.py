"""Why a node does not conform: every constraint that fails, not the first, in a stable order."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kgtool.checks.demand import Demand, Demands, read_annotations
from kgtool.checks.engine import (
    AndHolds,
    Arcs,
    BagHolds,
    Engine,
    FlatHolds,
    NotHolds,
    OrHolds,
    RefHolds,
    Test,
)
from kgtool.checks.findings import Fault, Kind
from kgtool.checks.nodes import Node
from kgtool.checks.references import constraints_of
from kgtool.checks.runs import Run
from kgtool.checks.schema import (
    And,
    ClassOf,
    NodeConstraint,
    Or,
    Ref,
    Shape,
    ShapeExpr,
)
from kgtool.checks.wording import Names

_SHOWN = 5  # values of a failing constraint that are told


class _Place(Struct, frozen=True):
    """Where the walk is: the steps so far, and the annotations of the constraints around it."""

    path: tuple[str, ...] = ()
    constraint: str = ""
    severity: str = ""
    labels: dict[str, str] = {}
    help: dict[str, str] = {}


class Explainer:
    """Walks a compiled schema beside a node that fails it; ``run`` remembers verdicts."""

    def __init__(self, engine: Engine, names: Names, shape: str, run: Run) -> None:
        self._engine, self._names, self._shape, self._run = engine, names, shape, run
        self.demands = Demands(engine.schema, names)
        self._inside: set[tuple[object, str]] = set()
        # What is said of a constraint is the same for every node; places are kept for their ids.
        self._steps: dict[tuple[int, int], _Place] = {}
        self._start = _Place()

    def of_test(self, node: Node, test: Test) -> Iterator[Fault]:
        """Every failing constraint of the node, in the order of the schema."""
        return self._failures(node, test, self._start)

    def of_arcs(self, node: Node, arcs: Arcs) -> Iterator[Fault]:
        """The same where only these arcs are asked for."""
        return self._of_arcs(node, arcs, self._start)

    def missing(self, arcs: Arcs) -> Fault:
        """That none of these arcs is there."""
        return self._made(self._step(self._start, arcs), "missing", self.demands.of_arcs(arcs))

    def _failures(self, node: Node, test: Test, place: _Place) -> Iterator[Fault]:
        if test.holds(node, self._run):
            return
        match test:
            case RefHolds():
                pair = (node.key, test.label)
                if pair in self._inside:  # a circle of references: told where it began
                    return
                self._inside.add(pair)
                try:
                    yield from self._failures(node, self._engine.shapes[test.label], place)
                finally:  # also where it turns out that this cannot be answered here
                    self._inside.discard(pair)
            case AndHolds():
                for part in test.parts:
                    yield from self._failures(node, part, place)
            case OrHolds():
                spokesman = self.spokesman(test)
                if spokesman is None:
                    yield self._made(place, "value", self.demands.of_test(test), node)
                else:
                    yield from self._failures(node, spokesman, place)
            case FlatHolds():
                for arcs in test.arcs:
                    yield from self._of_arcs(node, arcs, place)
                yield from self._beyond(node, test.closed, place)
            case BagHolds():
                yield from self._of_bag(node, test, place)
            case NotHolds():
                yield self._made(place, "forbidden", self.demands.of_none(test.part), node)
            case _:
                yield self._made(place, "value", self.demands.of_test(test), node)

    def spokesman(self, choice: OrHolds) -> Test | None:
        """The part of a choice that speaks for all: the first that is annotated, else the last.

        What stands before OR is usually an exemption: ``@shape:deprecated OR {…}``. None has more
        to say than the choice itself where all of them are only values.
        """
        for part in choice.parts:
            if not isinstance(part, NotHolds) and self._is_annotated(part.source, set()):
                return part
        if all(isinstance(part.source, NodeConstraint | ClassOf) for part in choice.parts):
            return None
        return choice.parts[-1]

    def _is_annotated(self, expr: ShapeExpr, seen: set[str]) -> bool:
        match expr:
            case Ref(label):
                if label in seen:
                    return False
                return self._is_annotated(self._engine.schema.shapes[label], {*seen, label})
            case And(parts) | Or(parts):
                return any(self._is_annotated(part, seen) for part in parts)
            case Shape(expression) if expression is not None:
                return any(one.annotations for one in constraints_of(expression))
            case _:
                return False

    def _of_arcs(self, node: Node, arcs: Arcs, place: _Place) -> Iterator[Fault]:
        step = self._step(place, arcs)
        fitting, unfit = 0, []
        for value in arcs.values(node):
            if arcs.fits(value, self._run):
                fitting += 1
            else:
                unfit.append(value)
        if unfit and not arcs.extra:
            assert arcs.test is not None
            for value in unfit:
                reasons = list(self._failures(value, arcs.test, step))
                # None where it is in a circle that leads back here.
                yield from reasons or [self._made(step, "value", self.demands.of_arcs(arcs), value)]
        elif fitting < arcs.min and unfit and arcs.test is not None:
            # None of the values fits; what is wrong with each says more than that one is missing.
            reasons = [
                reason
                for value in unfit[:_SHOWN]
                for reason in self._failures(value, arcs.test, step)
            ]
            if any(len(reason.path) > len(step.path) for reason in reasons):
                yield from reasons
            else:
                yield self._made(step, "value", self.demands.of_arcs(arcs), *unfit)
        elif fitting < arcs.min:
            yield self._made(step, "missing", self.demands.of_arcs(arcs))
        if arcs.max is not None and fitting > arcs.max:
            values = [v for v in arcs.values(node) if arcs.fits(v, self._run)]
            yield self._made(step, "many", self.demands.of_arcs(arcs), *values)

    def _of_bag(self, node: Node, test: BagHolds, place: _Place) -> Iterator[Fault]:
        told = False
        for places in test.groups.values():
            first = test.arcs[places[0]]
            step = self._step(place, first)
            unfit = [
                value
                for value in first.values(node)
                if not any(test.arcs[p].fits(value, self._run) for p in places)
            ]
            if unfit and not first.extra:
                asked = self.demands.of_any(test.arcs[p] for p in places)
                yield self._made(step, "value", asked, *unfit)
                told = True
        for fault in self._beyond(node, test.closed, place):
            yield fault
            told = True
        if not told:
            got = [
                f"{sum(1 for _ in one.values(node))} × {self._names.iri(one.predicate)}"
                for one in {(a.predicate, a.inverse): a for a in test.arcs}.values()
            ]
            demand = self.demands.of_bag(test.arcs)
            yield self._finding(place, "combination", demand, tuple(got))

    def _beyond(self, node: Node, allowed: frozenset[str] | None, place: _Place) -> Iterator[Fault]:
        if allowed is None:
            return
        others = [p for p in node.predicates() if p not in allowed]
        if others:
            got = tuple(self._names.iri(p) for p in dict.fromkeys(others))
            yield self._finding(place, "unexpected", self.demands.of_closed(allowed), got)

    def _step(self, place: _Place, arcs: Arcs) -> _Place:
        key = (id(place), id(arcs))
        if key not in self._steps:
            self._steps[key] = self._made_step(place, arcs)
        return self._steps[key]

    def _made_step(self, place: _Place, arcs: Arcs) -> _Place:
        severity, labels, help = read_annotations(arcs.source.annotations)
        return _Place(
            (*place.path, self._names.predicate(arcs.predicate, inverse=arcs.inverse)),
            place.constraint or self.demands.constraint(arcs),
            severity or place.severity,
            labels or place.labels,
            help or place.help,
        )

    def _made(self, place: _Place, kind: Kind, demand: Demand, *nodes: Node) -> Fault:
        got = [self._names.term(node.term) for node in nodes[:_SHOWN]]
        if len(nodes) > _SHOWN:
            got.append(f"… {len(nodes) - _SHOWN} more")
        return self._finding(place, kind, demand, tuple(got))

    def _finding(self, place: _Place, kind: Kind, demand: Demand, got: tuple[str, ...]) -> Fault:
        first = place.path[0].lstrip("^").partition(":")[2] if place.path else ""
        is_property = first[:1] == "P" and first[1:].isdecimal()
        return Fault(
            shape=self._shape,
            path=place.path,
            property=first if is_property else "",
            kind=kind,
            expected=demand.expected,
            wanted=demand.words,
            constraint=place.constraint,
            got=got,
            severity=place.severity or "required",
            labels=place.labels,
            help=place.help,
        )
