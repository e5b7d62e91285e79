"""Entities as RDF: the same as a real Wikibase writes, and always well-formed."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtool.entities import (
    DataValue,
    EntityId,
    EntityIdValue,
    Item,
    Monolingual,
    MonolingualValue,
    Profile,
    Property,
    Quantity,
    QuantityValue,
    Reference,
    Sitelink,
    Snak,
    Statement,
    StringValue,
    Term,
    Time,
    TimeValue,
    entity_from,
    load_profile,
    parse_entity,
)
from kgtool.entities.property_rdf import uri_patterns
from kgtool.entities.rdf import Flavour, RdfWriter, to_ntriples
from kgtool.entities.turtle import to_turtle
from tests.builders import item, snak, statement
from tests.entities.strategies import items

RECORDED = Profile(
    name="recorded",
    title="Recorded",
    concept_base="http://127.0.0.1:8181/",
    page_base="http://127.0.0.1:8181/wiki/",
    action_api="http://127.0.0.1:8181/w/api.php",
    data_base="http://127.0.0.1:8181/wiki/Special:EntityData/",
    media_base="http://commons.wikimedia.org/wiki/Special:FilePath/",
    license="http://creativecommons.org/publicdomain/zero/1.0/",
)
WIKIDATA = load_profile("wikidata")
# rdflib and pyoxigraph refuse the labels of blank nodes that Wikibase writes into RDF/XML: they
# begin with a digit.
NODE_ID = re.compile(rb'rdf:nodeID="')


def recorded(shared: Path, pattern: str) -> list[Path]:
    found = sorted((shared / "wikibase" / "rdf").glob(pattern))
    assert len(found) >= 36
    return found


def entity_of(path: Path) -> Item | Property:
    raw = json.loads(path.read_text(encoding="utf-8"))["entities"]
    (one,) = raw.values()
    entity = entity_from(one)
    assert isinstance(entity, Item | Property)
    return entity


def lines_of(text: str) -> list[str]:
    """Lines of N-Triples with every ``\\u`` escape resolved, so that spelling does not matter."""
    return re.sub(r"\\u([0-9A-F]{4})", lambda m: chr(int(m[1], 16)), text).splitlines()


@pytest.mark.parametrize(("flavour", "suffix"), [("dump", ".dump.nt"), ("simple", ".simple.nt")])
def test_the_triples_are_those_of_a_real_wikibase(
    shared: Path, flavour: Flavour, suffix: str
) -> None:
    for path in recorded(shared, f"*{suffix}"):
        entity = entity_of(path.with_name(path.name.removesuffix(suffix) + ".json"))
        ours = to_ntriples(entity, RECORDED, flavour=flavour).decode()
        assert lines_of(ours) == lines_of(path.read_text(encoding="utf-8")), path.name


def test_the_turtle_is_that_of_a_real_wikibase(shared: Path) -> None:
    for path in recorded(shared, "*.ttl"):
        ours = to_turtle(entity_of(path.with_suffix(".json")), RECORDED)
        theirs = path.read_text(encoding="utf-8")
        assert lines_of(ours) == lines_of(theirs), path.name


def forms(data: bytes, format: ox.RdfFormat) -> set[str]:
    """Predicates and classes with the ids of entities taken out."""
    found = set()
    for quad in ox.parse(data, format=format, lenient=True):
        found.add(re.sub(r"[PQ]\d+", "N", str(quad.predicate)))
        if str(quad.predicate).endswith("#type>"):
            found.add(re.sub(r"[PQ]\d+", "N", str(quad.object)))
    return found


def test_every_form_of_predicate_of_wikidata_is_written(shared: Path) -> None:
    theirs: set[str] = set()
    for path in sorted((shared / "entities" / "rdf").glob("*.rdf.gz")):
        data = NODE_ID.sub(rb'rdf:nodeID="b', gzip.decompress(path.read_bytes()))
        theirs |= forms(data, ox.RdfFormat.RDF_XML)

    viaf = Property(
        "external-id", "P214", claims={"P1921": [statement("P1921", "http://viaf.org/viaf/$1")]}
    )
    writer = RdfWriter(WIKIDATA, uri_patterns([viaf], WIKIDATA))
    first = writer.triples(viaf) + writer.redirect("Q25513531", "Q193563")
    missing = theirs - forms(first, ox.RdfFormat.N_TRIPLES)
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as lines:
        for line in lines:
            if not missing:
                break
            entity = parse_entity(line)
            if isinstance(entity, Item | Property):
                missing -= forms(writer.triples(entity), ox.RdfFormat.N_TRIPLES)
    assert missing == set()


def test_sitelinks_are_those_of_wikidata(shared: Path) -> None:
    """Sitelinks made again from the titles in real RDF give the triples they were read from."""
    data = gzip.decompress((shared / "entities" / "rdf" / "Q193563.rdf.gz").read_bytes())
    graph = list(ox.parse(NODE_ID.sub(rb'rdf:nodeID="b', data), format=ox.RdfFormat.RDF_XML))
    about = {
        quad.subject: quad
        for quad in graph
        if str(quad.predicate) == "<http://schema.org/about>"
        and "EntityData" not in str(quad.subject)
    }
    theirs = {str(quad) for quad in graph if quad.subject in about}
    links = {}
    for quad in graph:
        if quad.subject in about and str(quad.predicate) == "<http://schema.org/name>":
            assert isinstance(quad.object, ox.Literal)
            badges = [
                str(other.object)[1:-1].rpartition("/")[2]
                for other in graph
                if other.subject == quad.subject and str(other.predicate).endswith("badge>")
            ]
            site = site_id(str(quad.subject))
            links[site] = Sitelink(site, quad.object.value, badges)
    assert len(links) > 70

    triples = to_ntriples(Item("Q193563", sitelinks=links), WIKIDATA)
    ours = {str(quad) for quad in ox.parse(triples, format=ox.RdfFormat.N_TRIPLES)}
    assert theirs <= ours


def site_id(page: str) -> str:
    """``<https://zh-yue.wikipedia.org/wiki/…>`` → ``zh_yuewiki``."""
    code, family = page.removeprefix("<https://").split(".")[:2]
    if family == "wikimedia":
        return f"{code}wiki"
    code = "be_x_old" if code == "be-tarask" else code.replace("-", "_")
    return f"{code}{'wiki' if family == 'wikipedia' else family}"


@settings(max_examples=40)
@given(items())
def test_any_item_is_well_formed_and_says_every_statement(entity: Item) -> None:
    triples = list(
        ox.parse(to_ntriples(entity, WIKIDATA), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    )
    said = [t for t in triples if str(t.object) == "<http://wikiba.se/ontology#Statement>"]
    assert len(said) == sum(map(len, entity.claims.values()))
    labels = {
        (t.object.value, t.object.language)
        for t in triples
        if str(t.predicate) == "<http://www.w3.org/2000/01/rdf-schema#label>"
        and isinstance(t.object, ox.Literal)
    }
    assert labels == {(term.value, term.language) for term in entity.labels.values()}


@settings(max_examples=40)
@given(items())
def test_turtle_and_ntriples_say_the_same(entity: Item) -> None:
    turtle = set(
        map(str, ox.parse(to_turtle(entity, WIKIDATA), format=ox.RdfFormat.TURTLE, lenient=True))
    )
    triples = ox.parse(to_ntriples(entity, WIKIDATA), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    assert turtle == set(map(str, triples))


@given(st.text())
def test_labels_come_back_as_they_were(text: str) -> None:
    entity = Item("Q1", labels={"en": Term("en", text)})
    triples = ox.parse(to_ntriples(entity, WIKIDATA), format=ox.RdfFormat.N_TRIPLES)
    labels = [t.object for t in triples if str(t.predicate).endswith("#label>")]
    assert labels == [ox.Literal(text, language="en")]


def test_a_statement_that_no_wiki_has_seen_keeps_its_name() -> None:
    new = statement("P195", "Q190804", qualifiers=[snak("P217", "SK-C-5")])
    first, second = (
        to_ntriples(Item("Q1", claims={"P195": [one]}), WIKIDATA)
        for one in (new, statement("P195", "Q190804", qualifiers=[snak("P217", "SK-C-5")]))
    )
    assert first == second


def test_best_rank_decides_what_is_said_directly() -> None:
    entity = item(
        "Q1",
        statement("P571", "one", rank="preferred"),
        statement("P571", "two"),
        statement("P571", "three", rank="deprecated"),
    )
    direct = [
        line
        for line in to_ntriples(entity, WIKIDATA).decode().splitlines()
        if "/prop/direct/" in line
    ]
    assert direct == [
        '<http://www.wikidata.org/entity/Q1> <http://www.wikidata.org/prop/direct/P571> "one" .'
    ]


HOSTILE = st.sampled_from(
    [
        "Q1> <http://evil/> <http://evil/> .\n<Q2",
        'en" .\n<http://evil/>',
        "Q 1",
        "",
        "é",
        "a\\u003e",
    ]
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_in_an_entity_breaks_out_of_its_triples(id: str, code: str, text: str) -> None:
    """Ids, codes, hashes and times come from files that anybody may have written."""
    time = Time(f"+2000-01-01T{text}", 11, "http://www.wikidata.org/entity/Q1985727")
    values: list[DataValue] = [
        EntityIdValue(EntityId(id)),
        StringValue(text),
        MonolingualValue(Monolingual(text, code)),
        TimeValue(time),
        QuantityValue(Quantity(text, unit=id)),
    ]
    made = Statement(
        Snak("somevalue", "P1", hash=text),
        id=f"{id}${text}",
        qualifiers={id: [Snak("value", id, datavalue=value) for value in values]},
        references=[Reference({"P2": [Snak("novalue", "P2")]}, hash=text)],
    )
    entity = Item(
        id,
        labels={code: Term(code, text)},
        claims={id: [made]},
        sitelinks={text: Sitelink(text, id), "enwiki": Sitelink("enwiki", id, [id], url=text)},
    )
    for triples in (to_ntriples(entity, WIKIDATA), to_turtle(entity, WIKIDATA).encode()):
        turtle = triples.startswith(b"@prefix")
        format = ox.RdfFormat.TURTLE if turtle else ox.RdfFormat.N_TRIPLES
        for quad in ox.parse(triples, format=format, lenient=True):
            assert "<http://evil/>" not in (str(quad.subject), str(quad.predicate))
