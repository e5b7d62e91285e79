"""The order in which an entity is asked what a schema wants: constraint by constraint, fast first.

A schema is mostly a conjunction, written over several shapes. Here it lies flat: each constraint of
the entity with its quick test (:mod:`kgtool.checks.entity_tests`), and the general way where there
is none, or where a failure must be told.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import groupby

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
    TermHolds,
    Test,
)
from kgtool.checks.entity_nodes import EntityNode, Wiki
from kgtool.checks.entity_tests import EntityTests, OfEntity, OfStatements
from kgtool.checks.findings import Fault, Finding
from kgtool.checks.guards import by_value
from kgtool.checks.nodes import Node
from kgtool.checks.report import Explainer
from kgtool.checks.runs import Run
from kgtool.checks.snak_tests import OfStatement
from kgtool.checks.terms import Term
from kgtool.checks.unrolled import Step, Unrolled, unrolled
from kgtool.checks.vocabulary import DERIVED, RANK
from kgtool.entities import Entity, Statement

# Kept answers of a rule: most statements have one of few references, such as “from Wikipedia”.
_REMEMBERED = 4096


class _Rule(Struct, frozen=True, eq=False):
    """One constraint, with ``arcs``, or another part of the conjunction.

    ``enough`` is the quick test where there are statements of ``property``, ``missing`` what is
    found where there are none. ``fits`` is the quick test of each statement, where all must fit,
    but for those of ``passing`` ranks. ``unsourced`` is what was found at statements, where a rule
    looks at ranks and references alone, by those of the ones that fail. ``parts`` are the rules
    that speak for a choice of which no part is met. ``concerned`` gives, for statements of
    ``property``, which rules apply, each as a way of its own; ``quick`` is the test of them all.
    """

    test: Test
    arcs: Arcs | None
    quick: OfEntity | None
    property: str = ""
    enough: OfStatements | None = None
    missing: Fault | None = None
    fits: OfStatement | None = None
    passing: tuple[str, ...] | None = None
    unsourced: dict[Hashable, list[Fault]] | None = None
    parts: tuple[_Rule, ...] = ()
    concerned: Callable[[list[Statement]], Iterable[Unrolled]] | None = None

    def step(self) -> Step:
        """The rule as a step of the quick way through all of them."""
        arcs = self.arcs
        return Step(
            self,
            self.property,
            self.missing,
            is_plain=arcs is not None and arcs.test is None and arcs.max is None,
            enough=self.enough,
            fits=self.fits,
            passing=self.passing,
            unsourced=self.unsourced,
            concerned=self.concerned,
            quick=self.quick if self.enough is None else None,
            parts=tuple(part.step() for part in self.parts),
        )


class Plan:
    """All rules of a test, in the order of the schema."""

    def __init__(
        self, engine: Engine, test: Test, tests: EntityTests, explainer: Explainer
    ) -> None:
        self._engine, self._test = engine, test
        self._tests, self._explainer = tests, explainer
        rules = list(self._of(test))
        self._repeats = _repeat(rules)
        self._rules = list(self._grouped(rules))
        self._through = unrolled(rule.step() for rule in self._rules)
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
        faults: list[Fault] = []
        node: EntityNode | None = None
        general = self._repeats

        def slow(rule: _Rule, place: Hashable) -> None:
            nonlocal node, general
            node = node or wiki.node(entity)
            if rule.unsourced is not None and rule.arcs is not None:
                told = _each_once(list(self._explainer.of_arcs(node, rule.arcs)))
                if len(rule.unsourced) < _REMEMBERED:
                    rule.unsourced[place] = told
                faults.extend(told)
                return
            if rule.quick is None and _met(rule, node, run):
                return
            general = True
            if rule.arcs is None:
                faults.extend(self._explainer.of_test(node, rule.test))
            else:
                faults.extend(self._explainer.of_arcs(node, rule.arcs))

        self._through(entity, faults.append, slow)
        if not faults:
            return []
        id = entity.id or "new"
        return [Finding(id, one) for one in (_each_once(faults) if general else faults)]

    def walk(self, entity: Entity, wiki: Wiki, run: Run) -> list[Finding]:
        """The same, without any of the quick tests."""
        node = wiki.node(entity)
        if self._test.holds(node, run):
            return []
        faults = _each_once(list(self._explainer.of_test(node, self._test)))
        return [Finding(node.id, one) for one in faults]

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
            case OrHolds():
                quick = self._tests.of_entity(test)
                spokesman = self._explainer.spokesman(test)
                parts: tuple[_Rule, ...] = ()
                if quick is not None and spokesman is not None:
                    parts = tuple(self._of(spokesman))
                yield _Rule(test, None, quick, parts=parts)
            case _:
                yield _Rule(test, None, self._tests.of_entity(test))

    def _grouped(self, rules: list[_Rule]) -> Iterator[_Rule]:
        """The rules, with those in one that the values of one property choose among."""
        guards = [None if one.quick is None else self._tests.guard(one.test) for one in rules]
        pairs = list(zip(guards, rules, strict=True))
        for property, group in groupby(pairs, lambda pair: pair[0] and pair[0][0]):
            if property is None:
                yield from (rule for _, rule in group)
            else:
                yield _choosing(property, [(guard[1], rule) for guard, rule in group if guard])

    def _of_arcs(self, test: Test, arcs: Arcs) -> _Rule:
        quick = self._tests.of_arcs(arcs)
        role, property = self._tests.wiki.role(arcs.predicate)
        if quick is None or role not in ("wdt", "p"):
            return _Rule(test, arcs, quick)
        missing = self._explainer.missing(arcs) if arcs.min else None
        enough = self._tests.of_statements(arcs)
        if role != "p" or arcs.test is None or arcs.extra or arcs.max is not None:
            return _Rule(test, arcs, quick, property, enough, missing)
        passing, fits = self._tests.passing(arcs.test)
        looks = _touched(self._engine, arcs.test)
        known = looks <= {RANK, DERIVED} and _stays_within_references(self._engine, arcs.test)
        unsourced: dict[Hashable, list[Fault]] | None = {} if known else None
        return _Rule(test, arcs, quick, property, enough, missing, fits, passing, unsourced)


def _choosing(property: str, guarded: list[tuple[frozenset[str], _Rule]]) -> _Rule:
    """One rule in place of several, of which the values of a property say which apply."""
    rules = by_value(guarded)

    def quick(entity: Entity) -> bool:
        statements = entity.claims.get(property)
        return not statements or all(_quickly(rule, entity) for rule in rules(statements))

    ways = by_value((ids, unrolled([rule.step()])) for ids, rule in guarded)
    return _Rule(guarded[0][1].test, None, quick, property, concerned=ways)


def _quickly(rule: _Rule, entity: Entity) -> bool:
    return rule.quick is not None and rule.quick(entity)


def _repeat(rules: Iterable[_Rule]) -> bool:
    """Whether two rules can find the same: then what is found is looked through for it."""
    seen: set[object] = set()
    waiting = list(rules)
    while waiting:
        rule = waiting.pop()
        waiting += rule.parts
        found = None if rule.missing is None else (rule.missing.path, rule.missing.expected)
        looked = None if rule.unsourced is None else rule.property
        for one in (found, looked):
            if one is not None and one in seen:
                return True
            seen.add(one)
    return False


def _touched(engine: Engine, test: Test) -> set[str]:
    """Predicates that a test follows from its node, ``""`` where it looks at more."""
    match test:
        case RefHolds() if test.label not in engine.references.deep:
            return _touched(engine, engine.shapes[test.label])
        case AndHolds() | OrHolds():
            return {one for part in test.parts for one in _touched(engine, part)}
        case NotHolds():
            return _touched(engine, test.part)
        case FlatHolds(closed=None):
            return {"" if arcs.inverse else arcs.predicate for arcs in test.arcs}
        case _:
            return {""}


def _stays_within_references(engine: Engine, test: Test) -> bool:
    """Whether a test of statements looks at no more of references than their snaks' values."""

    def terms_alone(shape: FlatHolds) -> bool:
        return all(
            not arcs.inverse and (arcs.test is None or isinstance(arcs.test, TermHolds))
            for arcs in shape.arcs
        )

    def within(shape: FlatHolds) -> bool:
        return all(
            arcs.predicate != DERIVED
            or arcs.test is None
            or _throughout(engine, arcs.test, terms_alone)
            for arcs in shape.arcs
        )

    return _throughout(engine, test, within)


def _throughout(engine: Engine, test: Test, fits: Callable[[FlatHolds], bool]) -> bool:
    """Whether all shapes that a test puts together for one node fit."""
    match test:
        case RefHolds() if test.label not in engine.references.deep:
            return _throughout(engine, engine.shapes[test.label], fits)
        case AndHolds() | OrHolds():
            return all(_throughout(engine, part, fits) for part in test.parts)
        case NotHolds():
            return _throughout(engine, test.part, fits)
        case FlatHolds():
            return fits(test)
        case _:
            return isinstance(test, TermHolds)


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


def _each_once(found: list[Fault]) -> list[Fault]:
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
