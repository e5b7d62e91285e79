"""Entities as nodes with the arcs that their RDF would have, made when asked for.

The arcs are those of the Wikibase RDF dump format, as :mod:`kgtool.entities.rdf` writes it; a test
compares the two. No RDF text is written or read on the way, but for single terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import md5
from typing import TypeAlias

from kgtool.checks.nodes import Graph, Leaf, Node, once
from kgtool.checks.page_nodes import Described, pages_about
from kgtool.checks.schema import Unsupported
from kgtool.checks.statement_nodes import SnakNodes, StatementNode
from kgtool.checks.terms import RDF_TYPE, Blank, Iri, Term, parse_term, text_in
from kgtool.checks.vocabulary import (
    ABOUT,
    ALIAS,
    DESCRIPTION,
    FULL,
    LABELS,
    ONTOLOGY,
    FullValue,
)
from kgtool.entities import (
    Entity,
    EntityIdValue,
    Item,
    Profile,
    Property,
    Snak,
    Statement,
    best_statements,
)
from kgtool.entities.hashes import snak_hash, statement_name
from kgtool.entities.property_rdf import property_triples
from kgtool.errors import InputError

Neighbours: TypeAlias = Callable[[str], Entity | None]
"""Id → the entity, or ``None`` where it is not at hand; its node then has no arcs."""

Referrers: TypeAlias = Callable[[str, str, str], Iterable[str]]
"""Table (``claims`` or ``qualifiers``), property, id → items with that entity as a value there."""

# Roles of predicates that can be followed backwards from an entity, and where to look.
REFERRED = {"wdt": "claims", "ps": "claims", "pq": "qualifiers"}


class Wiki(SnakNodes):
    """What the nodes of one wiki share: its vocabulary, and where neighbours come from."""

    def __init__(
        self,
        profile: Profile,
        neighbours: Neighbours | None = None,
        patterns: dict[str, str] | None = None,
        referrers: Referrers | None = None,
    ) -> None:
        super().__init__(profile, patterns)
        self.referrers = referrers
        self.focus: EntityNode | None = None  # what is being checked
        self.neighbours = neighbours or (lambda id: None)

    def node(self, entity: Entity) -> EntityNode:
        """The node of an entity that is to be checked."""
        self.focus = EntityNode(self, entity.id or "new", entity)
        return self.focus

    def of(self, iri: str) -> Node:
        """The node of an IRI: of an entity, if it is the IRI of one."""
        if iri.startswith(self.entities) and "/" not in (id := iri[len(self.entities) :]):
            return EntityNode(self, id)
        return ValueLeaf(self, Iri(iri))

    def referring(self, table: str, property: str, to: EntityNode) -> Iterator[EntityNode]:
        """Entities that may refer to one: what is being checked first, as it is given."""
        assert self.referrers is not None and self.focus is not None
        yield self.focus
        for id in self.referrers(table, property, to.id):
            if id != self.focus.id:
                yield EntityNode(self, id)

    def simple(self, snak: Snak, role: str, name: str) -> Node | None:
        """The node of a snak's simple value; ``name`` is that of the statement or reference."""
        value = snak.datavalue
        if value is None:
            if snak.snaktype != "somevalue":
                return None
            label = f"{name}-{role}-v-{snak.hash or snak_hash(snak)}"
            return ValueLeaf(self, Blank(md5(label.encode(), usedforsecurity=False).hexdigest()))
        if type(value) is EntityIdValue:
            return EntityNode(self, value.value.id)
        term = self.value(value, snak.datatype)
        return self.of(term.value) if isinstance(term, Iri) else ValueLeaf(self, term)

    def full(self, snak: Snak) -> Node | None:
        """The node that says all of a date, quantity or coordinate."""
        value = snak.datavalue
        return ValueNode(self, value) if isinstance(value, FULL) else None

    def normal(self, snak: Snak) -> Node | None:
        """The node of the normalised form of an external identifier, if it has one."""
        term = self.normal_term(snak)
        return None if term is None else self.of(term.value)

    def snak(self, snak: Snak, role: str, simple: str, name: str) -> Node | None:
        if role == simple:
            return self.simple(snak, simple, name)
        return self.full(snak) if role.endswith("v") else self.normal(snak)


class ValueLeaf(Leaf):
    """A value that is no entity."""

    __slots__ = ("_wiki",)

    def __init__(self, wiki: Wiki, term: Term) -> None:
        super().__init__(term)
        self._wiki = wiki

    def incoming(self, predicate: str) -> Sequence[Node]:
        if self._wiki.role(predicate).role not in REFERRED:
            return ()
        if isinstance(self.term, Blank):
            raise Unsupported("arcs that lead to an unknown value")
        raise InputError(
            f"The schema follows ^<{predicate}> from a value that is no entity.",
            hint="Who has the same text, number or date is not kept.",
        )


class EntityNode(Described):
    """An item or property. What it says is looked up when it is first asked for."""

    __slots__ = ("_asked", "_entity", "_wiki")
    shared = True

    def __init__(self, wiki: Wiki, id: str, entity: Entity | None = None) -> None:
        super().__init__(id)
        self._wiki, self._entity = wiki, entity
        self._asked = entity is not None

    @property
    def term(self) -> Term:
        return Iri(self._wiki.entities + self.id)

    @property
    def entity(self) -> Entity | None:
        """The entity itself, if it is at hand."""
        if not self._asked:
            self._entity, self._asked = self._wiki.neighbours(self.id), True
        return self._entity

    def out(self, predicate: str) -> Sequence[Node]:
        entity = self.entity
        if entity is None:
            return ()
        role, property = self._wiki.role(predicate)
        if role == "p":
            return self._statements(entity, property)
        if role in ("wdt", "wdtn"):
            best = best_statements(entity.claims.get(property, []))
            return once(self._wiki.snak(s.mainsnak, role, "wdt", self._name(s)) for s in best)
        if predicate in LABELS:
            return [Leaf(text_in(term.value, term.language)) for term in entity.labels.values()]
        if predicate == DESCRIPTION:
            return [
                Leaf(text_in(term.value, term.language)) for term in entity.descriptions.values()
            ]
        if predicate == ALIAS:
            return once(
                Leaf(text_in(term.value, term.language))
                for terms in entity.aliases.values()
                for term in terms
            )
        if predicate == RDF_TYPE:
            kind = "Item" if isinstance(entity, Item) else "Property"
            true = (s.mainsnak for all in entity.claims.values() for s in best_statements(all))
            return once([Leaf(Iri(ONTOLOGY + kind)), *self._wiki.no_value(true)])
        if isinstance(entity, Property):
            return _property_graph(entity, self._wiki.profile).node(self.term).out(predicate)
        return ()

    def incoming(self, predicate: str) -> Sequence[Node]:
        if predicate == ABOUT:
            return () if self.entity is None else once(pages_about(self._wiki.profile, self))
        role, property = self._wiki.role(predicate)
        if role not in REFERRED:
            return ()
        found: list[Node] = []
        for other in self._wiki.referring(REFERRED[role], property, self):
            starts = (
                [other] if role == "wdt" else other.statements(property if role == "ps" else "")
            )
            found += (
                start
                for start in starts
                if any(value.key == self.key for value in start.out(predicate))
            )
        return found

    def other(self, id: str) -> EntityNode:
        """Another entity of the same wiki."""
        return EntityNode(self._wiki, id)

    def predicates(self) -> Iterable[str]:
        entity = self.entity
        if entity is None:
            return
        yield RDF_TYPE
        if entity.labels:
            yield from LABELS
        if entity.descriptions:
            yield DESCRIPTION
        if any(entity.aliases.values()):
            yield ALIAS
        for property, statements in entity.claims.items():
            yield self._wiki.predicate("p", property)
            for statement in best_statements(statements):
                yield from self._wiki.snak_predicates(statement.mainsnak, "wdt")
        if isinstance(entity, Property):
            yield from _property_graph(entity, self._wiki.profile).node(self.term).predicates()

    def statements(self, property: str = "") -> Sequence[Node]:
        """The statements of a property, or all."""
        entity = self.entity
        if entity is None:
            return ()
        wanted = [property] if property else entity.claims
        return [node for one in wanted for node in self._statements(entity, one)]

    def _statements(self, entity: Entity, property: str) -> Sequence[Node]:
        statements = entity.claims.get(property, [])
        best = best_statements(statements)
        return [
            StatementNode(self._wiki, self, self.id, s, any(s is other for other in best))
            for s in statements
        ]

    def _name(self, statement: Statement) -> str:
        # Only an unknown value needs the name, and without a GUID it is dear.
        if statement.mainsnak.datavalue is not None:
            return ""
        return statement_name(self.id, statement)


@lru_cache(maxsize=64)
def _graph_of(id: str, datatype: str, profile_name: str, text: str) -> Graph:
    triples: list[tuple[Term, str, Term]] = []
    for line in text.splitlines():
        subject, predicate, object = line.removesuffix(" .").split(" ", 2)
        triples.append((parse_term(subject), predicate[1:-1], parse_term(object)))
    return Graph(triples)


def _property_graph(property: Property, profile: Profile) -> Graph:
    # What a property says of its own predicates is the same few lines for each, and rarely asked.
    text = property_triples(property.id, property.datatype, profile)
    return _graph_of(property.id, property.datatype, profile.name, text)


class ValueNode(Node):
    """All of a date, quantity or coordinate."""

    __slots__ = ("_value", "_wiki")

    def __init__(self, wiki: Wiki, value: FullValue) -> None:
        self._wiki, self._value = wiki, value
        self.key = ("value", value)

    @property
    def term(self) -> Term:
        return self._wiki.value_arcs(self._value)[0]

    def out(self, predicate: str) -> Sequence[Node]:
        found = self._wiki.value_arcs(self._value)[1].get(predicate, ())
        return [self._wiki.of(t.value) if isinstance(t, Iri) else Leaf(t) for t in found]

    def predicates(self) -> Iterable[str]:
        return self._wiki.value_arcs(self._value)[1]
