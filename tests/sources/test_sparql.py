"""Endpoints elsewhere, as a real server plays them."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import NoReturn

import pytest

from kgtool.errors import RateLimited, RemoteError, TimedOut, UsageError
from kgtool.sources.budget import Budget
from kgtool.sources.sparql import SparqlEndpoint
from tests.sources.servers import Prepared, serving

ROWS = Prepared(
    body=b'{"head":{"vars":["item"]},"results":{"bindings":['
    b'{"item":{"type":"uri","value":"http://www.wikidata.org/entity/Q1"}},{}]}}',
    headers={"Content-Type": "application/sparql-results+json"},
)
QUERY = "SELECT ?item { ?item ?p ?o }"


@pytest.fixture
def slept() -> list[float]:
    return []


def endpoint(url: str, slept: list[float]) -> SparqlEndpoint:
    return SparqlEndpoint(f"{url}/sparql", "kgtool test", timeout=1, attempts=3, sleep=slept.append)


def test_rows_come_back(slept: list[float]) -> None:
    with serving(ROWS) as server:
        table = endpoint(server.url, slept).select(QUERY)
    assert table.variables == ["item"]
    assert table.rows[0]["item"].value == "http://www.wikidata.org/entity/Q1"
    assert table.rows[1] == {}
    (asked,) = server.asked
    assert asked.method == "GET"
    assert asked.parameters["query"] == [QUERY]
    assert asked.headers["user-agent"] == "kgtool test"


def test_long_queries_are_posted(slept: list[float]) -> None:
    with serving(ROWS) as server:
        endpoint(server.url, slept).select(QUERY + " " * 3000)
    assert server.asked[0].method == "POST"


def test_it_waits_as_long_as_it_is_told_to(slept: list[float]) -> None:
    with serving(Prepared(429, headers={"Retry-After": "9"}), ROWS) as server:
        assert len(endpoint(server.url, slept).select(QUERY).rows) == 2
    assert slept == [9.0]


@pytest.mark.parametrize("failure", [Prepared(503), Prepared(502), Prepared(drop=True)])
def test_a_passing_failure_is_asked_again(slept: list[float], failure: Prepared) -> None:
    with serving(failure, ROWS) as server:
        assert len(endpoint(server.url, slept).select(QUERY).rows) == 2
    assert len(server.asked) == 2


def test_it_gives_up(slept: list[float]) -> None:
    with serving(Prepared(429, headers={"Retry-After": "9"})) as server:
        with pytest.raises(RateLimited) as caught:
            endpoint(server.url, slept).select(QUERY)
        assert caught.value.retry_after == 9
        assert len(server.asked) == 3


def test_a_query_that_is_not_understood_is_not_asked_again(slept: list[float]) -> None:
    said = "MalformedQueryException: Encountered \u201cWERE\u201d".encode()
    with serving(Prepared(400, said)) as server, pytest.raises(UsageError, match="“WERE”"):
        endpoint(server.url, slept).select("SELECT * WERE {}")
    assert len(server.asked) == 1


def test_the_query_services_own_time_out_is_one(slept: list[float]) -> None:
    said = b"SPARQL-QUERY: ...\njava.util.concurrent.TimeoutException\n\tat java.base"
    with serving(Prepared(500, said)) as server, pytest.raises(TimedOut):
        endpoint(server.url, slept).select(QUERY)
    assert len(server.asked) == 1


def test_no_answer_in_time_is_a_time_out(slept: list[float]) -> None:
    with serving(Prepared(late=True)) as server, pytest.raises(TimedOut):
        SparqlEndpoint(server.url, "kgtool test", timeout=1, attempts=1).select(QUERY)


def test_other_failures_are_named(slept: list[float]) -> None:
    refused = Prepared(403, b"Forbidden by robot policy")
    with serving(refused) as server, pytest.raises(RemoteError, match=r"403 .*robot policy"):
        endpoint(server.url, slept).select(QUERY)
    with pytest.raises(RemoteError, match="cannot be reached") as caught:
        endpoint("http://127.0.0.1:1", slept).select(QUERY)
    assert "Is the address right" in caught.value.operator
    assert slept == []
    gone = Prepared(404, b"no such page")
    with serving(gone) as server, pytest.raises(RemoteError, match="404 Not Found: no") as caught:
        endpoint(server.url, slept).select(QUERY)
    assert "SPARQL endpoint?" in caught.value.hint


@pytest.mark.parametrize("body", [b"<html>Hello</html>", b'{"batchcomplete":true}', b""])
def test_an_answer_that_is_not_rows_is_the_servers_fault(slept: list[float], body: bytes) -> None:
    with serving(Prepared(body=body)) as server, pytest.raises(RemoteError) as caught:
        endpoint(server.url, slept).select(QUERY)
    assert "did not answer with SPARQL results" in caught.value.message
    assert "SPARQL endpoint?" in caught.value.hint
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "broken",
    [
        Prepared(body=ROWS.body[:60]),
        Prepared(body=ROWS.body[:60], headers={"Content-Length": str(len(ROWS.body))}),
    ],
    ids=["a proxy that closes the answer", "a connection that breaks"],
)
def test_an_answer_that_breaks_off_is_asked_for_again(slept: list[float], broken: Prepared) -> None:
    with serving(broken, ROWS) as server:
        assert len(endpoint(server.url, slept).select(QUERY).rows) == 2
    with serving(broken) as server, pytest.raises(RemoteError, match="broke off"):
        endpoint(server.url, slept).select(QUERY)
    assert len(server.asked) == 3


def test_a_time_out_in_the_middle_of_an_answer_is_one(slept: list[float]) -> None:
    said = ROWS.body[:60] + b"\njava.util.concurrent.TimeoutException\n\tat java.base"
    with serving(Prepared(body=said)) as server, pytest.raises(TimedOut):
        endpoint(server.url, slept).select(QUERY)
    assert len(server.asked) == 1


def test_a_full_disk_is_not_said_to_be_the_endpoints_fault() -> None:
    class Full(Budget):
        def turn(self, url: str) -> NoReturn:
            raise OSError(errno.ENOSPC, "No space left on device")

    with serving(ROWS) as server, pytest.raises(OSError, match="No space left"):
        SparqlEndpoint(server.url, "kgtool test", budget=Full(Path())).select(QUERY)
