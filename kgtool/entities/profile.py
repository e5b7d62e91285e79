"""The *wiki profile*: which addresses, prefixes and properties play which role in a Wikibase."""

from __future__ import annotations

import tomllib
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import msgspec

from kgtool.errors import NotFound, UsageError


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which property plays which role; ``""`` where the wiki has none."""

    instance_of: str = ""
    subclass_of: str = ""
    collection: str = ""
    located: str = ""
    owned: str = ""
    archives: str = ""
    part_of: str = ""
    has_part: str = ""
    end_time: str = ""
    point_in_time: str = ""
    country: str = ""
    image: str = ""
    inception: str = ""
    birth: str = ""
    death: str = ""
    coordinates: str = ""
    located_in: str = ""
    official_website: str = ""
    stated_in: str = ""
    reference_url: str = ""
    retrieved: str = ""
    imported_from: str = ""
    wikimedia_import_url: str = ""
    based_on_heuristic: str = ""
    inferred_from: str = ""
    copyright_status: str = ""
    copyright_jurisdiction: str = ""
    non_free_artwork_image: str = ""
    uploadable_image: str = ""
    focus_list: str = ""
    partnership_category: str = ""
    isil: str = ""
    collection_size: str = ""
    applies_to_part: str = ""
    dissolved: str = ""
    closed: str = ""
    merged_into: str = ""
    replaced_by: str = ""
    formatter_url: str = ""
    formatter_uri: str = ""
    format_regex: str = ""
    own_property: str = ""


class NameProperties(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Properties whose texts are names of the item itself, by the kind of name that they are."""

    official: list[str] = []
    short: list[str] = []
    native: list[str] = []
    birth: list[str] = []
    married: list[str] = []
    pseudonym: list[str] = []
    nickname: list[str] = []
    title: list[str] = []
    other: list[str] = []


class KnownItems(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Items that kgtool must recognise; ``""`` where the wiki has none."""

    copyrighted: str = ""
    jurisdiction: str = ""
    human: str = ""


class ConstraintIds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a wiki writes property constraints; ``""`` where it has no such thing.

    First the property of the constraints and those of their parameters, then what the parameters
    may say, then a kind of constraint each. As in the extension WikibaseQualityConstraints.
    """

    property_constraint: str = ""
    item: str = ""
    property: str = ""
    scope: str = ""
    checked_on: str = ""
    separator: str = ""
    minimum: str = ""
    maximum: str = ""
    status: str = ""
    exception: str = ""
    mandatory: str = ""
    suggestion: str = ""
    as_main: str = ""
    as_qualifier: str = ""
    as_reference: str = ""
    on_main: str = ""
    on_qualifier: str = ""
    on_reference: str = ""
    for_items: str = ""
    year: str = ""
    format: str = ""
    one_of: str = ""
    none_of: str = ""
    integer: str = ""
    no_bounds: str = ""
    units: str = ""
    entity_types: str = ""
    property_scope: str = ""
    allowed_qualifiers: str = ""
    required_qualifier: str = ""
    citation_needed: str = ""
    single_value: str = ""
    single_best_value: str = ""
    distinct_values: str = ""
    conflicts_with: str = ""
    requires_statement: str = ""
    difference: str = ""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """One Wikibase. ``concept_base`` is what entity IRIs begin with, before ``entity/``."""

    name: str
    title: str
    concept_base: str
    page_base: str
    action_api: str
    data_base: str
    rest_api: str = ""
    sparql: list[str] = []
    query_page: str = ""
    quickstatements: str = ""
    media_base: str = ""
    data_page_base: str = ""
    thumbnail: str = ""
    license: str = ""
    gregorian: str = "Q1985727"
    julian: str = "Q1985786"
    earth: str = "Q2"
    one: str = "Q199"
    rdf_source: str = "local"
    vocabulary_base: str = "http://www.wikidata.org/"
    string_limit: int = 400
    term_limit: int = 250
    item_namespace: int = 0
    properties: Roles = Roles()
    names: NameProperties = NameProperties()
    items: KnownItems = KnownItems()
    constraints: ConstraintIds = ConstraintIds()

    @cached_property
    def poor_references(self) -> frozenset[str]:
        """Properties that do not make a reference good: they say where data was copied from."""
        p = self.properties
        return frozenset(
            {p.imported_from, p.wikimedia_import_url, p.based_on_heuristic, p.inferred_from} - {""}
        )

    @cached_property
    def name_kinds(self) -> dict[str, str]:
        """Property whose texts are names → the kind of name, a field of :class:`NameProperties`."""
        return {
            property: kind
            for kind in NameProperties.__struct_fields__
            for property in getattr(self.names, kind)
        }

    @cached_property
    def is_of_wikidata(self) -> bool:
        """Whether ids mean here what they mean on Wikidata: each role has the same property."""
        return self.properties == load_profile("wikidata").properties

    def entity_iri(self, id: str) -> str:
        """IRI of an entity: ``http://www.wikidata.org/entity/Q42``."""
        return f"{self.concept_base}entity/{id}"

    def page_title(self, id: str) -> str:
        """Title of the page of an entity; wikis other than Wikidata keep items in a namespace."""
        if id.startswith("P"):
            return f"Property:{id}"
        return f"{self.page_base.rsplit('/', 1)[-1]}{id}"

    def page_url(self, id: str) -> str:
        """Address of the page that a person reads and edits."""
        return f"{self.page_base[: self.page_base.rindex('/') + 1]}{self.page_title(id)}"

    def title_url(self, title: str) -> str:
        """Address of any page of the wiki, by its title."""
        place = quote(title.replace(" ", "_"), safe="/:@!$()*,;~-._")
        return f"{self.page_base[: self.page_base.rindex('/') + 1]}{place}"

    def diff_url(self, revision: int, parent: int = 0) -> str:
        """Address of the page that shows what one revision changed."""
        index = f"{self.action_api.removesuffix('api.php')}index.php"
        return f"{index}?diff={revision}&oldid={parent or 'prev'}"

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """Prefix → IRI, as in the Wikibase RDF dump format."""
        base = self.concept_base
        return {
            "wd": f"{base}entity/",
            "wds": f"{base}entity/statement/",
            "wdv": f"{base}value/",
            "wdref": f"{base}reference/",
            "wdt": f"{base}prop/direct/",
            "wdtn": f"{base}prop/direct-normalized/",
            "p": f"{base}prop/",
            "ps": f"{base}prop/statement/",
            "psv": f"{base}prop/statement/value/",
            "psn": f"{base}prop/statement/value-normalized/",
            "pq": f"{base}prop/qualifier/",
            "pqv": f"{base}prop/qualifier/value/",
            "pqn": f"{base}prop/qualifier/value-normalized/",
            "pr": f"{base}prop/reference/",
            "prv": f"{base}prop/reference/value/",
            "prn": f"{base}prop/reference/value-normalized/",
            "wdno": f"{base}prop/novalue/",
            "wdata": self.data_base,
            "wikibase": "http://wikiba.se/ontology#",
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "owl": "http://www.w3.org/2002/07/owl#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "skos": "http://www.w3.org/2004/02/skos/core#",
            "schema": "http://schema.org/",
            "prov": "http://www.w3.org/ns/prov#",
            "geo": "http://www.opengis.net/ont/geosparql#",
            "cc": "http://creativecommons.org/ns#",
            "ontolex": "http://www.w3.org/ns/lemon/ontolex#",
            "dct": "http://purl.org/dc/terms/",
        }


def load_profile(name: str) -> Profile:
    """The profile of that name, or in the TOML file at that path.

    :raises NotFound: neither is there.
    :raises UsageError: the file is not a profile; says which key.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise NotFound(f"There is no wiki profile at {path}.", hint="See KGTOOL_WIKIBASE.")
        text = path.read_text(encoding="utf-8")
    else:
        shipped = {
            entry.name.removesuffix(".toml"): entry
            for entry in files("kgtool.entities").joinpath("profiles").iterdir()
            if entry.name.endswith(".toml")
        }
        if name not in shipped:
            raise NotFound(
                f"There is no wiki profile named “{name}”.",
                hint=f"Known: {', '.join(sorted(shipped))}; or give the path of a .toml file.",
            )
        text = shipped[name].read_text(encoding="utf-8")
    try:
        return msgspec.convert(tomllib.loads(text), Profile)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"The wiki profile {name} is not TOML: {error}.") from None
    except msgspec.ValidationError as error:
        raise UsageError(f"The wiki profile {name} is not right: {error}.") from None
