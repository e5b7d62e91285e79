"""Entities → RDF in the Wikibase RDF dump format, as N-Triples.

Everything of the format is written: ``wdt: p: ps: psv: pq: pqv: pr: prv: wdno:``, the normalised
forms ``wdtn: psn: pqn: prn:`` of external identifiers whose property has a *formatter URI for RDF
resource* (:mod:`kgtool.entities.property_rdf`), value and reference nodes under the wiki's own
hashes, sitelinks and terms. Not written: ``wikibase:quantityNormalized``, which needs the wiki's
table of units, MathML of formulas, and sitelinks to sites that are not Wikimedia's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from hashlib import md5
from typing import Literal, NamedTuple, TypeAlias

from kgtool.entities.hashes import local_name, reference_hash, snak_hash, statement_name
from kgtool.entities.model import (
    Entity,
    EntityIdValue,
    Item,
    Property,
    Reference,
    Snak,
    Statement,
    StringValue,
)
from kgtool.entities.profile import Profile
from kgtool.entities.property_rdf import property_triples
from kgtool.entities.rdf_terms import sitelinks, terms
from kgtool.entities.rdf_values import (
    DATE_TIME,
    ONTOLOGY,
    RDF_TYPE,
    SCHEMA,
    literal,
    normalized,
    number,
    string_term,
    value_node,
)

Flavour: TypeAlias = Literal["dump", "simple"]

_DERIVED = "<http://www.w3.org/ns/prov#wasDerivedFrom>"
_IS_STATEMENT = f" {RDF_TYPE} <{ONTOLOGY}Statement> .\n"
_IS_BEST = f" {RDF_TYPE} <{ONTOLOGY}BestRank> .\n"
_RANK = {
    rank: f" <{ONTOLOGY}rank> <{ONTOLOGY}{rank.capitalize()}Rank> .\n"
    for rank in ("deprecated", "normal", "preferred")
}


class _Role(NamedTuple):
    """Predicates of one property in one place: simple, through a value node, normalised."""

    simple: str
    node: str
    normal: str
    prefix: str  # its name in the prefixes; Wikibase hashes it into blank nodes


class _Predicates(NamedTuple):
    direct: _Role
    claim: str
    statement: _Role
    qualifier: _Role
    reference: _Role
    no_value: str
    pattern: str | None


class _Seen:
    """What one entity has written so far; Wikibase writes each node once."""

    __slots__ = ("direct", "nodes", "references", "values")

    def __init__(self) -> None:
        self.direct: list[str] = []
        self.nodes: set[str] = set()
        self.values: tuple[list[str], list[str], list[str]] = ([], [], [])
        self.references: list[str] = []


class RdfWriter:
    """Writes the entities of one wiki; keep it for many entities, it remembers what recurs.

    ``patterns`` maps properties to their formatter URI
    (:func:`kgtool.entities.property_rdf.uri_patterns`). ``simple`` leaves out statement nodes,
    values and references: what is true, said in one triple each.
    """

    def __init__(
        self,
        profile: Profile,
        patterns: Mapping[str, str] | None = None,
        flavour: Flavour = "dump",
    ) -> None:
        self._profile = profile
        self._patterns = patterns or {}
        self._full = flavour == "dump"
        self._entities = profile.prefixes["wd"]
        self._statements = profile.prefixes["wds"]
        self._references = profile.prefixes["wdref"]
        self._predicates: dict[str, _Predicates] = {}
        # Dates and numbers recur all over a dump.
        self._node = lru_cache(maxsize=65536)(partial(value_node, profile=profile))

    def triples(self, entity: Entity) -> bytes:
        """All triples of an entity, a line each, in the order in which Wikibase writes them."""
        id = local_name(entity.id) or "new"
        subject = f"<{self._entities}{id}>"
        head = self._dataset(entity, id, subject)
        kind = "Item" if isinstance(entity, Item) else "Property"
        head.append(f"{subject} {RDF_TYPE} <{ONTOLOGY}{kind}> .\n")
        seen = _Seen()
        pages = (
            sitelinks(entity.sitelinks, subject, self._entities) if isinstance(entity, Item) else []
        )
        full: list[str] = []
        for property, statements in entity.claims.items():
            known = self._predicates.get(property) or self._of(property)
            truthy = "preferred" if any(s.rank == "preferred" for s in statements) else "normal"
            for statement in statements:
                name = statement_name(id, statement)
                true = statement.rank == truthy
                if true:
                    self._direct(statement.mainsnak, known, subject, name, seen)
                if self._full:
                    self._statement(statement, known, subject, name, true, full, seen)
        about = (
            [property_triples(id, entity.datatype, self._profile)]
            if isinstance(entity, Property) and self._full
            else []
        )
        # Texts in other scripts widen every string they are joined with: they stay apart.
        parts = (head, pages, seen.direct, full, about, *seen.values, seen.references)
        written = ["".join(part).encode() for part in parts]
        written.insert(4, terms(entity, subject))
        return b"".join(written)

    def redirect(self, source: str, target: str) -> bytes:
        """The one triple of an entity that was merged into another."""
        one, other = (f"<{self._entities}{local_name(id)}>" for id in (source, target))
        return f"{one} <http://www.w3.org/2002/07/owl#sameAs> {other} .\n".encode()

    def _dataset(self, entity: Entity, id: str, subject: str) -> list[str]:
        data = f"<{self._profile.data_base}{id}>"
        lines = [
            f"{data} {RDF_TYPE} <{SCHEMA}Dataset> .\n{data} <{SCHEMA}about> {subject} .\n"
            f"{data} <http://creativecommons.org/ns#license> <{self._profile.license}> .\n"
            f'{data} <{SCHEMA}softwareVersion> "1.0.0" .\n'
        ]
        if entity.lastrevid is not None:
            lines.append(f"{data} <{SCHEMA}version> {number(entity.lastrevid)} .\n")
        if entity.modified is not None:
            modified = f"{literal(entity.modified)}{DATE_TIME}"
            lines.append(f"{data} <{SCHEMA}dateModified> {modified} .\n")
        if self._full:
            count = sum(map(len, entity.claims.values()))
            lines.append(f"{data} <{ONTOLOGY}statements> {number(count)} .\n")
            if isinstance(entity, Item):
                identifiers = sum(
                    len(statements)
                    for statements in entity.claims.values()
                    if statements and statements[0].mainsnak.datatype == "external-id"
                )
                lines.append(f"{data} <{ONTOLOGY}sitelinks> {number(len(entity.sitelinks))} .\n")
                lines.append(f"{data} <{ONTOLOGY}identifiers> {number(identifiers)} .\n")
        return lines

    def _direct(self, snak: Snak, known: _Predicates, subject: str, name: str, seen: _Seen) -> None:
        self._snak(snak, known, known.direct, subject, name, seen.direct, None)

    def _statement(
        self,
        statement: Statement,
        known: _Predicates,
        subject: str,
        name: str,
        best: bool,
        lines: list[str],
        seen: _Seen,
    ) -> None:
        node = f"<{self._statements}{name}>"
        lines.append(
            f"{subject}{known.claim}{node} .\n{node}{_IS_STATEMENT}"
            f"{node + _IS_BEST if best else ''}{node}{_RANK[statement.rank]}"
        )
        self._snak(statement.mainsnak, known, known.statement, node, name, lines, seen)
        for property, snaks in _in_order(statement.qualifiers, statement.qualifiers_order):
            said = self._predicates.get(property) or self._of(property)
            for snak in snaks:
                self._snak(snak, said, said.qualifier, node, name, lines, seen)
        for reference in statement.references:
            hash = local_name(reference.hash or reference_hash(reference))
            lines.append(f"{node} {_DERIVED} <{self._references}{hash}> .\n")
            if hash not in seen.nodes:
                seen.nodes.add(hash)
                self._reference(reference, hash, seen)

    def _reference(self, reference: Reference, hash: str, seen: _Seen) -> None:
        node = f"<{self._references}{hash}>"
        seen.references.append(f"{node} {RDF_TYPE} <{ONTOLOGY}Reference> .\n")
        for property, snaks in _in_order(reference.snaks, reference.snaks_order):
            said = self._predicates.get(property) or self._of(property)
            for snak in snaks:
                self._snak(snak, said, said.reference, node, hash, seen.references, seen)

    def _snak(
        self,
        snak: Snak,
        known: _Predicates,
        role: _Role,
        subject: str,
        name: str,
        lines: list[str],
        seen: _Seen | None,
    ) -> None:
        # `name` is the local name of the statement or reference; without `seen`, no value nodes.
        value = snak.datavalue
        if value is None:
            if snak.snaktype == "somevalue":
                label = f"{name}-{role.prefix}-v-{snak.hash or snak_hash(snak)}"
                blank = md5(label.encode(), usedforsecurity=False).hexdigest()
                lines.append(f"{subject}{role.simple}_:{blank} .\n")
            elif snak.snaktype == "novalue":
                lines.append(f"{subject}{known.no_value}")
            return
        if isinstance(value, EntityIdValue):
            target = value.value.id
            if not target.isalnum():
                target = local_name(target)
            lines.append(f"{subject}{role.simple}<{self._entities}{target}> .\n")
            return
        if isinstance(value, StringValue):
            term = string_term(value.value, snak.datatype, self._profile)
            lines.append(f"{subject}{role.simple}{term} .\n")
            if known.pattern is not None:
                lines.append(f"{subject}{role.normal}{normalized(value.value, known.pattern)} .\n")
            return
        term, node, described, group = self._node(value)
        lines.append(f"{subject}{role.simple}{term} .\n")
        if node is not None and seen is not None:
            lines.append(f"{subject}{role.node}{node} .\n")
            if node not in seen.nodes:
                seen.nodes.add(node)
                seen.values[group].append(described)

    def _of(self, property: str) -> _Predicates:
        at = self._profile.prefixes
        key, property = property, local_name(property)

        def role(simple: str, node: str, normal: str) -> _Role:
            return _Role(
                f" <{at[simple]}{property}> ",
                f" <{at[node]}{property}> ",
                f" <{at[normal]}{property}> ",
                simple,
            )

        made = _Predicates(
            role("wdt", "wdt", "wdtn"),
            f" <{at['p']}{property}> ",
            role("ps", "psv", "psn"),
            role("pq", "pqv", "pqn"),
            role("pr", "prv", "prn"),
            f" {RDF_TYPE} <{at['wdno']}{property}> .\n",
            self._patterns.get(key),
        )
        self._predicates[key] = made
        return made


def _in_order(
    snaks: Mapping[str, list[Snak]], order: list[str]
) -> Iterable[tuple[str, list[Snak]]]:
    if len(order) != len(snaks):
        return snaks.items()
    return [(property, snaks[property]) for property in order if property in snaks]


def to_ntriples(
    entity: Entity,
    profile: Profile,
    *,
    patterns: Mapping[str, str] | None = None,
    flavour: Flavour = "dump",
) -> bytes:
    """One entity in RDF; for many, keep an :class:`RdfWriter`."""
    return RdfWriter(profile, patterns, flavour).triples(entity)
