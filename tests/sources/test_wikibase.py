"""Reading a Wikibase through its Action API: what is asked, and what the answers become."""

from __future__ import annotations

import json

import pytest

from kgtool.sources.action_api import ActionApi
from kgtool.sources.http import HttpClient
from kgtool.sources.wikibase import Wikibase
from tests.sources.servers import Prepared, serving


def hits(*titles: str) -> Prepared:
    found = {"searchinfo": {"totalhits": len(titles)}, "search": [{"title": t} for t in titles]}
    return Prepared(body=json.dumps({"query": found}).encode())


@pytest.mark.parametrize(
    "namespace, titles", [(0, ("Q5", "Q7")), (120, ("Item:Q5", "Item:Q7")), (860, ("Objekt:Q5",))]
)
def test_items_are_searched_in_the_namespace_that_the_wiki_keeps_them_in(
    namespace: int, titles: tuple[str, ...]
) -> None:
    ids = [title[-2:] for title in titles]
    begins = Prepared(body=json.dumps({"search": [{"id": "Q7"}]}).encode())
    with serving(hits(*titles), begins, hits(*titles)) as server:
        api = ActionApi(HttpClient("tests"), f"{server.url}/w/api.php")
        wiki = Wikibase(api, item_namespace=namespace)
        assert wiki.search("haswbstatement:P195=Q190804") == ids
        assert wiki.named("Nachtwacht", "nl") == list(dict.fromkeys(["Q7", *ids]))
    asked = [one.parameters.get("srnamespace") for one in server.asked]
    assert asked == [[str(namespace)], None, [str(namespace)]]
