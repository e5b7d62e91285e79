"""Entities → Turtle, laid out as Wikibase does it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kgtool.entities.model import Entity
from kgtool.entities.profile import Profile
from kgtool.entities.rdf import Flavour, to_ntriples
from kgtool.entities.rdf_values import ONTOLOGY, RDF_TYPE

# Wikibase's names of some prefixes differ from those people write queries with.
_NAMES = {"wdata": "data", "wds": "s", "wdref": "ref", "wdv": "v"}
_ORDER = (
    *("rdf", "xsd", "rdfs", "owl", "wikibase", "skos", "schema", "cc", "geo", "prov"),
    *("wd", "wdata", "wds", "wdref", "wdv", "wdt", "wdtn", "p", "ps", "psv", "psn"),
    *("pq", "pqv", "pqn", "pr", "prv", "prn", "wdno"),
)
_local = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
# Wikibase keeps these objects as they are in the data: addresses, not entities of its own.
_whole = {f"<{ONTOLOGY}{name}>" for name in ("timeCalendarModel", "quantityUnit", "geoGlobe")}


def to_turtle(
    entity: Entity,
    profile: Profile,
    *,
    patterns: Mapping[str, str] | None = None,
    flavour: Flavour = "dump",
) -> str:
    """One entity in RDF, for people to read."""
    triples = to_ntriples(entity, profile, patterns=patterns, flavour=flavour).decode()
    named = {profile.prefixes[name]: _NAMES.get(name, name) for name in _ORDER}
    out = [f"@prefix {name}: <{base}> .\n" for base, name in named.items()]
    subject = predicate = ""
    for line in triples.split("\n")[:-1]:
        s, p, o = line[:-2].split(" ", 2)
        written = o if p in _whole else _term(o, named)
        if s != subject:
            out.append(" .\n\n" if subject else "\n")
            out.append(f"{_term(s, named)} {_verb(p, named)} {written}")
        elif p != predicate:
            out.append(f" ;\n\t{_verb(p, named)} {written}")
        else:
            out.append(f",\n\t\t{written}")
        subject, predicate = s, p
    return "".join([*out, " .\n"])


def _verb(predicate: str, named: Mapping[str, str]) -> str:
    return "a" if predicate == RDF_TYPE else _term(predicate, named)


def _term(term: str, named: Mapping[str, str]) -> str:
    if term[0] == "<":
        return _name(term, named)
    if term[-1] == ">":
        text, _, datatype = term.rpartition("^^")
        return f"{text}^^{_name(datatype, named)}"
    return term


def _name(iri: str, named: Mapping[str, str]) -> str:
    cut = max(iri.rfind("/"), iri.rfind("#")) + 1
    prefix = named.get(iri[1:cut])
    if prefix is None or not _local.fullmatch(iri, cut, len(iri) - 1):
        return iri
    return f"{prefix}:{iri[cut:-1]}"
