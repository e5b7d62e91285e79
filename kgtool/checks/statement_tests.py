"""Tests of statements themselves, without nodes; see :mod:`kgtool.checks.entity_tests`."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TypeAlias

from kgtool.checks.engine import AndHolds, Arcs, FlatHolds, NotHolds, OrHolds, RefHolds, Test
from kgtool.checks.nodes import Leaf
from kgtool.checks.quick import anything, counted, every, some
from kgtool.checks.snak_tests import OfStatement, SnakTests
from kgtool.checks.terms import RDF_TYPE, Iri
from kgtool.checks.vocabulary import DERIVED, FULL, ONTOLOGY, RANK
from kgtool.entities import Reference, Snak, Statement

OfReference: TypeAlias = Callable[[Reference], bool]


class StatementTests(SnakTests):
    """Makes such tests for one compiled schema."""

    def of_statement(self, test: Test) -> OfStatement | None:
        """A test of a statement."""
        match test:
            case RefHolds():
                shape = self.called(test)
                return None if shape is None else self.of_statement(shape)
            case AndHolds():
                return every([self.of_statement(part) for part in test.parts])
            case OrHolds(parts=[first, second]) if (ranks := self._ranks(first)) is not None:
                other = self.of_statement(second)
                if other is None:
                    return None
                rest: OfStatement = other
                return lambda statement: statement.rank in ranks or rest(statement)
            case OrHolds():
                return some([self.of_statement(part) for part in test.parts])
            case NotHolds():
                inner = self.of_statement(test.part)
                return None if inner is None else lambda statement: not inner(statement)
            case FlatHolds(closed=None):
                return every([self._of_statement_arcs(arcs) for arcs in test.arcs])
            case _:
                return None

    def _of_statement_arcs(self, arcs: Arcs) -> OfStatement | None:
        if arcs.inverse:
            return None
        ranks = self._ranks_of(arcs)
        if ranks is not None:
            return lambda statement: statement.rank in ranks
        if arcs.predicate == DERIVED and arcs.max is None and arcs.min < 2:
            fits = anything if arcs.test is None else self.of_reference(arcs.test)
            if fits is None:
                return None
            allowed = None if arcs.test is None else self._beyond(arcs.test)
            if allowed is None or not arcs.extra or not arcs.min:
                return counted(attrgetter("references"), fits, arcs)
            says_more, named = self._says_more(allowed), self._named(allowed)

            def sourced(statement: Statement) -> bool:
                for reference in statement.references:
                    for property, snaks in reference.snaks.items():
                        if property in named:
                            if says_more(property, snaks):
                                return True
                            continue
                        for snak in snaks:
                            if snak.snaktype != "novalue":
                                return True
                return False

            return sourced
        role, property = self.wiki.role(arcs.predicate)
        if role == "psv" and arcs.min == 0 and arcs.max is None and arcs.test is not None:
            return anything if arcs.extra else self.of_value_node(property, arcs.test)
        if role == "pq" and arcs.max is None and arcs.min < 2:
            said = anything if arcs.test is None else self.of_snak(arcs.test)
            if said is None:
                return None
            if arcs.extra and not arcs.min:
                return anything
            needed, loose, right = arcs.min == 1, arcs.extra, said

            def qualified(statement: Statement) -> bool:
                found = False
                for snak in statement.qualifiers.get(property, ()):
                    if snak.snaktype == "novalue":
                        continue
                    if right(snak):
                        if loose:
                            return True
                        found = True
                    elif not loose:
                        return False
                return found or not needed

            return qualified
        return None

    def passing(self, test: Test) -> tuple[tuple[str, ...] | None, OfStatement | None]:
        """A test of a statement in two: ranks that pass, and the test of all others."""
        match test:
            case RefHolds():
                shape = self.called(test)
                return (None, None) if shape is None else self.passing(shape)
            case OrHolds(parts=[first, second]) if (ranks := self._ranks(first)) is not None:
                return ranks, self.of_statement(second)
            case _:
                return None, self.of_statement(test)

    def _ranks(self, test: Test) -> tuple[str, ...] | None:
        """The ranks with which a statement passes a test that asks nothing else."""
        match test:
            case RefHolds():
                shape = self.called(test)
                return None if shape is None else self._ranks(shape)
            case FlatHolds(closed=None, arcs=[only]):
                return self._ranks_of(only)
            case _:
                return None

    def _ranks_of(self, arcs: Arcs) -> tuple[str, ...] | None:
        if arcs.predicate != RANK or (arcs.min, arcs.max) != (1, 1) or arcs.extra or arcs.inverse:
            return None
        return tuple(
            rank
            for rank in ("preferred", "normal", "deprecated")
            if arcs.fits(Leaf(Iri(f"{ONTOLOGY}{rank.capitalize()}Rank")), self._run)
        )

    def of_reference(self, test: Test) -> OfReference | None:
        """A test of a reference: only whether it has other properties than some."""
        match test:
            case RefHolds():
                shape = self.called(test)
                return None if shape is None else self.of_reference(shape)
            case NotHolds():
                inner = self.of_reference(test.part)
                if inner is None:
                    return None
                outside: Callable[[Reference], bool] = inner
                return lambda reference: not outside(reference)
            case FlatHolds():
                allowed = self._within(test)
                if allowed is None:
                    return None
                says_more = self._says_more(allowed)
                return lambda reference: (
                    not any(
                        says_more(property, snaks) for property, snaks in reference.snaks.items()
                    )
                )
            case _:
                return None

    def _beyond(self, test: Test) -> frozenset[str] | None:
        """The predicates that do not make a reference good, if that is what a test asks."""
        match test:
            case RefHolds():
                shape = self.called(test)
                return None if shape is None else self._beyond(shape)
            case NotHolds(part=FlatHolds() as part):
                return self._within(part)
            case _:
                return None

    def _within(self, test: FlatHolds) -> frozenset[str] | None:
        """The predicates that a closed shape lets a reference have, if it asks nothing else."""
        allowed = test.closed
        if allowed is None or RDF_TYPE not in allowed:
            return None
        for arcs in test.arcs:
            if arcs.test is not None or arcs.min or arcs.max is not None or arcs.inverse:
                return None
        return allowed

    def _named(self, allowed: frozenset[str]) -> frozenset[str]:
        """The properties of references whose simple values are among these predicates."""
        start = self.wiki.predicate("pr", "")
        return frozenset(p.removeprefix(start) for p in allowed if p.startswith(start))

    def _says_more(self, allowed: frozenset[str]) -> Callable[[str, list[Snak]], bool]:
        """Whether the snaks of a property of a reference make other arcs than these."""
        wiki, patterns, named = self.wiki, self.wiki.patterns, self._named(allowed)

        def says_more(property: str, snaks: list[Snak]) -> bool:
            # What has no value makes no arc but one of rdf:type. A value that is neither full
            # nor normalised makes one arc.
            if property not in named:
                return any(snak.snaktype != "novalue" for snak in snaks)
            for snak in snaks:  # a generator is twice as dear
                if (type(snak.datavalue) in FULL or property in patterns) and not (
                    allowed.issuperset(wiki.snak_predicates(snak, "pr"))
                ):
                    return True
            return False

        return says_more
