"""The Action API, from a real server that answers as wikis do."""

from __future__ import annotations

import json

import pytest

from kgtool.errors import ApiError, RateLimited, RemoteError
from kgtool.sources.action_api import ActionApi
from kgtool.sources.http import HttpClient
from tests.sources.servers import Prepared, serving


def api(client: HttpClient, url: str) -> ActionApi:
    return ActionApi(client, f"{url}/w/api.php", maxlag=5)


def lagged(seconds: str) -> Prepared:
    error = {"code": "maxlag", "info": "Waiting for a database server: 7 seconds lagged."}
    return Prepared(body=json.dumps({"error": error}).encode(), headers={"Retry-After": seconds})


def test_lag_is_waited_for(client: HttpClient, slept: list[float]) -> None:
    with serving(lagged("5"), lagged("6"), Prepared(body=b'{"query":{}}')) as server:
        assert api(client, server.url).get({"action": "query"}) == {"query": {}}
    assert slept == [5.0, 6.0]
    assert server.asked[0].parameters["maxlag"] == ["5"]
    assert server.asked[0].parameters["format"] == ["json"]


def test_lag_without_end_is_an_error_that_says_when_to_come_back(
    client: HttpClient, slept: list[float]
) -> None:
    with serving(lagged("5")) as server, pytest.raises(RateLimited, match="maxlag"):
        api(client, server.url).get({"action": "query"})
    assert len(server.asked) == 8


def test_an_error_of_the_wiki_has_its_code_and_names(client: HttpClient) -> None:
    error = {
        "code": "no-such-entity",
        "info": 'Could not find an entity with the ID "X1".',
        "messages": [{"name": "wikibase-api-no-such-entity"}],
    }
    with (
        serving(Prepared(body=json.dumps({"error": error}).encode())) as server,
        pytest.raises(ApiError, match="no-such-entity") as caught,
    ):
        api(client, server.url).get({"action": "wbgetentities", "ids": "X1"})
    assert caught.value.code == "no-such-entity"
    assert caught.value.names == ["wikibase-api-no-such-entity"]


def test_a_failure_inside_the_wiki_is_asked_again(client: HttpClient, slept: list[float]) -> None:
    error = {"code": "internal_api_error_DBQueryTimeoutError", "info": "[abc] Caught exception"}
    failed = Prepared(body=json.dumps({"error": error}).encode())
    with serving(failed, Prepared(body=b'{"query":{}}')) as server:
        assert api(client, server.url).get({"action": "query"}) == {"query": {}}
    assert len(slept) == 1
    with serving(failed) as server, pytest.raises(ApiError, match="DBQueryTimeout"):
        api(client, server.url).get({"action": "query"})
    assert len(server.asked) == 8


def test_a_page_instead_of_json_is_an_error(client: HttpClient) -> None:
    with (
        serving(Prepared(body=b"<html>Our servers are currently down</html>")) as server,
        pytest.raises(RemoteError, match="did not answer in JSON: Our servers"),
    ):
        api(client, server.url).get({"action": "query"})


def test_long_requests_go_in_the_body(client: HttpClient) -> None:
    with serving(Prepared()) as server:
        api(client, server.url).get({"action": "query", "titles": "x" * 3000})
    assert server.asked[0].method == "POST"
    assert server.asked[0].parameters["titles"] == ["x" * 3000]


def test_a_query_that_continues_is_followed(client: HttpClient) -> None:
    first = {"continue": {"rccontinue": "2|1", "continue": "-||"}, "query": {"n": 1}}
    with serving(
        Prepared(body=json.dumps(first).encode()), Prepared(body=b'{"query":{"n":2}}')
    ) as server:
        found = [a["query"]["n"] for a in api(client, server.url).pages({"action": "query"})]
    assert found == [1, 2]
    assert server.asked[1].parameters["rccontinue"] == ["2|1"]
