"""The words of a wiki's RDF: predicates by what they say, and terms of values.

They are those of the Wikibase RDF dump format, as :mod:`kgtool.entities.rdf` writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from kgtool.checks.terms import Term, parse_term
from kgtool.entities import (
    CoordinateValue,
    MonolingualValue,
    Profile,
    QuantityValue,
    Snak,
    StringValue,
    TimeValue,
)
from kgtool.entities.rdf_values import normalized, string_term, value_node

FullValue: TypeAlias = TimeValue | QuantityValue | CoordinateValue
FULL = (TimeValue, QuantityValue, CoordinateValue)
SimpleValue: TypeAlias = StringValue | MonolingualValue | FullValue

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
PREFERRED = "http://www.w3.org/2004/02/skos/core#prefLabel"
ALIAS = "http://www.w3.org/2004/02/skos/core#altLabel"
ONTOLOGY = "http://wikiba.se/ontology#"
SCHEMA = "http://schema.org/"
NAME = SCHEMA + "name"
ABOUT = SCHEMA + "about"
DESCRIPTION = SCHEMA + "description"
DERIVED = "http://www.w3.org/ns/prov#wasDerivedFrom"
RANK = ONTOLOGY + "rank"
LABELS = frozenset({LABEL, PREFERRED, NAME})
# Prefixes of predicates that end in the id of a property, by what they lead to.
_ROLES = ("wdt", "wdtn", "p", "ps", "psv", "psn", "pq", "pqv", "pqn", "pr", "prv", "prn")


class Role(NamedTuple):
    """What a predicate says: ``("wdt", "P31")``. ``role`` is the prefix, ``""`` if it has none."""

    role: str
    property: str


class Vocabulary:
    """The words of one wiki. ``patterns`` normalise external identifiers, by property."""

    def __init__(self, profile: Profile, patterns: dict[str, str] | None = None) -> None:
        self.profile, self.patterns = profile, patterns or {}
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

    def normal_term(self, snak: Snak) -> Term | None:
        """The normalised form of an external identifier, if it has one."""
        pattern = self.patterns.get(snak.property)
        if pattern is None or not isinstance(snak.datavalue, StringValue):
            return None
        return parse_term(normalized(snak.datavalue.value, pattern))

    def snak_predicates(self, snak: Snak, simple: str) -> Iterator[str]:
        """Predicates of the arcs that a snak makes (but for ``rdf:type`` of no value)."""
        if snak.snaktype == "novalue":
            return
        yield self.predicate(simple, snak.property)
        if simple != "wdt" and isinstance(snak.datavalue, FULL):
            yield self.predicate(simple + "v", snak.property)
        if self.normal_term(snak) is not None:
            yield self.predicate(simple + "n", snak.property)

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
