"""Pages about entities as nodes: the document that describes one, its sitelinks, their wikis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgtool.checks.nodes import Leaf, Node
from kgtool.checks.terms import RDF_TYPE, XSD, Iri, Literal, Term, text_in
from kgtool.checks.vocabulary import ABOUT, NAME, ONTOLOGY, SCHEMA
from kgtool.entities import Entity, Item, Profile, Sitelink
from kgtool.entities.sites import Site, site


class Described(Node):
    """An entity that pages are about; like all nodes, no abstract base class.

    ``id`` is its own; where it comes from, subclasses say.
    """

    __slots__ = ("id",)

    def __init__(self, id: str) -> None:
        self.id = id
        self.key = ("entity", id)

    @property
    def entity(self) -> Entity | None:
        """The entity itself, if it is at hand."""
        raise NotImplementedError

    def other(self, id: str) -> Node:
        """Another entity of the same wiki."""
        raise NotImplementedError


def pages_about(profile: Profile, about: Described) -> list[Node]:
    """The nodes that are about an entity that is at hand."""
    entity = about.entity
    links = entity.sitelinks.values() if isinstance(entity, Item) else ()
    pages = [(link, site(link.site)) for link in links]
    return [
        DatasetNode(profile, about),
        *(SitelinkNode(about, link, at) for link, at in pages if at is not None),
    ]


class DatasetNode(Node):
    """The document that describes an entity."""

    __slots__ = ("_about", "_profile")

    def __init__(self, profile: Profile, about: Described) -> None:
        self._profile, self._about = profile, about
        self.key = ("dataset", about.id)

    @property
    def term(self) -> Term:
        return Iri(self._profile.data_base + self._about.id)

    def out(self, predicate: str) -> Sequence[Node]:
        if predicate == ABOUT:
            return [self._about]
        found = self._literals().get(predicate)
        return () if found is None else [Leaf(found)]

    def predicates(self) -> Iterable[str]:
        return (ABOUT, *self._literals())

    def _literals(self) -> dict[str, Term]:
        entity = self._about.entity
        assert entity is not None
        number = XSD + "integer"
        said: dict[str, Term] = {
            RDF_TYPE: Iri(SCHEMA + "Dataset"),
            "http://creativecommons.org/ns#license": Iri(self._profile.license),
            SCHEMA + "softwareVersion": Literal("1.0.0"),
        }
        if entity.lastrevid is not None:
            said[SCHEMA + "version"] = Literal(str(entity.lastrevid), number)
        if entity.modified is not None:
            said[SCHEMA + "dateModified"] = Literal(entity.modified, XSD + "dateTime")
        count = sum(map(len, entity.claims.values()))
        said[ONTOLOGY + "statements"] = Literal(str(count), number)
        if isinstance(entity, Item):
            identifiers = sum(
                len(statements)
                for statements in entity.claims.values()
                if statements and statements[0].mainsnak.datatype == "external-id"
            )
            said[ONTOLOGY + "sitelinks"] = Literal(str(len(entity.sitelinks)), number)
            said[ONTOLOGY + "identifiers"] = Literal(str(identifiers), number)
        return said


class SitelinkNode(Node):
    """A page about an item."""

    __slots__ = ("_about", "_address", "_link", "_site")

    def __init__(self, about: Described, link: Sitelink, at: Site) -> None:
        self._about, self._link, self._site = about, link, at
        self._address = link.url or at.page(link.title)
        self.key = ("page", self._address)

    @property
    def term(self) -> Term:
        return Iri(self._address)

    def out(self, predicate: str) -> Sequence[Node]:
        match predicate:
            case "http://schema.org/about":
                return [self._about]
            case "http://schema.org/inLanguage":
                return [Leaf(Literal(self._site.language))]
            case "http://schema.org/isPartOf":
                return [SiteNode(self._site)]
            case "http://schema.org/name":
                return [Leaf(text_in(self._link.title, self._site.language))]
            case "http://wikiba.se/ontology#badge":
                return [self._about.other(badge) for badge in dict.fromkeys(self._link.badges)]
            case "http://www.w3.org/1999/02/22-rdf-syntax-ns#type":
                return [Leaf(Iri(SCHEMA + "Article"))]
        return ()

    def predicates(self) -> Iterable[str]:
        yield from (ABOUT, RDF_TYPE, NAME, SCHEMA + "inLanguage", SCHEMA + "isPartOf")
        if self._link.badges:
            yield ONTOLOGY + "badge"


class SiteNode(Node):
    """The wiki that a page is part of."""

    __slots__ = ("_site",)

    def __init__(self, site: Site) -> None:
        self._site = site
        self.key = ("site", site.address)

    @property
    def term(self) -> Term:
        return Iri(self._site.address)

    def out(self, predicate: str) -> Sequence[Node]:
        return [Leaf(Literal(self._site.group))] if predicate == f"{ONTOLOGY}wikiGroup" else ()

    def predicates(self) -> Iterable[str]:
        return (f"{ONTOLOGY}wikiGroup",)
