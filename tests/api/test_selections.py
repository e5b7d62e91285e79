"""Saved selections: one set of pages for whatever people work on."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from msgspec.structs import replace
from starlette.testclient import TestClient

from kgtool import sample
from kgtool.api.app import create_app
from kgtool.entities import Item, to_json
from kgtool.service.callers import OPERATOR, Caller
from kgtool.service.saved import text_of
from kgtool.settings import Settings
from tests.builders import item, statement
from tests.short import short

from .conftest import form_token

Bearer = Callable[..., dict[str, str]]
ITEMS = {"title": "Two", "definition": {"kind": "items", "qids": ["Q219831", "Q766782"]}}


def test_a_selection_is_saved_by_its_owner_alone(client: TestClient, bearer: Bearer) -> None:
    ann, bea, staff = bearer("volunteer"), bearer("volunteer"), bearer("coordinator")
    path = "/api/v1/selections/two-works"
    assert client.put(path, json=ITEMS).status_code == 401
    assert client.put(path, headers=ann, json=ITEMS).json()["definition"] == {
        **ITEMS["definition"],  # type: ignore[dict-item]  # it is a dictionary
        "name": "items",
    }
    assert client.put(path, headers=bea, json=ITEMS).status_code == 400
    assert client.put(path, headers=ann, json={**ITEMS, "title": "Both"}).json()["title"] == "Both"
    listed = client.get("/api/v1/selections").json()
    assert [one["name"] for one in listed["selections"]] == ["two-works"]
    assert "volunteer" not in client.get(path).text, "whose it is, is nobody's business"
    assert client.delete(path, headers=bea).status_code == 404
    assert client.delete(path, headers=staff).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"kind": "nothing"},
        {"kind": "items", "qids": []},
        {"kind": "items", "qids": ["Q1; DROP"]},
        {"kind": "focus", "qid": "x"},
        {"kind": "saved", "name": "two-works"},
        {"kind": "query", "query": ""},
        {"kind": "pagepile", "number": 0},
    ],
)
def test_what_is_no_selection_is_refused(
    client: TestClient, bearer: Bearer, definition: dict[str, object]
) -> None:
    given = {"title": "x", "definition": definition}
    answer = client.put("/api/v1/selections/abc", headers=bearer("volunteer"), json=given)
    assert answer.status_code == 400 and answer.json()["detail"]


@pytest.mark.parametrize("name", ["A", "a", "-abc", "ab%20c", "x" * 81, "abc-"])
def test_names_that_cannot_be(client: TestClient, bearer: Bearer, name: str) -> None:
    answer = client.put(f"/api/v1/selections/{name}", headers=bearer("volunteer"), json=ITEMS)
    assert answer.status_code in (400, 422)


def test_a_selection_has_the_same_pages_as_a_partner(
    sample_app: FastAPI, sample_signed_in: Callable[[str], TestClient]
) -> None:
    ann = sample_signed_in("volunteer")
    csrf = form_token(ann, "/selections/new")
    form = {"csrf": csrf, "name": "two-works", "title": "Two works", "kind": "items"}
    made = ann.post("/selections/new", data={**form, "text": "Q219831\nQ766782"})
    assert made.status_code == 303, made.text
    page = ann.get(made.headers["location"]).text
    assert "Two works" in page and "2 items of this collection" in page
    assert ann.get("/worklists?of=two-works&missing=P180").status_code == 200
    assert "Two works" in ann.get("/coverage").text
    owner = next(one.by for one in sample_app.state.kgtool.saved_selections.find())
    sample_app.state.kgtool.saved_selections.remove(
        "two-works", Caller(name=owner, role="volunteer")
    )


def test_a_pile_is_saved_by_its_number(
    app: FastAPI, signed_in: Callable[[str], TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = app.state.kgtool
    tool.loading.load([(1, to_json(item("Q219831"))), (2, to_json(item("Q766782")))])
    monkeypatch.setattr(tool.selections, "_pagepile", {4711: ["Q219831"]}.__getitem__)
    ann = signed_in("volunteer")
    csrf = form_token(ann, "/selections/new")
    form = {"csrf": csrf, "name": "a-pile", "title": "A pile", "kind": "pagepile"}
    refused = ann.post("/selections/new", data={**form, "text": "Q219831"})
    assert refused.status_code == 400 and "not the number of a PagePile" in refused.text
    made = ann.post("/selections/new", data={**form, "text": " 4711 "})
    assert "1 item of this collection" in ann.get(made.headers["location"]).text
    assert ann.get("/worklists.txt?of=a-pile&missing=P18").text == "Q219831\n"
    assert ann.get("/api/v1/selections/a-pile/gaps?missing=P18").json()["count"] == 1


def test_what_was_typed_stays_until_it_is_right(signed_in: Callable[[str], TestClient]) -> None:
    ann = signed_in("volunteer")
    form = {"csrf": form_token(ann, "/selections/new"), "title": "My <works>", "kind": "items"}
    refused = ann.post("/ar/selections/new", data={**form, "name": "mine!", "text": "Q42 Q64"})
    assert refused.status_code == 400 and 'role="alert"' in refused.text
    shown = refused.text
    assert "My &lt;works&gt;" in shown and "mine!" in shown and "Q42 Q64</textarea>" in shown
    assert '<option value="items" selected>' in shown
    assert 'lang="en"' not in shown.partition("<main")[2], "told in the reader's language"


def test_the_answer_of_a_query_becomes_a_selection(
    sample_app: FastAPI, sample_signed_in: Callable[[str], TestClient]
) -> None:
    """Saved, changed by its owner alone, and removed, all in a browser."""
    ann, bea = sample_signed_in("volunteer"), sample_signed_in("volunteer")
    asked = "/en/queries/gaps/no-image?run=true&partner=Q190804"
    assert "/selections/new?" not in TestClient(sample_app).get(asked).text
    (link,) = re.findall(r'href="(/en/selections/new\?[^"]+)"', ann.get(asked).text)
    form = ann.get(html.unescape(link)).text
    assert '<option value="query" selected>' in form
    (query,) = re.findall(r'id="text"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    (title,) = re.findall(r'id="title"[^>]* value="([^"]*)"', form)
    typed = {"title": html.unescape(title), "kind": "query", "text": html.unescape(query)}
    csrf = form_token(ann, html.unescape(link))
    saved = ann.post("/selections/new", data={**typed, "csrf": csrf, "name": "no-pictures"})
    assert saved.status_code == 303
    count = sample_app.state.kgtool.coverage.gaps("Q190804", ["P18"]).count
    path = "/en/selections/no-pictures"
    assert f"{count} items of this collection" in ann.get(path).text

    change, remove = "/en/selections/new?change=no-pictures", "/en/selections/no-pictures/remove"
    assert change in ann.get(path).text and remove in ann.get(path).text
    assert change not in bea.get(path).text and remove not in bea.get(path).text
    again = ann.get(change).text
    assert "no-pictures" in again and html.escape("SELECT", quote=False) in again
    other = form_token(bea, "/selections/new")
    assert bea.post(remove, data={"csrf": other}).status_code == 404
    assert ann.post(remove, data={"csrf": csrf}).headers["location"] == "/en/coverage"
    assert ann.get(path).status_code == 404


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("partners", "Q190804\nQ160112"),
        ("items", "Q219831"),
        ("query", "SELECT ?item WHERE { ?item wdt:P195 wd:Q190804 }"),
        ("focus", "Q99999"),
        ("pagepile", "4711"),
    ],
)
def test_what_a_selection_is_can_be_typed_again(
    app: FastAPI, signed_in: Callable[[str], TestClient], kind: str, text: str
) -> None:
    ann = signed_in("volunteer")
    form = {"csrf": form_token(ann, "/selections/new"), "title": "T", "name": "abc", "kind": kind}
    assert ann.post("/selections/new", data={**form, "text": text}).status_code == 303
    kept = app.state.kgtool.saved_selections.get("abc").definition
    assert text_of(kept) == (kind, text)
    again = ann.get("/selections/new?change=abc").text
    assert html.escape(text) in again and f'<option value="{kind}" selected>' in again


PROJECT = "Q99999"
ON_LIST = {"Q219831", "Q766782", "Q586035"}
SELECTIONS = {
    "works": {"kind": "items", "qids": ["Q219831", "Q766782"]},
    "museum": {"kind": "partners", "qids": ["Q190804"]},
    "asked": {"kind": "query", "query": "SELECT ?item WHERE { ?item wdt:P195 wd:Q190804 }"},
    "followed": {"kind": "focus", "qid": PROJECT},
}
PAGES = (
    "",
    "?by=P170&every=true",
    "/history",
    "/changes",
    "/changes?since=2026-01-01&state=kept",
    "/changes.csv",
    "/changes.wiki",
    "/checks",
    "/checks?shape=artwork&severity=required",
    ".atom",
)
ROUTES = (
    "/coverage?by=type",
    "/gaps?missing=P180",
    "/history",
    "/checks/artwork",
    "/changes?since=2026-01-01",
)


@pytest.fixture(scope="module")
def listed_app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The service over the sample, with three works on the focus list of a project."""
    made: FastAPI = create_app(Settings(home=tmp_path_factory.mktemp("listed")))
    entities = [
        replace(one, claims={**one.claims, "P5008": [statement("P5008", PROJECT)]})
        if isinstance(one, Item) and one.id in ON_LIST
        else one
        for one in sample.entities()
    ]
    lines = enumerate((to_json(one) for one in entities), start=1)
    made.state.kgtool.loading.load(lines, source="the sample", sample=True)
    made.state.kgtool.partners.add("Q190804", name=None, kind="museum", caller=OPERATOR)
    made.state.kgtool.partners.change("Q190804", OPERATOR, publish=["listed"])
    return made


def asked_elsewhere(reader: TestClient, page: str) -> set[str]:
    """What the query behind a page's link to the query service gives on the embedded graph."""
    (link,) = re.findall(r'href="https://query\.wikidata\.org/#([^"]+)"', page)
    answer = reader.get("/sparql", params={"query": unquote(html.unescape(link))})
    rows = answer.json()["results"]["bindings"]
    return {row["item"]["value"].rpartition("/")[2] for row in rows}


@pytest.mark.parametrize("kind", short(2, SELECTIONS))
def test_any_selection_has_every_page_and_route_of_a_partner(
    listed_app: FastAPI, kind: str
) -> None:
    tool, name = listed_app.state.kgtool, f"all-of-{kind}"
    owner = Caller(name="Ann", role="volunteer")
    tool.saved_selections.save(name, "Their <works>", SELECTIONS[kind], owner)
    reader = TestClient(listed_app, follow_redirects=False)
    try:
        tool.history.record(name)
        for language in ("en", "ar"):
            for page in PAGES:
                answer = reader.get(f"/{language}/selections/{name}{page}")
                assert answer.status_code == 200, (page, answer.text[:400])
                if "html" in answer.headers["content-type"]:
                    assert "Their &lt;works&gt;" in answer.text and "<works>" not in answer.text
        links = re.findall(
            rf'href="/en(/selections/{name}[^"]*)"', reader.get(f"/en/selections/{name}").text
        )
        assert {f"/selections/{name}{below}" for below in ("/history", "/changes", "/checks")} <= {
            *links
        }
        for route in ROUTES:
            answer = reader.get(f"/api/v1/selections/{name}{route}")
            assert answer.status_code == 200, (route, answer.text)
        for path in ("/worklists?of={}&missing=P180", "/worklists.csv?of={}&missing=P180"):
            assert reader.get(path.format(name)).status_code == 200
        assert reader.get(f"/coverage.csv?of={name}").status_code == 200
        count = reader.get(f"/api/v1/selections/{name}/coverage").json()["groups"][0]["items"]
        assert count == {"works": 2, "museum": 15, "asked": 15, "followed": 3}[kind]
        gaps = reader.get(f"/api/v1/selections/{name}/gaps?missing=P180").json()
        assert 0 < gaps["count"] <= count
        told = reader.get(f"/api/v1/selections/{name}/changes?since=2026-01-01").json()
        assert told["items"] >= count and told["selection"] == name
        listed = {one["id"] for one in gaps["items"]}
        page = reader.get(f"/en/worklists?of={name}&missing=P180").text
        assert asked_elsewhere(reader, page) == listed, "the query service would give the same"
        (step,) = reader.get(f"/api/v1/selections/{name}/history").json()["steps"]
        assert step["items"] == count
    finally:
        tool.saved_selections.remove(name, owner)
    assert reader.get(f"/selections/{name}/changes").status_code == 404
    assert reader.get(f"/api/v1/selections/{name}/coverage").status_code == 404


def test_a_selection_of_partners_tells_no_more_than_they_do(sample_app: FastAPI) -> None:
    """What happened to the data of a partner that is not published is not for everybody."""
    tool, owner = sample_app.state.kgtool, Caller(name="Ann", role="volunteer")
    tool.saved_selections.save("hidden", "H", {"kind": "partners", "qids": ["Q5598"]}, owner)
    reader = TestClient(sample_app, follow_redirects=False)
    try:
        assert reader.get("/selections/hidden").status_code == 200
        assert "/selections/hidden/changes" not in reader.get("/selections/hidden").text
        assert reader.get("/selections/hidden/changes").status_code == 404
        assert reader.get("/api/v1/selections/hidden/changes?since=2026-01-01").status_code == 404
    finally:
        tool.saved_selections.remove("hidden", owner)
