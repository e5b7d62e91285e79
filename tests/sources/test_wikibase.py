"""Reading a Wikibase through its Action API: what is asked, and what the answers become."""

from __future__ import annotations

import json

import pytest

from kgtool.errors import RemoteError
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


def entities(*ids: str) -> Prepared:
    found = {id: {"id": id, "type": "item", "lastrevid": 1} for id in ids}
    return Prepared(body=json.dumps({"entities": found}).encode())


def test_what_an_answer_leaves_out_is_asked_for_again() -> None:
    """MediaWiki leaves out what would make an answer too large, with a warning only."""
    with serving(entities("Q1", "Q3"), entities("Q2")) as server:
        wiki = Wikibase(ActionApi(HttpClient("tests"), f"{server.url}/w/api.php"))
        found = wiki.entities(["Q1", "Q2", "Q3"])
    assert [one.id for one in found.entities] == ["Q1", "Q3", "Q2"]
    assert [one.parameters["ids"] for one in server.asked] == [["Q1|Q2|Q3"], ["Q2"]]
    assert wiki.requests == 2


def test_an_answer_that_says_nothing_is_an_error() -> None:
    with serving(entities("Q1"), entities()) as server:
        wiki = Wikibase(ActionApi(HttpClient("tests"), f"{server.url}/w/api.php"))
        with pytest.raises(RemoteError, match="says nothing of Q2"):
            wiki.entities(["Q1", "Q2"])
