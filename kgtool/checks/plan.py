"""The order in which an entity is asked what a schema wants: constraint by constraint, fast first.

A schema is mostly a conjunction, written over several shapes. Here it lies flat: each constraint of
the entity with its quick test (:mod:`kgtool.checks.entity_tests`), and the general way where there
is none, or where a failure must be told.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kgtool.checks.engine import (
    AndHolds,
    Arcs,
    BagHolds,
    Engine,
    FlatHolds,
    NotHolds,
    OrHolds,
    RefHolds,
    Run,
    Test,
)
from kgtool.checks.entity_nodes import EntityNode, Wiki
from kgtool.checks.entity_tests import EntityTests, OfEntity
from kgtool.checks.nodes import Node
from kgtool.checks.report import Explainer, Finding
from kgtool.checks.terms import Term
from kgtool.entities import Entity


class _Rule(Struct, frozen=True, eq=False):
    """One constraint, with ``arcs``, or another part of the conjunction.

    ``missing`` is what is found where an entity has no statement of the property at all.
    """

    test: Test
    arcs: Arcs | None
    quick: OfEntity | None
    property: str = ""
    missing: Finding | None = None


class Plan:
    """All rules of a test, in the order of the schema."""

    def __init__(
        self, engine: Engine, test: Test, tests: EntityTests, explainer: Explainer
    ) -> None:
        self._engine, self._tests, self._explainer = engine, tests, explainer
        self._rules = list(self._of(test))
        self._slow = any(rule.quick is None for rule in self._rules)

    def conforms(self, entity: Entity, wiki: Wiki, run: Run) -> bool:
        """Whether an entity meets all rules."""
        for rule in self._rules:
            if rule.quick is not None and not rule.quick(entity):
                return False
        if not self._slow:
            return True
        node = wiki.node(entity)
        return all(_met(rule, node, run) for rule in self._rules if rule.quick is None)

    def findings(self, entity: Entity, wiki: Wiki, run: Run) -> list[Finding]:
        """What an entity fails, each finding once."""
        found: list[Finding] = []
        node: EntityNode | None = None
        id = entity.id or "new"
        claims = entity.claims
        general = 0
        for rule in self._rules:
            quick, missing = rule.quick, rule.missing
            if quick is not None:
                if quick(entity):
                    continue
                if missing is not None and rule.property not in claims:
                    m = missing
                    found.append(
                        Finding(
                            id,
                            m.shape,
                            m.path,
                            m.property,
                            m.kind,
                            m.expected,
                            m.constraint,
                            m.got,
                            m.severity,
                            m.labels,
                            m.help,
                        )
                    )
                    continue
            node = node or wiki.node(entity)
            if quick is None and _met(rule, node, run):
                continue
            general += 1
            if rule.arcs is None:
                found += self._explainer.of_test(id, node, rule.test)
            else:
                found += self._explainer.of_arcs(id, node, rule.arcs)
        return _each_once(found) if general else found

    def _of(self, test: Test) -> Iterator[_Rule]:
        match test:
            case RefHolds() if test.label not in self._engine.references.deep:
                yield from self._of(self._engine.shapes[test.label])
            case AndHolds():
                for part in test.parts:
                    yield from self._of(part)
            case FlatHolds(closed=None):
                for arcs in test.arcs:
                    yield self._of_arcs(test, arcs)
            case _:
                yield _Rule(test, None, self._tests.of_entity(test))

    def _of_arcs(self, test: Test, arcs: Arcs) -> _Rule:
        quick = self._tests.of_arcs(arcs)
        role, property = self._tests.wiki.role(arcs.predicate)
        if quick is None or role not in ("wdt", "p") or arcs.min == 0:
            return _Rule(test, arcs, quick)
        return _Rule(test, arcs, quick, property, self._explainer.missing(arcs))


def _met(rule: _Rule, node: Node, run: Run) -> bool:
    if rule.arcs is None:
        return rule.test.holds(node, run)
    number = 0
    for value in rule.arcs.values(node):
        if rule.arcs.fits(value, run):
            number += 1
        elif not rule.arcs.extra:
            return False
    return number >= rule.arcs.min and (rule.arcs.max is None or number <= rule.arcs.max)


def _each_once(found: list[Finding]) -> list[Finding]:
    if len(found) < 2:
        return found
    known = {(one.path, one.kind, one.expected, one.got): one for one in reversed(found)}
    return list(reversed(known.values())) if len(known) < len(found) else found


def looked_at(engine: Engine, test: Test, node: Node) -> Iterator[tuple[Term, str, Term]]:
    """The triples that a test looks at, from a node onwards; some may come twice."""
    seen: set[tuple[int, object]] = set()
    waiting = [(test, node)]
    while waiting:
        asked, at = waiting.pop()
        if (id(asked), at.key) in seen:
            continue
        seen.add((id(asked), at.key))
        match asked:
            case RefHolds():
                waiting.append((engine.shapes[asked.label], at))
            case AndHolds() | OrHolds():
                waiting += [(part, at) for part in asked.parts]
            case NotHolds():
                waiting.append((asked.part, at))
            case FlatHolds() | BagHolds():
                for arcs in asked.arcs:
                    for value in arcs.values(at):
                        ends = (value.term, at.term) if arcs.inverse else (at.term, value.term)
                        yield ends[0], arcs.predicate, ends[1]
                        if arcs.test is not None:
                            waiting.append((arcs.test, value))
                if asked.closed is not None:
                    for predicate in at.predicates():
                        for value in at.out(predicate):
                            yield at.term, predicate, value.term
