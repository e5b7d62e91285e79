"""Whatever a client sends gets an answer that its dialect permits."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kgtool.reconcile.protocol import (
    read_query,
)
from tests.reconcile.asking import (
    MUSEUM,
    PAINTING,
    condition,
    valid,
)
from tests.reconcile.schemas import NEW, OLD

texts = st.text(max_size=30)
old_values = st.one_of(
    texts,
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.builds(lambda id: {"id": id, "name": id}, texts),
)
old_queries = st.fixed_dictionaries(
    {"query": texts},
    optional={
        "type": st.one_of(texts, st.lists(texts, max_size=3)),
        "type_strict": st.sampled_from(["any", "all", "should"]),
        "limit": st.integers(-5, 10**6),
        "properties": st.lists(
            st.fixed_dictionaries(
                {
                    "pid": st.sampled_from(
                        ["P17", "P170/P569@year", "Len", "P31|P279", "(", "P625@"]
                    ),
                    "v": st.one_of(old_values, st.lists(old_values, max_size=2)),
                }
            ),
            max_size=2,
        ),
    },
)
new_queries = st.fixed_dictionaries(
    {
        "conditions": st.lists(
            st.fixed_dictionaries(
                {
                    "matchType": st.sampled_from(["name", "id", "property"]),
                    "propertyValue": st.one_of(old_values, st.lists(old_values, max_size=2)),
                },
                optional={
                    "propertyId": st.sampled_from(["P17", "P571", "P195/P17"]),
                    "required": st.booleans(),
                    "matchQuantifier": st.sampled_from(["any", "all", "none"]),
                    "matchQualifier": st.sampled_from(["", "ExactMatch", "PrefixMatch", "Nope"]),
                },
            ),
            max_size=3,
        )
    },
    optional={"type": texts, "limit": st.integers(-1, 1000), "lang": texts},
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.text(min_size=1, max_size=12),
    st.none() | st.sampled_from([PAINTING, f"!{MUSEUM}"]),
    st.none() | st.integers(1, 200),
    st.lists(st.tuples(st.sampled_from(["P17", "P195/P17", "Len"]), old_values), max_size=3),
)
def test_both_dialects_ask_the_same(
    name: str, type: str | None, limit: int | None, properties: list[tuple[str, Any]]
) -> None:
    asked = [{"pid": path, "v": value} for path, value in properties]
    drafted = [condition("property", value, propertyId=path) for path, value in properties]
    more = {"type": type, "limit": limit}
    in_old = {"query": name, "properties": asked, **more}
    in_new = {"conditions": [condition("name", name), *drafted], **more}
    assert read_query("0.2", in_old, "sv") == read_query("1.0", in_new, "sv")


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.one_of(old_queries, anything), max_size=4)
)
def test_any_old_batch_gets_a_valid_answer(service: TestClient, queries: dict[str, Any]) -> None:
    answer = service.post("/reconcile", data={"queries": json.dumps(queries)})
    if answer.status_code == 503:  # nothing in the batch could be answered, and nobody be asked
        assert answer.headers["retry-after"]
        return
    assert answer.status_code == 200, answer.text
    assert set(valid(OLD["results"], answer.json())) == set(queries)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(new_queries, anything), max_size=4))
def test_any_new_batch_gets_a_valid_answer(service: TestClient, queries: list[Any]) -> None:
    answer = service.post("/reconcile/v1/match", json={"queries": queries})
    if answer.status_code == 503:
        assert answer.headers["retry-after"]
        return
    assert answer.status_code == 200, answer.text
    assert len(valid(NEW["results"], answer.json())["results"]) == len(queries)


@settings(max_examples=40, deadline=None)
@given(anything)
def test_any_extension_request_gets_an_answer(service: TestClient, request: Any) -> None:
    answer = service.post("/reconcile", data={"extend": json.dumps(request)})
    assert answer.status_code in (200, 400, 413)
    if answer.status_code == 200:
        valid(OLD["extend"], answer.json())
