"""Tests of entities themselves, without nodes: what most shapes ask, answered from the entity.

Each function here turns a compiled test into one on an entity, statement, reference or value, or
gives ``None`` where the general way through nodes (:mod:`kgtool.checks.entity_nodes`) must be gone.
Both give the same verdicts; this way is some ten times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TypeAlias

from msgspec.structs import replace

from kgtool.checks.engine import AndHolds, Arcs, FlatHolds, NotHolds, OrHolds, RefHolds, Test
from kgtool.checks.nodes import Leaf
from kgtool.checks.quick import anything, counted, every, itself, remembering, some
from kgtool.checks.schema import Language, NodeConstraint, Stem
from kgtool.checks.statement_tests import StatementTests
from kgtool.checks.terms import text_in
from kgtool.checks.vocabulary import DESCRIPTION, LABELS
from kgtool.entities import Entity, Statement, Term

OfEntity: TypeAlias = Callable[[Entity], bool]
OfStatements: TypeAlias = Callable[[list[Statement]], bool]


def _asks_for_some(arcs: Arcs) -> bool:
    return not arcs.inverse and arcs.max is None and arcs.min < 2


class EntityTests(StatementTests):
    """Makes such tests for one compiled schema."""

    def of_entity(self, test: Test) -> OfEntity | None:
        """A test of an entity."""
        match test:
            case RefHolds():
                shape = self.called(test)
                return None if shape is None else self.of_entity(shape)
            case AndHolds():
                return every([self.of_entity(part) for part in test.parts])
            case OrHolds():
                return some([self.of_entity(part) for part in test.parts])
            case NotHolds():
                inner = self.of_entity(test.part)
                return None if inner is None else lambda entity: not inner(entity)
            case FlatHolds(closed=None):
                return every([self.of_arcs(arcs) for arcs in test.arcs])
            case _:
                return None

    def of_arcs(self, arcs: Arcs) -> OfEntity | None:
        """Whether an entity has the arcs that a constraint wants, and as many."""
        role, property = self.wiki.role(arcs.predicate)
        if role in ("wdt", "p"):
            fits = self.of_statements(arcs)
            if fits is None:
                return None
            needed, enough = arcs.min == 1, fits

            def has(entity: Entity) -> bool:
                statements = entity.claims.get(property)
                return enough(statements) if statements else not needed

            return has
        if arcs.predicate in LABELS or arcs.predicate == DESCRIPTION:
            return self._texts(arcs) if _asks_for_some(arcs) else None
        return None

    def of_statements(self, arcs: Arcs) -> OfStatements | None:
        """The same for the statements of one property, of which there is at least one."""
        if arcs.max == 0 and not arcs.inverse:
            return self._none_of(arcs)
        if not _asks_for_some(arcs):
            return None
        role, _ = self.wiki.role(arcs.predicate)
        if role == "wdt":
            return self._direct(arcs)
        if arcs.test is None:
            return anything
        fits = self.of_statement(arcs.test)
        return None if fits is None else counted(itself, fits, arcs)

    def _none_of(self, arcs: Arcs) -> OfStatements | None:
        # Without EXTRA there may be no arc at all; with it, none to a value that fits.
        one = replace(arcs.source, min=1, max=None)
        some = self.of_statements(Arcs(one, arcs.test if arcs.extra else None, extra=True))
        return None if some is None else lambda statements: not some(statements)

    def _direct(self, arcs: Arcs) -> OfStatements | None:
        fits = None if arcs.test is None else self.of_snak(arcs.test)
        if arcs.test is not None and fits is None:
            return None
        needed, strict = arcs.min == 1, fits is not None and not arcs.extra

        def has(statements: list[Statement]) -> bool:
            if len(statements) == 1:
                (one,) = statements
                snak = one.mainsnak
                if one.rank == "deprecated" or snak.snaktype == "novalue":
                    return not needed
                return fits is None or fits(snak) or not (strict or needed)
            found = False
            preferred = False
            for statement in statements:
                if statement.rank == "preferred":
                    preferred = True
                    break
            for statement in statements:
                rank = statement.rank
                if rank == "deprecated" or (preferred and rank == "normal"):
                    continue
                snak = statement.mainsnak
                if snak.datavalue is None and snak.snaktype != "somevalue":
                    continue
                if fits is None or fits(snak):
                    if not strict:
                        return True
                    found = True
                elif strict:
                    return False
            return found or not needed

        return has

    def guard(self, test: Test) -> tuple[str, frozenset[str]] | None:
        """A property and ids, if the test is met wherever no statement of it has one of them.

        So it is with “not in Sweden, or with a label in Swedish”.
        """
        if not isinstance(test, OrHolds):
            return None
        for part in test.parts:
            inner = part.part if isinstance(part, NotHolds) else None
            while isinstance(inner, RefHolds):
                inner = self.called(inner)
            match inner:
                case FlatHolds(closed=None, arcs=[Arcs(inverse=False, extra=True) as only]):
                    role, property = self.wiki.role(only.predicate)
                    ids = None if only.test is None else self.ids_of(only.test)
                    if role == "wdt" and only.min and ids is not None:
                        return property, ids
        return None

    def _texts(self, arcs: Arcs) -> OfEntity | None:
        source = None if arcs.test is None else arcs.test.source
        if not isinstance(source, NodeConstraint) or source != NodeConstraint(values=source.values):
            return None
        values = source.values or ()
        if not all(
            isinstance(one, Language) or (isinstance(one, Stem) and one.kind == "language")
            for one in values
        ):
            return None
        terms_of = attrgetter("descriptions" if arcs.predicate == DESCRIPTION else "labels")
        likely = [one.tag for one in values if isinstance(one, Language)]
        run = self._run
        allowed = remembering(lambda code: arcs.fits(Leaf(text_in("", code)), run))
        met = counted(
            lambda entity: terms_of(entity).values(), lambda term: allowed(term.language), arcs
        )
        if not (arcs.extra and arcs.min == 1):
            return met

        def labelled(entity: Entity) -> bool:
            terms: dict[str, Term] = terms_of(entity)
            for code in likely:
                term = terms.get(code)
                if term is not None and term.language == code:
                    return True
            return met(entity)

        return labelled
