"""Hashes as a real Wikibase gives them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from kgtool.entities import (
    EntityIdValue,
    Item,
    Property,
    Reference,
    Snak,
    Statement,
    entity_from,
    parse_entity,
)
from kgtool.entities.hashes import php_number, reference_hash, snak_hash, statement_name
from tests.builders import snak, statement
from tests.entities.strategies import items


def statements_of(entity: Item | Property) -> Iterator[Statement]:
    for group in entity.claims.values():
        yield from group


def snaks_of(made: Statement) -> Iterator[Snak]:
    yield made.mainsnak
    for group in made.qualifiers.values():
        yield from group
    for reference in made.references:
        for group in reference.snaks.values():
            yield from group


def test_all_hashes_of_a_current_wikibase_are_its_own(shared: Path) -> None:
    count: Counter[str] = Counter()
    for path in (shared / "wikibase" / "rdf").glob("*.json"):
        if path.name == "INDEX.json":
            continue
        (raw,) = json.loads(path.read_text(encoding="utf-8"))["entities"].values()
        entity = entity_from(raw)
        assert isinstance(entity, Item | Property)
        for made in statements_of(entity):
            for one in snaks_of(made):
                assert one.hash == snak_hash(one), path.name
                count["snaks"] += 1
            for reference in made.references:
                assert reference.hash == reference_hash(reference), path.name
                count["references"] += 1
    assert count["snaks"] > 50 and count["references"] == 4


def test_nearly_all_hashes_of_wikidata_are_its_own(shared: Path) -> None:
    """Left out: values that are properties, which Wikidata hashed otherwise before 2021."""
    snaks: Counter[bool] = Counter()
    references: Counter[bool] = Counter()
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as lines:
        for line in lines:
            entity = parse_entity(line)
            if not isinstance(entity, Item | Property):
                continue
            for made in statements_of(entity):
                for one in snaks_of(made):
                    value = one.datavalue
                    older = isinstance(value, EntityIdValue) and value.value.entity_type != "item"
                    if one.hash is not None and not older:
                        snaks[one.hash == snak_hash(one)] += 1
                for reference in made.references:
                    references[reference.hash == reference_hash(reference)] += 1
    assert snaks[True] > 80_000 and snaks[False] < 100
    assert references[True] > 16_000 and references[False] < 130


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (10, "10"),
        (10.0, "10"),
        (-0.5, "-0.5"),
        (1e-05, "1.0E-5"),
        (1.5e-07, "1.5E-7"),
        (0.0001, "0.0001"),
        (1 / 3600, "0.00027777777777778"),
        (48.83361111111111, "48.833611111111"),
        (1e15, "1.0E+15"),
    ],
)
def test_numbers_are_written_as_php_does(number: float, text: str) -> None:
    assert php_number(number) == text


@settings(max_examples=40)
@given(items())
def test_the_order_of_a_references_snaks_plays_no_part(entity: Item) -> None:
    for made in statements_of(entity):
        for reference in made.references:
            turned = Reference(dict(reversed(reference.snaks.items())))
            assert reference_hash(turned) == reference_hash(reference)


def test_different_statements_have_different_names() -> None:
    plain = statement("P195", "Q190804")
    names = {
        statement_name("Q1", plain),
        statement_name("Q1", statement("P195", "Q190804", qualifiers=[snak("P217", "SK-C-5")])),
        statement_name("Q1", statement("P195", "Q190804", references=[[snak("P248", "Q5598")]])),
        statement_name("Q2", plain),
    }
    assert len(names) == 4
    assert statement_name("Q1", statement("P1", "a", id="Q1$5-F")) == "Q1-5-F"
