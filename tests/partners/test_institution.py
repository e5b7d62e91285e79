"""What is read from the item of an institution."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kgtool.entities import Item, load_profile, parse_entity
from kgtool.partners import Institution, Size, institution_of

PROFILE = load_profile("wikidata")
WD = "http://www.wikidata.org/entity/"


def snak(property: str, value: Any) -> dict[str, Any]:
    match value:
        case str() if value.startswith("Q"):
            data: Any = {"type": "wikibase-entityid", "value": {"entity-type": "item", "id": value}}
        case str():
            precision = {10: 11, 7: 10, 4: 9}[len(value)]
            full = (value + "-00-00")[:10]
            time = {"time": f"+{full}T00:00:00Z", "precision": precision}
            time |= {"timezone": 0, "before": 0, "after": 0, "calendarmodel": f"{WD}Q1985727"}
            data = {"type": "time", "value": time}
        case (int(), str()):
            unit = value[1] if value[1] == "1" else WD + value[1]
            data = {"type": "quantity", "value": {"amount": f"+{value[0]}", "unit": unit}}
        case (float(), float()):
            at = {"latitude": value[0], "longitude": value[1], "precision": None}
            data = {"type": "globecoordinate", "value": at | {"globe": f"{WD}Q2"}}
    return {"snaktype": "value", "property": property, "datavalue": data}


def statement(property: str, value: Any, rank: str = "normal", **qualifiers: Any) -> dict[str, Any]:
    return {
        "mainsnak": snak(property, value),
        "type": "statement",
        "rank": rank,
        "qualifiers": {p: [snak(p, one)] for p, one in qualifiers.items()},
    }


def read(*statements: dict[str, Any]) -> Institution:
    claims: dict[str, list[Any]] = {}
    for one in statements:
        claims.setdefault(one["mainsnak"]["property"], []).append(one)
    item = parse_entity(json.dumps({"type": "item", "id": "Q190804", "claims": claims}).encode())
    assert isinstance(item, Item)
    return institution_of(item, PROFILE)


def test_the_newest_count_of_the_whole_counts() -> None:
    found = read(
        statement("P1436", (900, "1"), P585="2010"),
        statement("P1436", (1_000, "1"), P585="2019-05"),
        statement("P1436", (5, "1"), "deprecated", P585="2025"),
        statement("P1436", (800, "1"), "preferred"),
    )
    assert found.whole == Size(1_000, "2019-05")
    assert found.sizes == [found.whole]


def test_of_one_time_the_preferred_count_counts() -> None:
    found = read(
        statement("P1436", (7, "1"), "preferred", P585="2019"),
        statement("P1436", (8, "1"), P585="2019"),
    )
    assert found.whole == Size(7, "2019")


def test_counts_of_parts_and_in_units_stand_by_themselves() -> None:
    found = read(
        statement("P1436", (300, "Q3305213"), P585="2015"),
        statement("P1436", (40, "1"), P518="Q3044768"),
        statement("P1436", (5_000, "Q199")),
    )
    assert found.whole == Size(5_000)  # Q199 is the number one, and no unit
    assert set(found.sizes[1:]) == {
        Size(300, "2015", unit="Q3305213"),
        Size(40, part="Q3044768"),
    }


def test_who_has_no_count_of_the_whole_has_no_whole() -> None:
    assert read(statement("P1436", (40, "1"), P518="Q3044768")).whole is None
    assert read() == Institution("Q190804")


def test_place_end_and_successors() -> None:
    found = read(
        statement("P625", (52.36, 4.885)),
        statement("P576", "1990-06-30"),
        statement("P3999", "1989"),
        statement("P1366", "Q19675"),
        statement("P7888", "Q19675"),
        statement("P7888", "Q160112"),
    )
    assert found.place == (52.36, 4.885)
    assert found.ended == "1989"
    assert found.successors == ["Q19675", "Q160112"]


def test_an_end_that_is_not_known_to_the_year_is_an_end() -> None:
    decade = statement("P576", "1990")
    decade["mainsnak"]["datavalue"]["value"]["precision"] = 8
    unknown, never = statement("P576", "1990"), statement("P576", "1990")
    unknown["mainsnak"] = {"snaktype": "somevalue", "property": "P576"}
    never["mainsnak"] = {"snaktype": "novalue", "property": "P576"}
    for one in (read(decade), read(unknown)):
        assert one.closed and one.gone and one.ended == ""
    assert not read(never).gone and not read(statement("P576", "1990", "deprecated")).gone
    assert read(statement("P1366", "Q1")).gone and not read(statement("P1366", "Q1")).closed


@pytest.mark.parametrize("globe", ["Q405", "Q111"])
def test_places_elsewhere_than_on_earth_are_none(globe: str) -> None:
    there = statement("P625", (1.0, 2.0))
    there["mainsnak"]["datavalue"]["value"]["globe"] = WD + globe
    assert read(there).place is None
