"""Statements and references as nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgtool.checks.nodes import Leaf, Node, once
from kgtool.checks.terms import RDF_TYPE, Iri, Term
from kgtool.checks.vocabulary import DERIVED, ONTOLOGY, RANK, Vocabulary
from kgtool.entities import Reference, Snak, Statement
from kgtool.entities.hashes import reference_hash, statement_name


class SnakNodes(Vocabulary):
    """A vocabulary that also knows the nodes of values; like nodes, no abstract base class."""

    def snak(self, snak: Snak, role: str, simple: str, name: str) -> Node | None:
        """The node that a role leads to: ``role`` is ``simple`` or it with ``v`` or ``n``.

        ``name`` is that of the statement or reference.
        """
        raise NotImplementedError

    def no_value(self, snaks: Iterable[Snak]) -> list[Node]:
        """Classes that say that a property has no value."""
        start = self.profile.prefixes["wdno"]
        return [Leaf(Iri(start + s.property)) for s in snaks if s.snaktype == "novalue"]


class StatementNode(Node):
    """A statement."""

    __slots__ = ("_wiki", "best", "name", "statement", "subject")

    def __init__(
        self, wiki: SnakNodes, subject: Node, of: str, statement: Statement, best: bool
    ) -> None:
        self._wiki, self.subject, self.statement, self.best = wiki, subject, statement, best
        self.name = statement_name(of, statement)
        self.key = ("statement", self.name)

    @property
    def term(self) -> Term:
        return Iri(self._wiki.profile.prefixes["wds"] + self.name)

    def out(self, predicate: str) -> Sequence[Node]:
        wiki, statement = self._wiki, self.statement
        role, property = wiki.role(predicate)
        if role in ("ps", "psv", "psn"):
            snaks = [statement.mainsnak] if statement.mainsnak.property == property else []
            return once(wiki.snak(snak, role, "ps", self.name) for snak in snaks)
        if role in ("pq", "pqv", "pqn"):
            snaks = statement.qualifiers.get(property, [])
            return once(wiki.snak(snak, role, "pq", self.name) for snak in snaks)
        if predicate == DERIVED:
            return once(ReferenceNode(wiki, reference) for reference in statement.references)
        if predicate == RANK:
            return [Leaf(Iri(f"{ONTOLOGY}{statement.rank.capitalize()}Rank"))]
        if predicate == RDF_TYPE:
            snaks = [s for all in statement.qualifiers.values() for s in all]
            kinds = ["Statement", "BestRank"] if self.best else ["Statement"]
            return once(
                [
                    *(Leaf(Iri(ONTOLOGY + kind)) for kind in kinds),
                    *wiki.no_value([statement.mainsnak, *snaks]),
                ]
            )
        return ()

    def incoming(self, predicate: str) -> Sequence[Node]:
        here = self._wiki.predicate("p", self.statement.mainsnak.property)
        return [self.subject] if predicate == here else ()

    def predicates(self) -> Iterable[str]:
        yield RDF_TYPE
        yield RANK
        yield from self._wiki.snak_predicates(self.statement.mainsnak, "ps")
        for snaks in self.statement.qualifiers.values():
            for snak in snaks:
                yield from self._wiki.snak_predicates(snak, "pq")
        if self.statement.references:
            yield DERIVED


class ReferenceNode(Node):
    """A reference."""

    __slots__ = ("_wiki", "hash", "reference")

    def __init__(self, wiki: SnakNodes, reference: Reference) -> None:
        self._wiki, self.reference = wiki, reference
        self.hash = reference.hash or reference_hash(reference)
        self.key = ("reference", self.hash)

    @property
    def term(self) -> Term:
        return Iri(self._wiki.profile.prefixes["wdref"] + self.hash)

    def out(self, predicate: str) -> Sequence[Node]:
        role, property = self._wiki.role(predicate)
        if role in ("pr", "prv", "prn"):
            snaks = self.reference.snaks.get(property, [])
            return once(self._wiki.snak(snak, role, "pr", self.hash) for snak in snaks)
        if predicate == RDF_TYPE:
            snaks = [s for all in self.reference.snaks.values() for s in all]
            return once([Leaf(Iri(ONTOLOGY + "Reference")), *self._wiki.no_value(snaks)])
        return ()

    def predicates(self) -> Iterable[str]:
        yield RDF_TYPE
        for snaks in self.reference.snaks.values():
            for snak in snaks:
                yield from self._wiki.snak_predicates(snak, "pr")
