"""What RDF says of an entity besides its statements: terms and sitelinks."""

from __future__ import annotations

from collections.abc import Mapping

from kgtool.entities.hashes import local_name
from kgtool.entities.model import Entity, Sitelink
from kgtool.entities.rdf_values import ONTOLOGY, RDF_TYPE, SCHEMA, iri, literal, tagged
from kgtool.entities.sites import site

_LABELS = (
    b" <http://www.w3.org/2000/01/rdf-schema#label> ",
    b" <http://www.w3.org/2004/02/skos/core#prefLabel> ",
    b" <http://schema.org/name> ",
)
_ALIAS = b" <http://www.w3.org/2004/02/skos/core#altLabel> "
_DESCRIPTION = b" <http://schema.org/description> "


def terms(entity: Entity, subject: str) -> bytes:
    """Labels, descriptions and aliases of ``subject``."""
    start = subject.encode()
    label, preferred, name = (start + predicate for predicate in _LABELS)
    written: list[bytes] = []
    for term in entity.labels.values():
        text = f"{tagged(term.value, term.language)} .\n".encode()
        written += (label, text, preferred, text, name, text)
    for term in entity.descriptions.values():
        text = f"{tagged(term.value, term.language)} .\n".encode()
        written += (start, _DESCRIPTION, text)
    for aliases in entity.aliases.values():
        for term in aliases:
            text = f"{tagged(term.value, term.language)} .\n".encode()
            written += (start, _ALIAS, text)
    return b"".join(written)


def sitelinks(links: Mapping[str, Sitelink], subject: str, entities: str) -> list[str]:
    """Pages about ``subject``, and the group of each site; ``entities`` begins entity IRIs."""
    lines: dict[str, None] = {}
    for link in links.values():
        where = site(link.site)
        if where is None:
            continue
        page = iri(link.url or where.page(link.title))
        home, name = f"<{where.address}>", literal(link.title)
        badges = "".join(
            f"{page} <{ONTOLOGY}badge> <{entities}{local_name(badge)}> .\n" for badge in link.badges
        )
        lines[
            f"{page} {RDF_TYPE} <{SCHEMA}Article> .\n{page} <{SCHEMA}about> {subject} .\n"
            f'{page} <{SCHEMA}inLanguage> "{where.language}" .\n'
            f"{page} <{SCHEMA}isPartOf> {home} .\n"
            f"{page} <{SCHEMA}name> {name}@{where.language} .\n{badges}"
        ] = None
        lines[f'{home} <{ONTOLOGY}wikiGroup> "{where.group}" .\n'] = None
    return list(lines)
