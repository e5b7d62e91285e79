"""The arcs that checks see of an entity are exactly the triples of its RDF."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgtool.checks.entity_nodes import Wiki
from kgtool.checks.nodes import Node
from kgtool.checks.terms import Term, parse_term
from kgtool.checks.vocabulary import ABOUT
from kgtool.entities import Entity, Item, entity_from
from kgtool.entities.rdf import RdfWriter
from tests.checks.worlds import WIKIDATA, real_entities


def of_rdf(writer: RdfWriter, entity: Entity) -> set[tuple[Term, str, Term]]:
    found = set()
    for line in writer.triples(entity).decode().splitlines():
        subject, predicate, object = line.removesuffix(" .").split(" ", 2)
        found.add((parse_term(subject), predicate[1:-1], parse_term(object)))
    return found


def of_nodes(wiki: Wiki, entity: Entity) -> set[tuple[Term, str, Term]]:
    found, seen = set(), set()
    waiting: list[Node] = [wiki.node(entity)]
    while waiting:
        node = waiting.pop()
        if node.key in seen:
            continue
        seen.add(node.key)
        for predicate in node.predicates():
            for value in node.out(predicate):
                found.add((node.term, predicate, value.term))
                waiting.append(value)
        waiting += node.incoming(ABOUT)
    return found


@pytest.mark.long
def test_every_real_item(shared: Path) -> None:
    writer, wiki = RdfWriter(WIKIDATA), Wiki(WIKIDATA)
    for entity in list(real_entities(shared).values())[::3]:
        if isinstance(entity, Item):
            assert of_nodes(wiki, entity) == of_rdf(writer, entity), entity.id


def test_a_property_says_what_it_is(shared: Path) -> None:
    writer, wiki = RdfWriter(WIKIDATA), Wiki(WIKIDATA)
    entity = real_entities(shared)["P31"]
    said = of_nodes(wiki, entity)
    subject = wiki.node(entity).term
    assert {one for one in said if one[0] == subject} == {
        one for one in of_rdf(writer, entity) if one[0] == subject
    }


def test_every_recorded_edge_case(shared: Path) -> None:
    writer, wiki = RdfWriter(WIKIDATA), Wiki(WIKIDATA)
    items = 0
    for path in sorted((shared / "wikibase" / "rdf").glob("*.json")):
        if path.name == "INDEX.json":
            continue
        for raw in json.loads(path.read_bytes())["entities"].values():
            entity = entity_from(raw)
            if isinstance(entity, Item):
                items += 1
                assert of_nodes(wiki, entity) == of_rdf(writer, entity), path.name
    assert items > 20
