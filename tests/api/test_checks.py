"""Checks over HTTP and as pages."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.entities import Entity, Property, to_json
from kgtool.service import surveys
from kgtool.service.callers import OPERATOR
from kgtool.service.surveys import entities_of
from kgtool.views.classes import Numbers
from kgtool.views.snapshot import Snapshot
from kgtool.wiring import Kgtool, build
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
    text = reader.get(f"/partners/{RIJKSMUSEUM}/checks.csv", params={"shape": "artwork"}).text
    assert text.startswith("node,name,severity,")


def test_a_large_collection_is_checked_in_the_background_and_the_answer_kept(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    kgtool = app.state.kgtool
    works = [item(f"Q{n}", P31="Q3305213", P195="Q900") for n in range(1, 8)]
    properties = [Property(id=id, datatype=kind) for id, kind in DATATYPES.items()]
    load(kgtool, item("Q900", P31="Q33506", labels={"en": "Museum"}), *works, *properties)
    read: list[int] = []

    def recorded(snapshot: Snapshot, numbers: Numbers) -> Iterator[Entity]:
        read.append(len(numbers))
        return entities_of(snapshot, numbers)

    monkeypatch.setattr(surveys, "entities_of", recorded)
    monkeypatch.setattr(surveys, "_AT_ONCE", 3)
    monkeypatch.setattr(surveys, "_WORKSPACE_AT_ONCE", 5)
    monkeypatch.setattr(surveys, "_survey_of_columns", lambda judge, snapshot: None)
    reader = TestClient(app, follow_redirects=False)
    page, route = "/partners/Q900/checks?shape=painting", "/api/v1/partners/Q900/checks/painting"

    for language in ("", "/ar"):
        wait = reader.get(f"{language}{page}")
        assert wait.status_code == 200 and "<progress" not in wait.text
        assert "waiting.js" not in wait.text  # no worker: nothing will change
    assert "Every item is being checked" in reader.get(page).text
    for path in (route, page.replace("checks?", "checks.csv?")):
        busy = reader.get(path)
        assert busy.status_code == 503 and "Retry-After" in busy.headers
    assert reader.get(page.replace("painting", "nothing")).status_code == 404
    assert not read  # whoever asks does not walk over the items
    assert [one.kind for one in kgtool.jobs.find(OPERATOR)] == ["checks-count"]

    kgtool.worker().drain()
    assert read == [7]
    told = reader.get(page).text
    assert "0 of 7 items have nothing to mend" in told and "being checked" not in told
    assert reader.get(route).json()["checked"] == 7
    assert reader.get(page.replace("checks?", "checks.ids?")).text.split() == [
        one.id for one in works
    ]
    assert "{|" in reader.get(page.replace("checks?", "checks.wiki?")).text
    (job,) = kgtool.jobs.find(OPERATOR, kind="checks-count")
    assert job.result["page"] == page
    # Another process finds the answer; it is kept as long as nothing changes.
    with contextlib.closing(build(kgtool.settings)) as other:
        survey, newest = other.checks.surveyed("painting", "Q900")
        assert survey is not None and newest and len(survey.items) == 7
    assert read == [7]

    load(kgtool, item("Q8", P31="Q3305213", P195="Q900"))
    older = reader.get(page).text
    assert "of 7 items" in older and "Newer ones are being counted" in older
    kgtool.worker().drain()
    newer = reader.get(page).text
    assert "of 8 items" in newer and "Newer ones" not in newer


DATATYPES = {"P18": "commonsMedia", "P31": "wikibase-item", "P195": "wikibase-item"}


def load(kgtool: Kgtool, *entities: Entity) -> None:
    lines = ((n, to_json(one)) for n, one in enumerate(entities, 1))
    kgtool.loading.load(lines, source="test")
