"""The OpenAPI document, thrown at the service: whatever is sent, nothing of ours fails.

The service stands over the sample, with a wiki that takes its edits and with a plan, a batch, a
request and so on to be named; half of what is thrown names them, the rest is whatever the document
allows. Each answer must be one that the document knows: status, media type, form, headers.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from kgtool import sample
from kgtool.api.app import create_app
from kgtool.api.sandbox.run import profile_toml
from kgtool.api.sandbox.server import SandboxServer
from kgtool.service.callers import OPERATOR
from kgtool.settings import Settings
from tests.sandbox.conftest import BOT

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
# Each tag of the document, and how often an operation is tried.
EXAMPLES = {
    "checks": 8,
    "claims": 12,
    "coverage": 12,
    "drafts": 10,
    "mends": 12,
    "operation": 12,
    "partners": 12,
    "publications": 12,
    "queries": 12,
    "reconciliation": 4,  # sixteen addresses for each thing
    "reports": 12,
    "requests": 12,
    "selections": 12,
    "SPARQL": 16,
}
MUSEUM = "Q190804"
PLAN = {
    "mapping_toml": """
name = "paintings"
title = "Paintings"
key = "number"
[source]
title = "A list"
[license]
name = "CC0-1.0"
[notability]
ground = "works of a national museum"
[[labels]]
column = "title"
language = "en"
[[statements]]
property = "P217"
type = "string"
column = "number"
key = true
""",
    "rows": [{"number": "KG-1", "title": "One"}, {"number": "KG-2", "title": "Two"}],
}


class Thrown:
    """The service, a caller who may do everything, and names of things that there are."""

    def __init__(self, app: FastAPI) -> None:
        tool = app.state.kgtool
        secret, _ = tool.accounts.add_token("thrower", role="admin", scopes=[], days=1, by=OPERATOR)
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.client = TestClient(app, headers=self.headers)
        self.schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        tool.partners.add(MUSEUM, name=None, kind="museum", caller=OPERATOR)
        self.made("put", "/api/v1/selections/mine", title="Mine", definition=KINDS[0])
        plan = self.made("post", "/api/v1/drafts", **PLAN)["id"]
        self.made("post", f"/api/v1/drafts/{plan}/notes", text="Good.")
        self.made("post", "/api/v1/batches", plan=plan)
        self.made("post", "/api/v1/requests", title="A map", description="Of all")
        self.known = {
            "id": [plan, "1", MUSEUM],
            "qid": [MUSEUM],
            "partner": [MUSEUM],
            "number": [1],
            "name": ["mine", "gaps/no-image"],
            "shape": ["artwork", "museum"],
            "month": ["2026-10"],
            "lang": ["en", "sv"],
            "since": ["2020-01-01"],
            "measure": [["P18"]],
            "missing": [["P18"], "P18"],
            "query": ["SELECT * { ?s ?p ?o } LIMIT 3", "ASK {}", "Rembrandt", '{"query": "x"}'],
            "queries": ['{"q0": {"query": "Rembrandt"}}'],
            "callback": ["called"],
            "extend": [f'{{"ids": ["{MUSEUM}"], "properties": [{{"id": "P31"}}]}}'],
        }

    def made(self, method: str, path: str, **body: Any) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()


KINDS: list[dict[str, Any]] = [{"kind": "items", "qids": [MUSEUM]}]


@pytest.fixture(scope="module")
def thrown(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thrown]:
    folder = tmp_path_factory.mktemp("thrown")
    with SandboxServer(folder / "wiki") as wiki:
        wiki.wiki.accounts.add("KgBot", groups=("bot",))
        wiki.wiki.accounts.add_bot_password("KgBot", "kgtool", BOT[1])
        wiki.wiki.load(sample.entities())
        profile = folder / "profile.toml"
        profile.write_text(profile_toml(wiki.wiki.profile), encoding="utf-8")
        app = create_app(
            Settings(
                home=Path(shutil.copytree(sample_home, folder / "home")),
                wikibase=str(profile),
                wiki_user=BOT[0],
                wiki_password=BOT[1],
                edits_per_minute=1_000_000,
                requests_per_second=1000,
                quiet_seconds=0.1,
                requests_per_minute=0,
            )
        )
        yield Thrown(app)
        app.state.kgtool.close()


def operations(thrown: Thrown, tag: str) -> Iterator[Any]:
    for found in thrown.schema.include(tag=tag).get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


def throw(thrown: Thrown, tag: str, times: int) -> None:
    """Try each operation of a tag that many times."""
    tried = 0
    for operation in operations(thrown, tag):
        tried += 1

        @settings(
            max_examples=times,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), data=st.data())
        def one(case: schemathesis.Case[Any], data: st.DataObject) -> None:
            for parameters in (case.path_parameters, case.query):
                for name in parameters or ():
                    if name in thrown.known and data.draw(st.booleans()):
                        parameters[name] = data.draw(st.sampled_from(thrown.known[name]))
            answer = case.call(headers=thrown.headers)
            assert answer.status_code < 500, (case.method, case.formatted_path, answer.text)
            case.validate_response(answer, checks=CHECKS)
            if tag == "reconciliation":  # pages of every origin read it
                assert answer.headers["access-control-allow-origin"] == ["*"]

        one()
    assert tried, f"no route has the tag {tag}"


@pytest.mark.parametrize("tag", EXAMPLES)
def test_every_answer_is_one_that_is_documented(thrown: Thrown, tag: str) -> None:
    throw(thrown, tag, EXAMPLES[tag])


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("tag", EXAMPLES)
def test_every_answer_is_one_that_is_documented_long(thrown: Thrown, tag: str) -> None:
    throw(thrown, tag, EXAMPLES[tag] * 10)


def test_no_route_is_left_out(thrown: Thrown) -> None:
    document = thrown.client.get("/openapi.json").json()
    tags = {
        tag
        for methods in document["paths"].values()
        for route in methods.values()
        for tag in route["tags"]
    }
    assert tags == set(EXAMPLES)
