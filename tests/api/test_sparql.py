"""The SPARQL protocol over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.entities import load_profile
from kgtool.settings import Settings
from kgtool.views.generation import Meta, Workspace
from kgtool.views.graph import build
from tests.builders import item

ASK = "ASK { ?s ?p ?o }"
JSON = "application/sparql-results+json"


@pytest.fixture
def asked(app: FastAPI, client: TestClient, tmp_path: Path) -> TestClient:
    """The client, and a small graph to ask."""
    with Workspace(tmp_path).writing() as stage:
        entities = [item("Q5598", P31="Q5", labels={"en": "Rembrandt"})]
        build(entities, stage.path / "graph", load_profile("wikidata"))
        stage.publish(Meta(stage.number, "2026-01-01T00:00:00+00:00"))
    return client


def test_get_form_and_body_give_the_same(asked: TestClient) -> None:
    answers = [
        asked.get("/sparql", params={"query": ASK}),
        asked.post("/sparql", data={"query": ASK}),
        asked.post("/sparql", content=ASK, headers={"Content-Type": "application/sparql-query"}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == JSON
        assert answer.json()["boolean"] is True


@pytest.mark.parametrize(
    ("accept", "query", "media"),
    [
        ("*/*", ASK, JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", ASK, JSON),
        ("application/sparql-results+xml", ASK, "application/sparql-results+xml"),
        ("text/csv;q=0.5, text/tab-separated-values", ASK, "text/tab-separated-values"),
        ("text/csv", "SELECT * { ?s ?p ?o }", "text/csv"),
        ("application/n-triples", "CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples"),
        ("application/rdf+xml", "DESCRIBE <a:b>", "application/rdf+xml"),
        ("text/csv", "CONSTRUCT WHERE { ?s ?p ?o }", "text/turtle"),
    ],
)
def test_the_format_is_negotiated(asked: TestClient, accept: str, query: str, media: str) -> None:
    answer = asked.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media


def test_errors_have_their_statuses(asked: TestClient) -> None:
    def status(**sent: object) -> int:
        return asked.request(url="/sparql", **sent).status_code  # type: ignore[arg-type]  # by name

    assert status(method="GET", params={"query": "SELEC"}) == 400
    assert status(method="GET", params={"q": ASK}) == 400
    assert status(method="GET", params=[("query", ASK), ("query", ASK)]) == 400
    assert status(method="GET", params={"query": ASK, "default-graph-uri": "http://x/"}) == 400
    assert status(method="GET", params={"query": "SELECT * { SERVICE <a:b> {} }"}) == 403
    assert status(method="POST", data={"update": "CLEAR ALL"}) == 403
    assert status(method="POST", data={"query": "CLEAR ALL"}) == 403
    update = {"Content-Type": "application/sparql-update"}
    assert status(method="POST", content="CLEAR ALL", headers=update) == 403
    assert status(method="POST", content="{}", headers={"Content-Type": "application/json"}) == 415
    only_png = {"Accept": "image/png"}
    assert status(method="GET", params={"query": ASK}, headers=only_png) == 406
    long = {"query": ASK + " " * 200_000}
    assert status(method="POST", data=long) == 413


def test_a_query_that_does_not_parse_says_where(asked: TestClient) -> None:
    answer = asked.get("/sparql", params={"query": "SELECT * { ?s ?p }"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["position"] > 10


def test_without_a_query_the_service_describes_itself(client: TestClient) -> None:
    answer = client.get("/sparql")
    assert answer.headers["content-type"].startswith("text/turtle")
    assert "sd:SPARQL11Query" in answer.text


def test_an_empty_workspace_is_not_ready(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": ASK})
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_where_the_settings_ask_for_it_people_sign_in_first(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, sparql_sign_in=True)
    with TestClient(create_app(settings)) as client:
        assert client.get("/sparql", params={"query": ASK}).status_code == 401


def test_pages_of_other_sites_may_send_queries(client: TestClient) -> None:
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = client.options("/sparql", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
