"""What RDF says of a property itself: its type, its predicates, and the class *no value*."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import md5

from kgtool.entities.model import Property, StringValue, best_statements
from kgtool.entities.profile import Profile
from kgtool.entities.rdf_values import ONTOLOGY, RDF_TYPE

_OWL = "http://www.w3.org/2002/07/owl#"
# Datatypes whose simple values are IRIs.
_OBJECTS = {
    "wikibase-item",
    "wikibase-property",
    "wikibase-lexeme",
    "wikibase-form",
    "wikibase-sense",
    "wikibase-mediainfo",
    "entity-schema",
    "url",
    "commonsMedia",
    "localMedia",
    "geo-shape",
    "tabular-data",
}
_PREDICATES = (
    ("directClaim", "wdt"),
    ("claim", "p"),
    ("statementProperty", "ps"),
    ("statementValue", "psv"),
    ("qualifier", "pq"),
    ("qualifierValue", "pqv"),
    ("reference", "pr"),
    ("referenceValue", "prv"),
    ("novalue", "wdno"),
)
_NORMALIZED = (
    ("directClaimNormalized", "wdtn"),
    ("statementValueNormalized", "psn"),
    ("qualifierValueNormalized", "pqn"),
    ("referenceValueNormalized", "prn"),
)


def property_triples(id: str, datatype: str, profile: Profile) -> str:
    """N-Triples about the property ``id``, besides its terms and statements."""
    at = profile.prefixes
    subject = f"<{profile.entity_iri(id)}>"
    lines = [f"{subject} <{ONTOLOGY}propertyType> <{datatype_iri(datatype)}> .\n"]

    def says(predicate: str, prefix: str) -> str:
        return f"{subject} <{ONTOLOGY}{predicate}> <{at[prefix]}{id}> .\n"

    def is_a(prefix: str, kind: str) -> str:
        return f"<{at[prefix]}{id}> {RDF_TYPE} <{_OWL}{kind}> .\n"

    lines += [says(*pair) for pair in _PREDICATES]
    has_normalized = datatype in ("external-id", "quantity")
    if has_normalized:
        lines += [says(*pair) for pair in _NORMALIZED]
    simple = "ObjectProperty" if datatype in _OBJECTS else "DatatypeProperty"
    lines += [is_a(prefix, "ObjectProperty") for prefix in ("p", "psv", "pqv", "prv")]
    lines += [is_a(prefix, simple) for prefix in ("wdt", "ps", "pq", "pr")]
    if has_normalized:
        direct = "ObjectProperty" if datatype == "external-id" else "DatatypeProperty"
        lines += [is_a(prefix, "ObjectProperty") for prefix in ("psn", "pqn", "prn")]
        lines.append(is_a("wdtn", direct))
    source = f"owl:complementOf-{profile.rdf_source}-{id}"
    blank = f"_:{md5(source.encode(), usedforsecurity=False).hexdigest()}"
    lines += [
        is_a("wdno", "Class"),
        f"<{at['wdno']}{id}> <{_OWL}complementOf> {blank} .\n",
        f"{blank} {RDF_TYPE} <{_OWL}Restriction> .\n",
        f"{blank} <{_OWL}onProperty> <{at['wdt']}{id}> .\n",
        f"{blank} <{_OWL}someValuesFrom> <{_OWL}Thing> .\n",
    ]
    return "".join(lines)


def datatype_iri(datatype: str) -> str:
    """IRI of a datatype: ``wikibase-item`` is ``wikibase:WikibaseItem``."""
    words = datatype.split("-")
    return ONTOLOGY + "".join(word[:1].upper() + word[1:] for word in words)


def uri_patterns(properties: Iterable[Property], profile: Profile) -> dict[str, str]:
    """Formatter URIs of external-identifier properties, from their own statements."""
    found: dict[str, str] = {}
    for property in properties:
        if property.datatype != "external-id":
            continue
        for statement in best_statements(property.claims.get(profile.properties.formatter_uri, [])):
            value = statement.mainsnak.datavalue
            if isinstance(value, StringValue) and "$1" in value.value:
                found.setdefault(property.id, value.value)
    return found
