"""Saved selections: one set of pages for whatever people work on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.service.callers import Caller

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
