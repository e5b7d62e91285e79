"""Schemas compiled to tests of nodes.

Every shape expression becomes an object with ``holds``; see :mod:`kgtool.checks.runs` for how
references are followed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeAlias

from kgtool.checks.bags import Bag
from kgtool.checks.nodes import Node
from kgtool.checks.references import References
from kgtool.checks.runs import Run
from kgtool.checks.schema import (
    And,
    ClassOf,
    EachOf,
    Not,
    Or,
    Ref,
    Schema,
    Shape,
    ShapeExpr,
    TripleConstraint,
    TripleExpr,
)
from kgtool.checks.terms import Iri
from kgtool.checks.values import TermTest, compile_values
from kgtool.errors import NotFound

Closures: TypeAlias = Callable[[str], Collection[str]]
"""Id of a class → ids of the class itself and of all its subclasses."""


class Test:
    """A compiled shape expression.

    Not an abstract base class: these are told apart in the hottest loops, and ``isinstance`` of
    those is many times as dear.
    """

    __slots__ = ("source",)
    source: ShapeExpr

    def holds(self, node: Node, run: Run) -> bool:
        """Whether the node satisfies the expression."""
        raise NotImplementedError


class TermHolds(Test):
    """A node constraint. ``test`` is ``None`` if every node meets it."""

    __slots__ = ("test",)

    def __init__(self, source: ShapeExpr, test: TermTest | None) -> None:
        self.source, self.test = source, test

    def holds(self, node: Node, run: Run) -> bool:
        return self.test is None or self.test(node.term)


class ClassHolds(Test):
    """Membership in the subclass closure of some classes."""

    __slots__ = ("_base", "within")

    def __init__(self, source: ClassOf, base: str, classes: Closures) -> None:
        self.source, self._base = source, base
        self.within = [classes(root) for root in source.roots]

    def id_of(self, node: Node) -> str:
        """Id of the item that a node is, ``""`` if it is none."""
        term = node.term
        if not isinstance(term, Iri) or not term.value.startswith(self._base):
            return ""
        return term.value[len(self._base) :]

    def has(self, id: str) -> bool:
        """Whether an item is one of the classes or of their subclasses."""
        return any(id in ids for ids in self.within)

    def holds(self, node: Node, run: Run) -> bool:
        return self.has(self.id_of(node))


class RefHolds(Test):
    """A reference to a shape."""

    __slots__ = ("label",)

    def __init__(self, source: Ref) -> None:
        self.source, self.label = source, source.label

    def holds(self, node: Node, run: Run) -> bool:
        return run.satisfies(node, self.label)


class AndHolds(Test):
    """All parts."""

    __slots__ = ("parts",)

    def __init__(self, source: And, parts: list[Test]) -> None:
        self.source, self.parts = source, parts

    def holds(self, node: Node, run: Run) -> bool:
        return all(part.holds(node, run) for part in self.parts)


class OrHolds(Test):
    """Some part."""

    __slots__ = ("parts",)

    def __init__(self, source: Or, parts: list[Test]) -> None:
        self.source, self.parts = source, parts

    def holds(self, node: Node, run: Run) -> bool:
        return any(part.holds(node, run) for part in self.parts)


class NotHolds(Test):
    """Not the part."""

    __slots__ = ("part",)

    def __init__(self, source: Not, part: Test) -> None:
        self.source, self.part = source, part

    def holds(self, node: Node, run: Run) -> bool:
        return not self.part.holds(node, run)


class Arcs:
    """A triple constraint, compiled. ``test`` is ``None`` if any value will do."""

    __slots__ = ("extra", "inverse", "max", "min", "predicate", "source", "test")

    def __init__(self, source: TripleConstraint, test: Test | None, extra: bool) -> None:
        self.source, self.test = source, test
        self.predicate, self.inverse = source.predicate, source.inverse
        self.min, self.max = source.min, source.max
        # EXTRA is about arcs that leave the node; of incoming ones each must fit.
        self.extra = extra and not source.inverse

    def values(self, node: Node) -> Iterable[Node]:
        """The nodes at the other ends."""
        return node.incoming(self.predicate) if self.inverse else node.out(self.predicate)

    def fits(self, value: Node, run: Run) -> bool:
        """Whether a value is like the constraint wants it."""
        return self.test is None or self.test.holds(value, run)


class FlatHolds(Test):
    """A shape in which each predicate stands once and nothing is grouped: most shapes there are."""

    __slots__ = ("arcs", "closed")

    def __init__(self, source: Shape, arcs: list[Arcs]) -> None:
        self.source, self.arcs = source, arcs
        self.closed = _allowed(source, [one.source for one in arcs])

    def holds(self, node: Node, run: Run) -> bool:
        for one in self.arcs:
            number = 0
            for value in one.values(node):
                if one.fits(value, run):
                    number += 1
                elif not one.extra:
                    return False
            if number < one.min or (one.max is not None and number > one.max):
                return False
        return self.closed is None or all(p in self.closed for p in node.predicates())


class BagHolds(Test):
    """Any other shape."""

    __slots__ = ("arcs", "bag", "closed", "groups")

    def __init__(self, source: Shape, bag: Bag, arcs: list[Arcs]) -> None:
        self.source, self.bag, self.arcs = source, bag, arcs
        self.closed = _allowed(source, bag.constraints)
        self.groups: dict[tuple[str, bool], list[int]] = {}
        for place, one in enumerate(arcs):
            self.groups.setdefault((one.predicate, one.inverse), []).append(place)

    def holds(self, node: Node, run: Run) -> bool:
        if self.closed is not None and not all(p in self.closed for p in node.predicates()):
            return False
        possible: dict[tuple[int, ...], int] = {}
        for places in self.groups.values():
            first = self.arcs[places[0]]
            for value in first.values(node):
                fitting = tuple(p for p in places if self.arcs[p].fits(value, run))
                if fitting:
                    possible[fitting] = possible.get(fitting, 0) + 1
                elif not first.extra:
                    return False
        return self.bag.admits(possible)


def _allowed(source: Shape, constraints: list[TripleConstraint]) -> frozenset[str] | None:
    return frozenset(one.predicate for one in constraints) if source.closed else None


class Engine:
    """A compiled schema. ``shapes`` are tests by label; ``start`` may be ``None``.

    ``base`` is what IRIs of items begin with; ``classes`` gives subclass closures.

    :raises NotFound: a shape that is referred to is not there.
    :raises InputError: a regular expression is broken.
    :raises Unsupported: a construct that only the reference engine knows.
    """

    def __init__(self, schema: Schema, base: str = "", classes: Closures | None = None) -> None:
        self._base = base
        self._classes = classes or (lambda root: (root,))
        self.schema = schema
        self.references = References(schema)
        self.shapes = {label: self.compile(expr) for label, expr in schema.shapes.items()}
        self.start = None if schema.start is None else self.compile(schema.start)

    def test(self, label: str | None = None) -> Test:
        """The test of a shape, or of the start shape.

        :raises NotFound: there is no such shape.
        """
        if label is None:
            if self.start is None:
                raise NotFound("The schema names no start shape.", hint="Name a shape of it.")
            return self.start
        if label not in self.shapes:
            known = ", ".join(self.shapes)
            raise NotFound(f"The schema has no shape <{label}>.", hint=f"It has: {known}.")
        return self.shapes[label]

    def compile(self, expr: ShapeExpr) -> Test:
        """One shape expression as a test."""
        match expr:
            case Ref():
                return RefHolds(expr)
            case ClassOf():
                return ClassHolds(expr, self._base, self._classes)
            case And(parts):
                return AndHolds(expr, [self.compile(part) for part in parts])
            case Or(parts):
                return OrHolds(expr, [self.compile(part) for part in parts])
            case Not(part):
                return NotHolds(expr, self.compile(part))
            case Shape():
                return self._shape(expr)
            case _:
                return TermHolds(expr, compile_values(expr))

    def _shape(self, shape: Shape) -> Test:
        flat = [] if shape.expression is None else _flat(shape.expression)
        if flat is not None and len({(c.predicate, c.inverse) for c in flat}) == len(flat):
            return FlatHolds(shape, [self._arcs(one, shape) for one in flat])
        assert shape.expression is not None
        bag = Bag(shape.expression)
        return BagHolds(shape, bag, [self._arcs(one, shape) for one in bag.constraints])

    def _arcs(self, constraint: TripleConstraint, shape: Shape) -> Arcs:
        test = None if constraint.value is None else self.compile(constraint.value)
        if isinstance(test, TermHolds) and test.test is None:
            test = None
        return Arcs(constraint, test, constraint.predicate in shape.extra)


def _flat(expression: TripleExpr) -> list[TripleConstraint] | None:
    """The constraints of a group without alternatives or repetition; else ``None``."""
    if isinstance(expression, TripleConstraint):
        return [expression]
    if not isinstance(expression, EachOf) or (expression.min, expression.max) != (1, 1):
        return None
    found: list[TripleConstraint] = []
    for part in expression.parts:
        inner = _flat(part)
        if inner is None:
            return None
        found += inner
    return found
