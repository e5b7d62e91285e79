"""Lists of items from PagePile."""

from __future__ import annotations

import json

import httpx2
import pytest

from kgtool.errors import NotFound, RemoteError, UsageError
from kgtool.sources.http import HttpClient
from kgtool.sources.pagepile import items_of_pile


def answering(body: str) -> HttpClient:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.url.params["id"] == "7"
        assert request.url.params["action"] == "get_data"
        return httpx2.Response(200, text=body)

    return HttpClient("kgtool test", transport=httpx2.MockTransport(answer))


def test_the_items_of_a_pile() -> None:
    body = json.dumps({"wiki": "wikidatawiki", "pages": ["Q1", "Q2"], "id": 7})
    assert items_of_pile(answering(body), 7) == ["Q1", "Q2"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("null", NotFound),
        ("<html>", RemoteError),
        ('{"wiki": "dewiki", "pages": ["Kunst"]}', UsageError),
    ],
)
def test_what_is_no_pile_of_items(body: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        items_of_pile(answering(body), 7)
