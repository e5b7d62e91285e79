"""Plans against the entities of a workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgtool.drafts import Draft, MemoryWorld, World, outcome_name, parse_mapping, plan_rows
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


@pytest.fixture
def tool(tmp_path: Path) -> Kgtool:
    """A workspace that holds :data:`ITEMS`."""
    lines = tmp_path / "entities.jsonl"
    lines.write_bytes(b"".join(to_json(one) + b"\n" for one in ITEMS))
    made = build(Settings(home=tmp_path / "home"))
    made.loading.load(Dump([str(lines)], progress=False), source="test")
    return made


def _world(tool: Kgtool) -> World:
    found: World = tool._world("workspace")
    return found


def test_a_workspace_answers_as_the_same_entities_in_memory(tool: Kgtool) -> None:
    one, two = _world(tool), MemoryWorld(ITEMS)
    for world in (one, two):
        assert world.holders("P856", ["https://lund.example/", "x"]) == {
            "https://lund.example/": ["Q900000001"]
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
        (item("Q900000009", labels={"en": "Elsewhere"}), "doubtful"),
    ],
)
def test_rows_end_by_what_the_workspace_holds(wanted: Item, outcome: str, tool: Kgtool) -> None:
    [row] = plan_rows(
        [Draft("a", 1, wanted, keys=["P791"])], _world(tool), load_profile("wikidata")
    )
    assert outcome_name(row) == outcome


def test_scripts_plan_drafts_of_their_own(tool: Kgtool) -> None:
    mapping = parse_mapping('name = "m"\ntitle = "M"\nkey = "k"\n')
    drafts = [Draft("a", 1, item("", labels={"en": "New"}))]
    assert tool.drafts.plan_drafts(drafts, mapping).counts()["refused"] == 1  # nothing is named
