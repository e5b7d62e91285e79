"""Sizes of collections against what is here, and institutions that are no more."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.entities import to_json
from kgtool.partners import Collection
from kgtool.service.callers import OPERATOR
from kgtool.service.institutions import Sized
from kgtool.settings import Settings
from kgtool.wiring import Kgtool, build
from tests.builders import item
from tests.partners.test_institution import statement

OLD, NEW, PART = "Q900000001", "Q900000002", "Q900000003"
PAINTING, METRE = "Q3305213", "Q11573"


@pytest.fixture
def tool(tmp_path: Path) -> Kgtool:
    """An old museum that was merged into a new one; five works, one of them moved along."""
    old = json.loads(to_json(item(OLD, labels={"en": "Old Museum"})))
    old["claims"] = {
        "P1436": [
            statement("P1436", (10, "1"), P585="2020"),
            statement("P1436", (4, PAINTING)),
            statement("P1436", (300, METRE)),
            statement("P1436", (2, "1"), P518=PART),
        ],
        "P576": [statement("P576", "2021-03-01")],
        "P1366": [statement("P1366", NEW)],
    }
    works = [
        item(f"Q90000010{n}", P31=PAINTING if n < 3 else "Q860861", P195=[OLD, NEW][n == 0 :][:1])
        for n in range(5)
    ]
    works[1] = item("Q900000101", P31=PAINTING, P195=PART)
    lines = [
        json.dumps(old).encode(),
        to_json(item(NEW, labels={"en": "New Museum"})),
        to_json(item(PART, P361=OLD, labels={"en": "Cabinet"})),
        *map(to_json, works),
    ]
    made = build(Settings(home=tmp_path))
    made.loading.load(enumerate(lines, 1), source="test")
    made.partners.add(OLD, name=None, kind="museum", caller=OPERATOR)
    made.partners.add(NEW, name=None, kind="museum", caller=OPERATOR)
    made.partners.change(OLD, OPERATOR, publish=["listed"])
    return made


def test_a_count_stands_beside_the_items_that_it_is_about(tool: Kgtool) -> None:
    found = {(one.part, one.unit): one for one in tool.institutions.every_size(OLD, None)}
    assert found[None, None] == Sized(10, "statement", "2020", here=4)
    assert found[None, PAINTING].here == 2
    assert found[None, METRE].here is None  # shelves are no items
    assert found[PART, None].here == 1


def test_who_says_nothing_is_counted_by_the_catalogue(tool: Kgtool) -> None:
    assert NEW not in tool.institutions.sizes([tool.partners.get(NEW, OPERATOR)])
    catalogues = [Collection("Prints", catalogue_size=30), Collection("Coins", catalogue_size=20)]
    partner = tool.partners.change(NEW, OPERATOR, collections=catalogues)
    size = tool.institutions.sizes([partner])[NEW]
    assert (size.count, size.source, size.here, size.share) == (50, "catalogue", 1, 1 / 50)


def test_sizes_go_out_as_a_table_that_can_come_in_again(tool: Kgtool) -> None:
    text = tool.partners.export_csv(OPERATOR)
    row = next(r for r in csv.DictReader(io.StringIO(text)) if r["qid"] == OLD)
    assert (row["size"], row["size_counted"], row["items"]) == ("10", "2020", "4")
    assert tool.partners.import_csv(text, OPERATOR) == 2


def test_pages_and_programs_hear_of_size_and_successor(tool: Kgtool, tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(home=tmp_path)))
    told = client.get(f"/api/v1/partners/{OLD}").json()
    assert told["size"] == {"count": 10, "counted": "2020", "source": "statement", "items": 4}
    assert told["institution"]["successors"] == [NEW]
    page = client.get(f"/partners/{OLD}").text
    assert "closed (Mar 1, 2021)" in page and f'href="/partners/{NEW}"' in page
    assert "10 objects, by its item" in page
    link = page.split("items still name", 1)[0].rsplit('href="', 1)[1].split('"')[0]
    left = client.get(link.replace("&amp;", "&")).text
    assert "4 items to work on" in left
    assert "closed" in client.get("/partners").text


def test_partners_are_found_by_project_country_and_kind(tmp_path: Path) -> None:
    tool = build(Settings(home=tmp_path))
    project, museum, art_museum = "Q4521133", "Q33506", "Q900000010"
    entities = [
        item(art_museum, P279=museum),
        item("Q900000011", P31=art_museum, P791="SE-A", P17="Q34", labels={"en": "A"}),
        item("Q900000012", P31="Q7075", P8464="Q900000020", P17="Q34", labels={"en": "B"}),
        item("Q900000013", P31=museum, P5008=project, P17="Q20", labels={"en": "C"}),
        item("Q900000014", P31=museum, labels={"en": "neither"}),
    ]
    tool.loading.load(enumerate(map(to_json, entities), 1), source="test")

    def found(**by: str) -> list[str]:
        return [one.label for one, _ in tool.partners.discover(OPERATOR, **by)]

    assert found() == ["A", "B"]  # a focus list counts only for a project that is named
    assert found(project=project) == ["C"]
    assert found(country="Q34") == ["A", "B"] and found(country="Q20") == []
    assert found(kind=museum) == ["A"] and found(kind="Q7075") == ["B"]
    assert found(project=project, kind=museum, country="Q20") == ["C"]
    tool.partners.add("Q900000011", name=None, kind="museum", caller=OPERATOR)
    assert [known for _, known in tool.partners.discover(OPERATOR)] == [True, False]
