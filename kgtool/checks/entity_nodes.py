"""Entities as nodes with the arcs that their RDF would have, made when asked for.

The arcs are those of the Wikibase RDF dump format, as :mod:`kgtool.entities.rdf` writes it; a test
compares the two. No RDF text is written or read on the way, but for single terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import md5
from typing import NamedTuple, TypeAlias

from kgtool.checks.nodes import Graph, Leaf, Node
from kgtool.checks.page_nodes import ABOUT, NAME, ONTOLOGY, SCHEMA, pages_about
from kgtool.checks.schema import Unsupported
from kgtool.checks.terms import RDF_TYPE, Blank, Iri, Term, parse_term, text_in
from kgtool.entities import (
    CoordinateValue,
    Entity,
    EntityIdValue,
    Item,
    MonolingualValue,
    Profile,
    Property,
    QuantityValue,
    Reference,
    Snak,
    Statement,
    StringValue,
    TimeValue,
    best_statements,
)
from kgtool.entities.hashes import reference_hash, snak_hash, statement_name
from kgtool.entities.property_rdf import property_triples
from kgtool.entities.rdf_values import normalized, string_term, value_node
from kgtool.errors import InputError

Neighbours: TypeAlias = Callable[[str], Entity | None]
"""Id → the entity, or ``None`` where it is not at hand; its node then has no arcs."""

Referrers: TypeAlias = Callable[[str, str, str], Iterable[str]]
"""Table (``claims`` or ``qualifiers``), property, id → items with that entity as a value there."""

FullValue: TypeAlias = TimeValue | QuantityValue | CoordinateValue
SimpleValue: TypeAlias = StringValue | MonolingualValue | FullValue

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
PREFERRED = "http://www.w3.org/2004/02/skos/core#prefLabel"
ALIAS = "http://www.w3.org/2004/02/skos/core#altLabel"
DESCRIPTION = SCHEMA + "description"
DERIVED = "http://www.w3.org/ns/prov#wasDerivedFrom"
RANK = ONTOLOGY + "rank"
LABELS = frozenset({LABEL, PREFERRED, NAME})
# Roles of predicates that can be followed backwards from an entity, and where to look.
REFERRED = {"wdt": "claims", "ps": "claims", "pq": "qualifiers"}

# Prefixes of predicates that end in the id of a property, by what they lead to.
_ROLES = ("wdt", "wdtn", "p", "ps", "psv", "psn", "pq", "pqv", "pqn", "pr", "prv", "prn")


class Role(NamedTuple):
    """What a predicate says: ``("wdt", "P31")``. ``role`` is the prefix, ``""`` if it has none."""

    role: str
    property: str


class Wiki:
    """What the nodes of one wiki share: its addresses, and where neighbours come from."""

    def __init__(
        self,
        profile: Profile,
        neighbours: Neighbours | None = None,
        patterns: dict[str, str] | None = None,
        referrers: Referrers | None = None,
    ) -> None:
        self.profile, self.referrers = profile, referrers
        self.focus: EntityNode | None = None  # what is being checked
        self.neighbours = neighbours or (lambda id: None)
        self.patterns = patterns or {}
        self.entities = profile.prefixes["wd"]
        self._roles = {profile.prefixes[name]: name for name in _ROLES}
        self.role = lru_cache(maxsize=4096)(self._role)
        self.value = lru_cache(maxsize=65536)(self._value)
        self.value_arcs = lru_cache(maxsize=16384)(self._value_arcs)

    def _role(self, predicate: str) -> Role:
        start, slash, property = predicate.rpartition("/")
        return Role(self._roles.get(start + slash, ""), property)

    def predicate(self, role: str, property: str) -> str:
        """The IRI of a predicate."""
        return f"{self.profile.prefixes[role]}{property}"

    def node(self, entity: Entity) -> EntityNode:
        """The node of an entity that is to be checked."""
        self.focus = EntityNode(self, entity.id or "new", entity)
        return self.focus

    def of(self, iri: str) -> Node:
        """The node of an IRI: of an entity, if it is the IRI of one."""
        if iri.startswith(self.entities) and "/" not in (id := iri[len(self.entities) :]):
            return EntityNode(self, id)
        return ValueLeaf(self, Iri(iri))

    def _value(self, value: SimpleValue, datatype: str | None) -> Term:
        if isinstance(value, StringValue):
            return parse_term(string_term(value.value, datatype, self.profile))
        return parse_term(value_node(value, self.profile).term)

    def _value_arcs(self, value: FullValue) -> tuple[Term, dict[str, list[Term]]]:
        node = value_node(value, self.profile)
        assert node.subject is not None
        arcs: dict[str, list[Term]] = {}
        for line in node.triples.splitlines():
            _, predicate, object = line.removesuffix(" .").split(" ", 2)
            arcs.setdefault(predicate[1:-1], []).append(parse_term(object))
        return parse_term(node.subject), arcs

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
        if isinstance(value, TimeValue | QuantityValue | CoordinateValue):
            return ValueNode(self, value)
        return None

    def normal(self, snak: Snak) -> Node | None:
        """The node of the normalised form of an external identifier, if it has one."""
        pattern = self.patterns.get(snak.property)
        if pattern is None or not isinstance(snak.datavalue, StringValue):
            return None
        term = parse_term(normalized(snak.datavalue.value, pattern))
        return self.of(term.value)

    def snak(self, snak: Snak, role: str, simple: str, name: str) -> Node | None:
        """The node that a role leads to: ``role`` is ``simple`` or it with ``v`` or ``n``."""
        if role == simple:
            return self.simple(snak, simple, name)
        return self.full(snak) if role.endswith("v") else self.normal(snak)

    def snak_predicates(self, snak: Snak, simple: str) -> Iterator[str]:
        """Predicates of the arcs that a snak makes (but for ``rdf:type`` of no value)."""
        if snak.snaktype == "novalue":
            return
        yield self.predicate(simple, snak.property)
        if simple != "wdt" and self.full(snak) is not None:
            yield self.predicate(simple + "v", snak.property)
        if self.normal(snak) is not None:
            yield self.predicate(simple + "n", snak.property)

    def no_value(self, snaks: Iterable[Snak]) -> list[Node]:
        """Classes that say that a property has no value."""
        start = self.profile.prefixes["wdno"]
        return [Leaf(Iri(start + s.property)) for s in snaks if s.snaktype == "novalue"]


def _once(nodes: Iterable[Node | None]) -> Sequence[Node]:
    """Nodes without repetition: RDF is a set."""
    return list({node.key: node for node in nodes if node is not None}.values())


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


class EntityNode(Node):
    """An item or property. What it says is looked up when it is first asked for."""

    __slots__ = ("_asked", "_entity", "_wiki", "id")
    shared = True

    def __init__(self, wiki: Wiki, id: str, entity: Entity | None = None) -> None:
        self._wiki, self.id, self._entity = wiki, id, entity
        self._asked = entity is not None
        self.key = ("entity", id)

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
            return _once(self._wiki.snak(s.mainsnak, role, "wdt", self._name(s)) for s in best)
        if predicate in LABELS:
            return [Leaf(text_in(term.value, term.language)) for term in entity.labels.values()]
        if predicate == DESCRIPTION:
            return [
                Leaf(text_in(term.value, term.language)) for term in entity.descriptions.values()
            ]
        if predicate == ALIAS:
            return _once(
                Leaf(text_in(term.value, term.language))
                for terms in entity.aliases.values()
                for term in terms
            )
        if predicate == RDF_TYPE:
            kind = "Item" if isinstance(entity, Item) else "Property"
            true = (s.mainsnak for all in entity.claims.values() for s in best_statements(all))
            return _once([Leaf(Iri(ONTOLOGY + kind)), *self._wiki.no_value(true)])
        if isinstance(entity, Property):
            return _property_graph(entity, self._wiki.profile).node(self.term).out(predicate)
        return ()

    def incoming(self, predicate: str) -> Sequence[Node]:
        if predicate == ABOUT:
            return () if self.entity is None else _once(pages_about(self._wiki.profile, self))
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
            StatementNode(self._wiki, self, s, any(s is other for other in best))
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


class StatementNode(Node):
    """A statement."""

    __slots__ = ("_wiki", "best", "name", "statement", "subject")

    def __init__(self, wiki: Wiki, subject: EntityNode, statement: Statement, best: bool) -> None:
        self._wiki, self.subject, self.statement, self.best = wiki, subject, statement, best
        self.name = statement_name(subject.id, statement)
        self.key = ("statement", self.name)

    @property
    def term(self) -> Term:
        return Iri(self._wiki.profile.prefixes["wds"] + self.name)

    def out(self, predicate: str) -> Sequence[Node]:
        wiki, statement = self._wiki, self.statement
        role, property = wiki.role(predicate)
        if role in ("ps", "psv", "psn"):
            snaks = [statement.mainsnak] if statement.mainsnak.property == property else []
            return _once(wiki.snak(snak, role, "ps", self.name) for snak in snaks)
        if role in ("pq", "pqv", "pqn"):
            snaks = statement.qualifiers.get(property, [])
            return _once(wiki.snak(snak, role, "pq", self.name) for snak in snaks)
        if predicate == DERIVED:
            return _once(ReferenceNode(wiki, reference) for reference in statement.references)
        if predicate == RANK:
            return [Leaf(Iri(f"{ONTOLOGY}{statement.rank.capitalize()}Rank"))]
        if predicate == RDF_TYPE:
            snaks = [s for all in statement.qualifiers.values() for s in all]
            kinds = ["Statement", "BestRank"] if self.best else ["Statement"]
            return _once(
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

    def __init__(self, wiki: Wiki, reference: Reference) -> None:
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
            return _once(self._wiki.snak(snak, role, "pr", self.hash) for snak in snaks)
        if predicate == RDF_TYPE:
            snaks = [s for all in self.reference.snaks.values() for s in all]
            return _once([Leaf(Iri(ONTOLOGY + "Reference")), *self._wiki.no_value(snaks)])
        return ()

    def predicates(self) -> Iterable[str]:
        yield RDF_TYPE
        for snaks in self.reference.snaks.values():
            for snak in snaks:
                yield from self._wiki.snak_predicates(snak, "pr")


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
