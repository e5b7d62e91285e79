"""Checks over HTTP and as pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.entities import to_json
from tests.builders import item

RIJKSMUSEUM = "Q190804"


@pytest.fixture
def reader(sample_app: FastAPI) -> Iterator[TestClient]:
    with TestClient(sample_app, follow_redirects=False) as made:
        yield made


def test_posted_entities_and_drafts_are_judged(reader: TestClient) -> None:
    draft = to_json(item("", P31="Q3305213", labels={"en": "New"}))
    found = reader.post("/api/v1/checks/painting", content=draft).json()
    assert (found["checked"], found["conforming"]) == (1, 0)
    assert "P18" in {one["property"] for one in found["findings"]}
    assert {one["link"] for one in found["findings"]} == {""}
    many = b'{"entities": {"Q1": %s}}' % to_json(item("Q1"))
    assert reader.post("/api/v1/checks/painting", content=many).json()["checked"] == 1


@pytest.mark.parametrize(
    ("shape", "body", "status"),
    [
        ("painting", b"{oops", 422),
        ("painting", b"[1]", 422),
        ("painting", b"[]", 400),
        ("painting", b"[" * 100_000, 422),
        ("nothing", b"{}", 404),
        ("painting", b"[" + b",".join([b'{"type":"item"}'] * 501) + b"]", 413),
    ],
)
def test_what_cannot_be_judged_is_refused(
    reader: TestClient, shape: str, body: bytes, status: int
) -> None:
    answer = reader.post(f"/api/v1/checks/{shape}", content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_partners_findings_come_page_by_page(reader: TestClient) -> None:
    route = f"/api/v1/partners/{RIJKSMUSEUM}/checks/artwork"
    whole = reader.get(route).json()
    nodes = sorted({one["node"] for one in whole["findings"]})
    assert whole["checked"] - whole["conforming"] == len(nodes) == whole["failing"]
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = reader.get(route, params={"limit": 4, "after": after}).json()
        seen += sorted({one["node"] for one in page["findings"]})
        after = page["next"]
    assert sorted(seen) == nodes
    for one in whole["constraints"]:
        told = [f for f in whole["findings"] if f["constraint"] == one["constraint"]]
        assert len({f["node"] for f in told}) == one["failing"]


def test_findings_can_be_narrowed_and_taken_as_csv(reader: TestClient) -> None:
    route = f"/api/v1/partners/{RIJKSMUSEUM}/checks/artwork"
    required = reader.get(route, params={"severity": "required"}).json()
    assert {one["severity"] for one in required["findings"]} <= {"required"}
    text = reader.get(route, headers={"Accept": "text/csv"}).text
    assert text.startswith("node,name,severity,")


def test_the_counts_of_a_constraint_are_a_measure(reader: TestClient) -> None:
    measures = {"measure": ["shape:artwork", "shape:artwork/P18"]}
    groups = reader.get(f"/api/v1/partners/{RIJKSMUSEUM}/coverage", params=measures).json()
    cells = groups["groups"][0]["measures"]
    report = reader.get(f"/api/v1/partners/{RIJKSMUSEUM}/checks/artwork").json()
    assert cells["shape:artwork"]["have"] == report["conforming"]
    image = [one["failing"] for one in report["constraints"] if one["property"] == "P18"]
    assert cells["shape:artwork/P18"]["missing"] == sum(image)


@pytest.mark.parametrize("language", ["en", "sv", "ar"])
def test_the_page_of_a_partners_checks_and_its_filters(reader: TestClient, language: str) -> None:
    path = f"/{language}/partners/{RIJKSMUSEUM}/checks"
    page = reader.get(path)
    assert page.status_code == 200
    links = re.findall(rf'href="({path}\?[^"]+)"', page.text)
    assert links
    for link in links[:4]:
        narrowed = reader.get(link.replace("&amp;", "&"))
        assert narrowed.status_code == 200
        assert 'id="findings"' in narrowed.text


def test_a_page_without_items_says_so(reader: TestClient) -> None:
    page = reader.get("/partners/Q219831/checks?shape=painting")  # a painting of the sample
    assert page.status_code == 200
    assert "nothing could be checked" in page.text


@pytest.mark.parametrize("below", ["", "/checks", "/history", "/changes"])
def test_an_id_that_nobody_knows_has_no_pages(reader: TestClient, below: str) -> None:
    page = reader.get(f"/partners/Q42{below}")
    assert page.status_code == 404
    assert "neither a partner nor in this workspace" in page.text


def test_findings_of_a_page_as_csv(reader: TestClient) -> None:
    text = reader.get("/checks.csv", params={"of": RIJKSMUSEUM, "shape": "artwork"}).text
    assert text.startswith("node,name,severity,")
