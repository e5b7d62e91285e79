"""A wiki that is not Wikidata: what its entities are called follows from its profile alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kgtool.coverage.selection import OfItems
from kgtool.drafts import Create, Draft, Unchanged
from kgtool.entities import Quantity, QuantityValue, load_profile
from kgtool.wiring import Kgtool
from tests.builders import item, statement
from tests.writes.wikis import MAPPING_HEAD, WritableWiki, writable_wiki

BASE = "https://base.example.org/"
METRE = f"{BASE}entity/Q1"
MAPPING = f"""{MAPPING_HEAD}
[[statements]]
property = "P2048"
type = "quantity"
column = "height"
unit = "Q1"
references = []
[[statements]]
property = "P2048"
type = "quantity"
column = "width"
units = {{ cm = "Q2" }}
many = true
references = []
"""


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[WritableWiki]:
    like = replace(load_profile("wikidata"), name="base", concept_base=BASE)
    with writable_wiki(tmp_path, like=like) as running:
        yield running


def _units(found: Any) -> list[str]:
    values = (one.mainsnak.datavalue for one in found.claims["P2048"])
    return [value.value.unit for value in values if isinstance(value, QuantityValue)]


def test_units_are_items_of_the_wiki_from_the_table_to_the_graph(
    wiki: WritableWiki, tool: Kgtool, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("id,name,height,width\na,one,2.50,12 cm\nb,two,3,\n")
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    plan = tool.drafts.plan(tmp_path / "t.csv", str(tmp_path / "m.toml"), against="wiki")
    assert [type(row) for row in plan.rows] == [Create, Create]
    batch = tool.batches.start(plan)
    assert tool.batches.apply(batch)["confirmed"] == 2
    first, second = [line.item for line in batch.report()]
    assert [line.message for line in batch.report()] == ["", ""]
    assert _units(wiki.item(first)) == [METRE, f"{BASE}entity/Q2"]

    tool.sync.run(OfItems((first, second)))
    held = tool.snapshots.current().entities.many([first])[first]
    assert _units(held) == [METRE, f"{BASE}entity/Q2"]
    ours = Draft("a", 1, item(first, *held.claims["P2048"]))
    assert isinstance(wiki.plan([ours]).rows[0], Unchanged)
    text = (
        f"SELECT ?u WHERE {{ <{BASE}entity/{first}> <{BASE}prop/P2048> ?s . "
        f"?s <{BASE}prop/statement/value/P2048> ?v . "
        "?v <http://wikiba.se/ontology#quantityUnit> ?u }"
    )
    query = tool.sparql.select(text)
    assert {row["u"].value for row in query.rows} == {METRE, f"{BASE}entity/Q2"}


def test_units_of_quickstatements_are_items_of_the_wiki_both_ways(
    wiki: WritableWiki, tool: Kgtool, tmp_path: Path
) -> None:
    commands = 'CREATE\nLAST\tLen\t"a thing"\nLAST\tP2048\t+2.50[+2.4,+2.6]U1\n'
    (tmp_path / "c.txt").write_text(commands)
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    plan = tool.drafts.plan(tmp_path / "c.txt", str(tmp_path / "m.toml"), against="wiki")
    assert tool.drafts.export(plan, "quickstatements") == commands
    batch = tool.batches.start(plan)
    tool.batches.apply(batch)
    [line] = batch.report()
    [kept] = wiki.item(line.item).claims["P2048"]
    assert kept.mainsnak.datavalue == QuantityValue(Quantity("+2.50", METRE, "+2.6", "+2.4"))


def test_a_unit_that_the_wiki_does_not_have_is_refused_before(wiki: WritableWiki) -> None:
    wanted = [
        statement("P2048", QuantityValue(Quantity("+1", f"{BASE}entity/{unit}")))
        for unit in ("Q404", "Q0", "cm")
    ]
    more = statement("P2048", QuantityValue(Quantity("+1", "cm")))
    rows = [
        Draft(f"r{n}", n, item("", one, labels={"en": f"x{n}"}))
        for n, one in enumerate([*wanted, more])
    ]
    plan = wiki.plan(rows)
    assert plan.counts()["refused"] == 4
    told = [{one.code for one in row.findings if one.level == "refuse"} for row in plan.rows]
    assert told == [{"no-item"}, {"unit"}, {"unit"}, {"unit"}]
