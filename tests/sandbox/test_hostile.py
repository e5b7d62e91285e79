"""Whatever is sent, the sandbox answers as an API does: with a code, never with a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgtool.api.sandbox.action import READS, WRITES, answer
from kgtool.api.sandbox.call import Call
from kgtool.api.sandbox.rest import reply
from kgtool.api.sandbox.rest_call import RestCall
from kgtool.api.sandbox.wiki import Wiki, sandbox_profile
from kgtool.entities import Property, load_profile
from tests.builders import item

_words = st.sampled_from(
    [
        "P1",
        "Q1",
        "Q2",
        "en",
        "",
        "value",
        "somevalue",
        "string",
        "time",
        "Q1$a",
        "enwiki",
        "x" * 300,
    ]
)
_leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | _words
_keys = st.sampled_from(
    [
        *("labels", "descriptions", "aliases", "sitelinks", "claims", "mainsnak", "snaktype"),
        *("property", "datavalue", "value", "type", "id", "rank", "qualifiers", "references"),
        *("snaks", "snaks-order", "qualifiers-order", "remove", "language", "site", "title"),
        *("en", "P1", "time", "amount", "unit", "text", "badges", "statements", "patch", "op"),
        *("path", "item", "statement", "label", "content", "parts", "bot", "tags", "datatype"),
    ]
)
_json = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4)
)
_names = st.sampled_from(
    [
        *("ids", "id", "entity", "data", "new", "claim", "statement", "snaks", "value", "snaktype"),
        *("property", "fromid", "toid", "from", "to", "title", "titles", "sites", "undo", "prop"),
        *("list", "meta", "language", "search", "limit", "continue", "rccontinue", "rcstart"),
        *("ucuser", "srsearch", "revids", "pageids", "rvlimit", "rvcontinue", "baserevid", "tags"),
        *("datavalue", "linksite", "linktitle", "set", "add", "remove", "type", "props", "clear"),
        *("formatversion", "errorformat", "uiprop", "siprop", "undoafter", "protections", "reason"),
    ]
)


@pytest.fixture(scope="module")
def wiki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiki]:
    folder: Path = tmp_path_factory.mktemp("wiki")
    made = Wiki(folder, sandbox_profile("http://127.0.0.1:1", load_profile("wikidata")))
    types = ("string", "time", "quantity", "globe-coordinate", "monolingualtext", "wikibase-item")
    made.load(Property(datatype, id=f"P{n}") for n, datatype in enumerate(types, 1))
    made.load([item("Q1", P1="a", labels={"en": "one"}), item("Q2")])
    yield made
    made.close()


_quiet = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_quiet
@given(
    action=st.sampled_from(sorted({*READS, *WRITES})),
    params=st.dictionaries(_names, _words | _json.map(json.dumps), max_size=6),
)
def test_any_call_of_the_action_api(wiki: Wiki, action: str, params: dict[str, str]) -> None:
    given = {**params, "action": action, "token": "+\\"}
    call = Call(wiki, wiki.sessions.new(), wiki.user(None, "127.0.0.1"), given, posted=True)
    body: Any = msgspec.json.decode(answer(call).body)
    assert isinstance(body, dict)


@_quiet
@given(data=_json, new=st.booleans())
def test_any_data_of_an_edit(wiki: Wiki, data: Any, new: bool) -> None:
    given = {"action": "wbeditentity", "token": "+\\", "data": json.dumps(data)}
    given |= {"new": "item"} if new else {"id": "Q1"}
    call = Call(wiki, wiki.sessions.new(), wiki.user(None, "127.0.0.1"), given, posted=True)
    made = answer(call)
    body: Any = msgspec.json.decode(made.body)
    assert ("error" in body) == ("MediaWiki-API-Error" in made.headers)


_paths = st.sampled_from(
    [
        ("entities", "items"),
        ("entities", "items", "Q1"),
        ("entities", "items", "Q1", "labels"),
        ("entities", "items", "Q1", "labels", "en"),
        ("entities", "items", "Q1", "aliases", "en"),
        ("entities", "items", "Q1", "sitelinks", "enwiki"),
        ("entities", "items", "Q1", "statements"),
        ("entities", "items", "Q1", "statements", "Q1$00000000-0000-0000-0001-000000000000"),
        ("entities", "properties", "P1"),
        ("statements", "x"),
        ("nothing",),
    ]
)


@_quiet
@given(method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]), path=_paths, body=_json)
def test_any_request_of_the_rest_api(
    wiki: Wiki, method: str, path: tuple[str, ...], body: Any
) -> None:
    user = wiki.user(None, "127.0.0.1")
    sent = json.dumps(body).encode()
    made = reply(RestCall(wiki, user, method, path, "", "", sent, {}))
    assert made.status in {200, 201, 400, 403, 404, 405, 409, 422}
