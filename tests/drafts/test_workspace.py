"""Plans against the entities of a workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgtool.drafts import (
    Doubtful,
    Draft,
    MemoryWorld,
    World,
    outcome_name,
    parse_mapping,
    plan_csv,
    plan_rows,
    read_plan,
    write_plan,
)
from kgtool.entities import Item, load_profile, to_json
from kgtool.settings import Settings
from kgtool.sources.dump import Dump
from kgtool.wiring import Kgtool, build
from tests.builders import item, statement

ITEMS = [
    item(
        "Q900000001",
        statement("P791", "SE-Lund"),
        statement("P856", "https://lund.example/"),
        labels={"en": "Lund Museum"},
        aliases={"sv": ["Stadsmuseet"]},
        sitelinks={"svwiki": "Lunds museum"},
        P17="Q34",
    ),
    item("Q900000002", statement("P791", "SE-Old", rank="deprecated"), labels={"mul": "Kiruna"}),
]

MAPPING = """
name = "m"
title = "M"
key = "k"
source = { title = "Register" }
license = { name = "CC0-1.0" }
notability = { ground = "described in the register" }
"""


@pytest.fixture
def tool(tmp_path: Path) -> Kgtool:
    """A workspace that holds :data:`ITEMS`."""
    lines = tmp_path / "entities.jsonl"
    lines.write_bytes(b"".join(to_json(one) + b"\n" for one in ITEMS))
    made = build(Settings(home=tmp_path / "home"))
    made.loading.load(Dump([str(lines)], progress=False), source="test")
    return made


def _world(tool: Kgtool) -> World:
    with tool._world("workspace") as found:
        return found


def test_a_workspace_answers_as_the_same_entities_in_memory(tool: Kgtool) -> None:
    one, two = _world(tool), MemoryWorld(ITEMS)
    for world in (one, two):
        assert world.holders("P856", ["https://lund.example/", "x"]) == {
            "https://lund.example/": ["Q900000001"]
        }
        assert world.on_site("P856", ["lund.example", "example"]) == {
            "lund.example": ["Q900000001"]
        }
        assert world.named(["Lund Museum", "nothing"], ["en"]) == {"Lund Museum": ["Q900000001"]}
        assert world.linked("svwiki", ["Lunds museum", "x"]) == {"Lunds museum": "Q900000001"}
        assert world.items(["Q900000001", "Q5"]) == {"Q900000001": ITEMS[0]}
    assert one.named(["Kiruna", "Stadsmuseet"], ["sv"]) == {
        "Kiruna": ["Q900000002"],
        "Stadsmuseet": ["Q900000001"],
    }
    assert one.holders("P791", ["SE-Old"]) == {}  # deprecated: it is not that item's


@pytest.mark.parametrize(
    ("wanted", "outcome"),
    [
        (item("", statement("P791", "SE-Lund")), "unchanged"),
        (item("", statement("P791", "SE-Lund"), P17="Q39"), "conflicting"),
        (item("", statement("P791", "SE-Lund"), P131="Q1"), "complete"),
        (item("", labels={"en": "Lund Museum"}), "doubtful"),
        (item("", labels={"en": "New"}), "create"),
        (item("", statement("P856", "http://www.lund.example/en"), labels={"en": "N"}), "doubtful"),
        (item("", labels={"en": "New"}, aliases={"sv": ["Stadsmuseet"]}), "doubtful"),
        (item("Q900000009", labels={"en": "Elsewhere"}), "doubtful"),
    ],
)
def test_rows_end_by_what_the_workspace_holds(wanted: Item, outcome: str, tool: Kgtool) -> None:
    [row] = plan_rows(
        [Draft("a", 1, wanted, keys=["P791"])], _world(tool), load_profile("wikidata")
    )
    assert outcome_name(row) == outcome


def test_a_name_that_the_reconciler_finds_alike_is_for_a_person(tool: Kgtool) -> None:
    mapping = parse_mapping(MAPPING)
    rows = [
        Draft("a", 1, item("", labels={"en": "Lunds Museum"})),
        Draft("b", 2, item("", labels={"en": "Lund Musem"}, P17="Q39")),
        Draft("c", 3, item("", labels={"en": "Observatory of Quito"})),
    ]
    a, b, c = tool.drafts.plan_drafts(rows, mapping).rows
    assert isinstance(a, Doubtful) and [one.id for one in a.near] == ["Q900000001"]
    assert a.near[0].why.told("fr") == "a un nom semblable à «\u00a0Lunds Museum\u00a0»"
    assert (outcome_name(b), outcome_name(c)) == ("create", "create")  # b: of another country


SHAPE = """
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
start = @<urn:s>
<urn:s> {
  wdt:P217 /^[0-9]+$/ * // rdfs:label "inventory number"@en // rdfs:label "inventarienummer"@sv ;
  wdt:P195 . {1,2}
}
"""


def test_a_shape_judges_what_would_be_written_and_tells_it_in_any_language(
    tool: Kgtool, tmp_path: Path
) -> None:
    shape = tmp_path / "number.shex"
    shape.write_text(SHAPE)
    rows = [
        Draft("a", 1, item("Q900000001", statement("P217", "A1"))),
        Draft("b", 2, item("", statement("P217", "7"), labels={"en": "New"})),
    ]
    plan = tool.drafts.plan_drafts(rows, parse_mapping(MAPPING), shape=str(shape))
    write_plan(plan, tmp_path / "plan.json")
    there, new = read_plan(tmp_path / "plan.json").rows
    # That the item has no P195 is not what the row does to it.
    [value] = [one for one in there.findings if one.code.startswith("shape-")]
    assert (value.code, value.where) == ("shape-value", "P217")
    assert value.told("sv").startswith("inventarienummer har värdet A1;")
    [missing] = [one for one in new.findings if one.code.startswith("shape-")]
    assert (missing.code, missing.where) == ("shape-missing", "P195")
    assert "inventarienummer" in plan_csv(plan, "sv") and "inventory" not in plan_csv(plan, "sv")
    # A person's decision judges again, and says it once.
    again = tool.drafts.decide(plan, "b", "create").rows[1]
    assert [one for one in again.findings if one.code.startswith("shape-")] == [missing]


def test_scripts_plan_drafts_of_their_own(tool: Kgtool) -> None:
    mapping = parse_mapping('name = "m"\ntitle = "M"\nkey = "k"\n')
    drafts = [Draft("a", 1, item("", labels={"en": "New"}))]
    assert tool.drafts.plan_drafts(drafts, mapping).counts()["refused"] == 1  # nothing is named
