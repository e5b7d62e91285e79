"""The sample: whole in itself, and in agreement with published data."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from pathlib import Path

import pytest

from kgtool.entities import EntityIdValue, Item, Property, TimeValue, parse_entity, to_json
from kgtool.sample import entities, institutions
from tests.published import Published

ITEMS = {one.id: one for one in entities() if isinstance(one, Item)}
PROPERTIES = {one.id: one for one in entities() if isinstance(one, Property)}


def values(item: Item, property: str) -> list[str]:
    return [
        made.mainsnak.datavalue.value.id
        for made in item.claims.get(property, [])
        if isinstance(made.mainsnak.datavalue, EntityIdValue)
    ]


def paintings() -> list[Item]:
    return [item for item in ITEMS.values() if "Q3305213" in values(item, "P31")]


def years(item: Item, property: str) -> list[tuple[int, int]]:
    """First and last year that the dates of a property allow."""
    found = []
    for made in item.claims.get(property, []):
        value = made.mainsnak.datavalue
        if isinstance(value, TimeValue):
            first = int(value.value.time[:5])
            found.append((first, first + (9 if value.value.precision == 8 else 0)))
    return found


def test_it_has_museums_of_a_dozen_countries_and_their_works() -> None:
    countries = {country for id in institutions() for country in values(ITEMS[id], "P17")}
    assert len(institutions()) == len(countries) == 14
    assert 150 <= len(paintings()) <= 200
    held: dict[str, int] = defaultdict(int)
    for work in paintings():
        for holder in values(work, "P195"):
            held[holder] += 1
    assert min(held.values()) >= 9


def test_every_item_that_is_named_is_there_with_a_label() -> None:
    for item in ITEMS.values():
        assert item.labels["en"].value
        for property in item.claims:
            assert property in PROPERTIES
            if property != "P279":  # the classes end somewhere
                assert set(values(item, property)) <= ITEMS.keys(), item.id


def test_reading_the_json_of_an_entity_gives_the_entity() -> None:
    for entity in entities():
        assert parse_entity(to_json(entity)) == entity


def test_statements_have_ids_of_their_own_that_stay() -> None:
    ids = [made.id for item in ITEMS.values() for of in item.claims.values() for made in of]
    assert len(ids) == len(set(ids))
    assert [one.claims for one in entities()] == [one.claims for one in entities()]


def test_an_old_date_is_in_the_julian_calendar() -> None:
    (born,) = ITEMS["Q762"].claims["P569"]
    assert isinstance(born.mainsnak.datavalue, TimeValue)
    assert born.mainsnak.datavalue.value.calendarmodel.endswith("Q1985786")


def test_an_unknown_creator_is_said_to_be_unknown() -> None:
    (made,) = ITEMS["Q9173390"].claims["P170"]
    assert made.mainsnak.snaktype == "somevalue"


def test_labels_and_datatypes_agree_with_published_data(published: Published) -> None:
    for item in ITEMS.values():
        assert published.knows(item.id, item.labels["en"].value), item.id
    for property in PROPERTIES.values():
        assert published.datatypes[property.id] == property.datatype.lower()
        assert published.property_labels[property.id] == property.labels["en"].value


@pytest.fixture(scope="module")
def described(shared: Path) -> dict[str, dict[str, str]]:
    with gzip.open(shared / "artworks" / "paintings_2025.csv.gz", "rt") as file:
        return {row["qid"]: row for row in csv.DictReader(file)}


def test_holders_and_creators_agree_with_published_data(
    described: dict[str, dict[str, str]], published: Published
) -> None:
    for work in paintings():
        row = described[work.id]
        for holder in values(work, "P195"):
            assert (
                ITEMS[holder].labels["en"].value.lower() in row["museum"].replace("，", ",").lower()
            )
        for creator in values(work, "P170"):
            names = {name.lower() for name in published.labels[creator]}
            surnames = {name.split()[-1] for name in names} | names
            assert any(name in row["artist"].lower() for name in surnames), work.id
        for first, last in years(work, "P571"):
            # Dates in the lists are often only the first or the last year of a range.
            assert first - 12 <= int(row["creation"][:4]) <= last + 12, work.id


def test_lives_agree_with_published_data(published: Published) -> None:
    compared = 0
    for item in ITEMS.values():
        if "Q5" not in values(item, "P31"):
            continue
        for property, known in (("P569", published.begins), ("P570", published.ends)):
            for first, last in years(item, property):
                if item.id in known:
                    compared += 1
                    assert first <= known[item.id] <= last, (item.id, property)
    assert compared > 60


def test_classes_agree_with_published_data(shared: Path) -> None:
    with gzip.open(shared / "kb" / "arnold_subclass_of.tsv.gz", "rt") as file:
        known = {tuple(line.split()[:2]) for line in file}
    for item in ITEMS.values():
        for above in values(item, "P279"):
            assert (item.id, above) in known
