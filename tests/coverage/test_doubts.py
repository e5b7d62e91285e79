"""What is measured as 0 % because nobody has it, or because it is misspelt, is said."""

from __future__ import annotations

import json

import pytest

from kgtool.entities import Property, Term
from kgtool.errors import ExpressionError
from tests.builders import item
from tests.coverage.worlds import World

MUSEUM = "Q190804"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(
        tmp_path_factory.mktemp("world"),
        [
            item(
                "Q910000001",
                P195=MUSEUM,
                P18="1.jpg",
                labels={"sv": "Ett"},
                sitelinks={"enwiki": "One"},
            ),
            item("Q910000002", P195=MUSEUM, labels={"mul": "Two"}),
            Property("string", id="P217", labels={"en": Term("en", "inventory number")}),
        ],
    )


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ("P9999999", "No item of this workspace has P9999999"),
        ("P18.P9999999", "No item of this workspace has P9999999"),
        ("P9999998.ref=P9999999", "No item of this workspace has P9999998"),
        ("P9999999=Q5*", "No item of this workspace has P9999999"),
        ("not Senwikix", "site “enwikix”. Is it spelt right? Did you mean “enwiki”?"),
        ("P18 and Lsvv", "language “svv”. Is the code right? Did you mean “sv”?"),
        ("Lxx", "language “xx”"),
    ],
)
def test_a_name_that_nothing_has_is_doubted(world: World, measure: str, told: str) -> None:
    matrix = world.coverage.matrix(MUSEUM, measures=[measure, "P18"])
    assert told in matrix.warnings[0]
    assert json.loads(matrix.to_json())["warnings"] == list(matrix.warnings)
    assert json.loads(world.coverage.totals_json([MUSEUM], [measure]))[0]["warnings"]
    assert told in world.coverage.gaps(MUSEUM, [measure]).warnings[0]
    assert told in world.coverage.matrix(MUSEUM, "P18", [measure]).warnings[0]


@pytest.mark.parametrize("measure", ["P18", "P18.ref", "P217", "Lsv", "Dsv", "Senwiki", "not P18"])
def test_what_somebody_has_or_the_workspace_knows_is_not_doubted(
    world: World, measure: str
) -> None:
    matrix = world.coverage.matrix(MUSEUM, measures=[measure])
    assert matrix.warnings == []
    assert "warnings" not in json.loads(matrix.to_json())


def test_doubts_are_told_in_the_readers_language(world: World) -> None:
    (doubt,) = world.coverage.doubts(["Senwikix"])
    assert doubt.told("sv").endswith("Är den rättstavad? Menade du ”enwiki”?")


def test_what_cannot_be_grouped_by_is_told_with_what_can(world: World) -> None:
    with pytest.raises(ExpressionError) as raised:
        world.coverage.matrix(MUSEUM, "tpye")
    assert "type, collection, country, decade" in raised.value.hint
    assert "P18" in raised.value.hint
