"""The OpenAPI document, thrown at the service: whatever is sent, nothing of ours fails.

The service stands over the sample, with a wiki that takes its edits and with a plan, a batch, a
request and so on to be named; half of what is thrown names them, the rest is whatever the document
allows. Each answer must be one that the document knows: status, media type, form, headers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.short import short

from .filled import MUSEUM, Filled, filled

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


@pytest.fixture(scope="module")
def thrown(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    with filled(tmp_path_factory.mktemp("thrown"), sample_home) as service:
        yield service


@pytest.fixture(scope="module")
def schema(thrown: Filled) -> Any:
    """The OpenAPI document, as schemathesis reads it."""
    return schemathesis.openapi.from_asgi("/openapi.json", standing(thrown.app))


def standing(app: ASGIApp) -> ASGIApp:
    """A service that goes on standing: each call of schemathesis begins and ends one."""

    async def calls(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        message = {"type": ""}
        while message["type"] != "lifespan.shutdown":
            message = dict(await receive())
            await send({"type": f"{message['type']}.complete"})

    return calls


def known(thrown: Filled) -> dict[str, list[Any]]:
    """Names of things that there are, by parameter."""
    return {
        "id": [thrown.plan, "1", MUSEUM],
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


def throw(thrown: Filled, schema: Any, tag: str, times: int) -> None:
    """Try each operation of a tag that many times."""
    names, tried = known(thrown), 0
    for found in schema.include(tag=tag).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
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
                    if name in names and data.draw(st.booleans()):
                        parameters[name] = data.draw(st.sampled_from(names[name]))
            answer = case.call(headers=thrown.headers)
            assert answer.status_code < 500, (case.method, case.formatted_path, answer.text)
            case.validate_response(answer, checks=CHECKS)
            if tag == "reconciliation":  # pages of every origin read it
                assert answer.headers["access-control-allow-origin"] == ["*"]

        one()
    assert tried, f"no route has the tag {tag}"


@pytest.mark.parametrize("tag", short(6, EXAMPLES))
def test_every_answer_is_one_that_is_documented(thrown: Filled, schema: Any, tag: str) -> None:
    throw(thrown, schema, tag, EXAMPLES[tag])


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("tag", EXAMPLES)
def test_every_answer_is_one_that_is_documented_long(thrown: Filled, schema: Any, tag: str) -> None:
    throw(thrown, schema, tag, EXAMPLES[tag] * 10)


def test_no_route_is_left_out(thrown: Filled) -> None:
    document = thrown.client.get("/openapi.json").json()
    tags = {
        tag
        for methods in document["paths"].values()
        for route in methods.values()
        for tag in route["tags"]
    }
    assert tags == set(EXAMPLES)
