"""Tests of entities themselves, without nodes: what most shapes ask, answered from the entity.

Each function here turns a compiled test into one on an entity, statement, reference or value, or
gives ``None`` where the general way through nodes (:mod:`kgtool.checks.entity_nodes`) must be gone.
Both give the same verdicts; this way is some ten times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TypeAlias

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
from kgtool.checks.entity_nodes import (
    DERIVED,
    DESCRIPTION,
    LABELS,
    RANK,
    ValueNode,
    Wiki,
)
from kgtool.checks.nodes import Leaf
from kgtool.checks.page_nodes import ONTOLOGY
from kgtool.checks.quick import MOST_VALUES, anything, counted, every, itself, remembering, some
from kgtool.checks.runs import Run
from kgtool.checks.schema import Language, NodeConstraint, Stem
from kgtool.checks.terms import RDF_TYPE, Iri, text_in
from kgtool.entities import (
    CoordinateValue,
    Entity,
    EntityIdValue,
    QuantityValue,
    Reference,
    Snak,
    Statement,
    Term,
    TimeValue,
)

OfEntity: TypeAlias = Callable[[Entity], bool]
OfStatements: TypeAlias = Callable[[list[Statement]], bool]
OfStatement: TypeAlias = Callable[[Statement], bool]
OfReference: TypeAlias = Callable[[Reference], bool]
OfSnak: TypeAlias = Callable[[Snak], bool]


class EntityTests:
    """Makes such tests for one compiled schema; ``run`` remembers verdicts on other entities."""

    def __init__(self, engine: Engine, wiki: Wiki, run: Run) -> None:
        self._engine, self.wiki, self._run = engine, wiki, run

    def of_entity(self, test: Test) -> OfEntity | None:
        """A test of an entity."""
        match test:
            case RefHolds():
                shape = self._called(test)
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
        if arcs.inverse or arcs.max is not None or arcs.min > 1:
            return None
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
            return self._texts(arcs)
        return None

    def of_statements(self, arcs: Arcs) -> OfStatements | None:
        """The same for the statements of one property, of which there is at least one."""
        if arcs.inverse or arcs.max is not None or arcs.min > 1:
            return None
        role, _ = self.wiki.role(arcs.predicate)
        if role == "wdt":
            return self._direct(arcs)
        if arcs.test is None:
            return anything
        fits = self.of_statement(arcs.test)
        return None if fits is None else counted(itself, fits, arcs)

    def _called(self, test: RefHolds) -> Test | None:
        if test.label in self._engine.references.deep:
            return None
        return self._engine.shapes[test.label]

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

    def of_statement(self, test: Test) -> OfStatement | None:
        """A test of a statement."""
        match test:
            case RefHolds():
                shape = self._called(test)
                return None if shape is None else self.of_statement(shape)
            case AndHolds():
                return every([self.of_statement(part) for part in test.parts])
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
        if arcs.predicate == RANK and (arcs.min, arcs.max) == (1, 1) and not arcs.extra:
            ranks = {
                rank
                for rank in ("preferred", "normal", "deprecated")
                if arcs.fits(Leaf(Iri(f"{ONTOLOGY}{rank.capitalize()}Rank")), self._run)
            }
            return lambda statement: statement.rank in ranks
        if arcs.predicate == DERIVED and arcs.max is None and arcs.min < 2:
            fits = anything if arcs.test is None else self.of_reference(arcs.test)
            if fits is None:
                return None
            return counted(lambda statement: statement.references, fits, arcs)
        role, property = self.wiki.role(arcs.predicate)
        if role == "psv" and arcs.min == 0 and arcs.max is None and arcs.test is not None:
            whole = self._of_value_node(arcs.test)
            loose = arcs.extra
            return lambda statement: (
                loose or statement.mainsnak.property != property or whole(statement.mainsnak)
            )
        if role == "pq" and arcs.max is None and arcs.min < 2:
            said = anything if arcs.test is None else self.of_snak(arcs.test)
            if said is None:
                return None
            met = counted(lambda statement: statement.qualifiers.get(property), said, arcs)

            def qualified(statement: Statement) -> bool:
                snaks = statement.qualifiers.get(property)
                if snaks and any(snak.snaktype == "novalue" for snak in snaks):
                    return counted(
                        lambda _: [snak for snak in snaks if snak.snaktype != "novalue"], said, arcs
                    )(statement)
                return met(statement)

            return qualified
        return None

    def of_reference(self, test: Test) -> OfReference | None:
        """A test of a reference: only whether it has other properties than some."""
        match test:
            case RefHolds():
                shape = self._called(test)
                return None if shape is None else self.of_reference(shape)
            case NotHolds():
                inner = self.of_reference(test.part)
                if inner is None:
                    return None
                outside: Callable[[Reference], bool] = inner
                return lambda reference: not outside(reference)
            case FlatHolds(closed=frozenset() as allowed) if RDF_TYPE in allowed and all(
                arcs.test is None and arcs.min == 0 and arcs.max is None and not arcs.inverse
                for arcs in test.arcs
            ):
                start = self.wiki.predicate("pr", "")
                properties = {p.removeprefix(start) for p in allowed if p.startswith(start)}

                def within(reference: Reference) -> bool:
                    for property, snaks in reference.snaks.items():
                        if property not in properties:
                            # What has no value makes no arc but one of rdf:type.
                            for snak in snaks:
                                if snak.snaktype != "novalue":
                                    return False
                    return not any(
                        predicate not in allowed
                        for snaks in reference.snaks.values()
                        for snak in snaks
                        for predicate in self.wiki.snak_predicates(snak, "pr")
                    )

                return within
            case _:
                return None

    def of_snak(self, test: Test) -> OfSnak | None:
        """A test of the simple value of a snak that is there or unknown."""
        wiki, run = self.wiki, self._run
        if isinstance(test, ClassHolds):
            belongs = remembering(test.has)
            return lambda snak: (
                type(snak.datavalue) is EntityIdValue and belongs(snak.datavalue.value.id)
            )
        if not isinstance(test, TermHolds) or test.test is None:
            shape = self._called(test) if isinstance(test, RefHolds) else None
            return None if shape is None else self.of_snak(shape)
        source = test.source
        if isinstance(source, NodeConstraint) and source == NodeConstraint(values=source.values):
            base = wiki.entities
            listed = [one.value for one in source.values or () if isinstance(one, Iri)]
            if len(listed) == len(source.values or ()) and all(
                one.startswith(base) for one in listed
            ):
                ids = frozenset(one[len(base) :] for one in listed)
                return lambda snak: (
                    type(snak.datavalue) is EntityIdValue and snak.datavalue.value.id in ids
                )

        def general(snak: Snak) -> bool:
            node = wiki.simple(snak, "wdt", "")
            return node is not None and test.holds(node, run)

        if isinstance(source, NodeConstraint) and source == NodeConstraint(kind="iri"):
            return lambda snak: type(snak.datavalue) is EntityIdValue or general(snak)
        return general

    def _of_value_node(self, test: Test) -> OfSnak:
        wiki, run = self.wiki, self._run
        known: dict[object, bool] = {}

        def whole(snak: Snak) -> bool:
            value = snak.datavalue
            if not isinstance(value, TimeValue | QuantityValue | CoordinateValue):
                return True
            verdict = known.get(value)
            if verdict is None:
                if len(known) > MOST_VALUES:
                    known.clear()
                verdict = known[value] = test.holds(ValueNode(wiki, value), run)
            return verdict

        return whole

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
