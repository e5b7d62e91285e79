"""1.0-draft alone: several names, ids and names that are required, and how answers are labelled."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.reconcile.asking import NIGHT_WATCH, RIJKSMUSEUM, condition, new, valid
from tests.reconcile.schemas import NEW

DRAFT = "application/reconciliation.v1+json"
BY_NUMBER = condition("property", "SK-C-5", propertyId="P217")


def asked(service: TestClient, *conditions: Any, **more: Any) -> list[dict[str, Any]]:
    (answer,) = new(service, {"conditions": list(conditions), **more})
    assert "error" not in answer, answer
    found: list[dict[str, Any]] = answer["candidates"]
    return found


def test_any_of_several_names_finds_an_entity(service: TestClient) -> None:
    first = asked(service, condition("name", ["Zzyzx", "De Nachtwacht"]))[0]
    assert (first["id"], first["match"]) == (NIGHT_WATCH, True)
    alone = asked(service, condition("name", "De Nachtwacht"))[0]
    assert first["score"] == alone["score"]


def test_names_of_two_things_match_neither(service: TestClient) -> None:
    found = asked(service, condition("name", ["The Night Watch", "Rijksmuseum"]))
    assert {found[0]["id"], found[1]["id"]} == {NIGHT_WATCH, RIJKSMUSEUM}
    assert not any(one["match"] for one in found)


def test_all_names_must_be_those_of_the_entity(service: TestClient) -> None:
    every = {"matchQuantifier": "all"}
    both = asked(service, condition("name", ["The Night Watch", "De Nachtwacht"], **every))
    assert (both[0]["id"], both[0]["match"]) == (NIGHT_WATCH, True)
    alone = [asked(service, condition("name", one))[0] for one in ("Night Watch", "De Nachtwacht")]
    worse = asked(service, condition("name", ["Night Watch", "De Nachtwacht"], **every))[0]
    assert worse["score"] == min(one["score"] for one in alone)
    names = condition("name", ["The Night Watch", "Rijksmuseum"], **every)
    assert not {NIGHT_WATCH, RIJKSMUSEUM} & {one["id"] for one in asked(service, names)}


def test_a_name_that_is_required_leaves_out_what_only_a_number_brings(
    service: TestClient,
) -> None:
    free, bound = (
        asked(service, condition("name", "Rijksmuseum", required=required), BY_NUMBER, limit=50)
        for required in (False, True)
    )
    assert NIGHT_WATCH in [one["id"] for one in free]
    assert NIGHT_WATCH not in [one["id"] for one in bound]
    assert RIJKSMUSEUM in [one["id"] for one in bound]


def test_an_id_that_is_required_is_not_replaced_by_a_name(service: TestClient) -> None:
    named = condition("name", "Rijksmuseum")
    assert asked(service, named, condition("id", "Q999999999"))[0]["id"] == RIJKSMUSEUM
    required = condition("id", "Q999999999", required=True)
    (answer,) = new(service, {"conditions": [named, required]})
    assert answer["candidates"] == []
    known = asked(service, named, condition("id", NIGHT_WATCH, required=True))
    assert [one["id"] for one in known] == [NIGHT_WATCH]


@pytest.mark.parametrize(
    ("names", "told"),
    [([["a"], ["b"]], "one condition on the name"), ([["x"] * 11], "10 names")],
)
def test_too_many_names_are_refused(service: TestClient, names: list[list[str]], told: str) -> None:
    (answer,) = new(service, {"conditions": [condition("name", one) for one in names]})
    assert told in answer["error"]


def test_answers_are_labelled_as_the_draft_where_it_is_accepted(service: TestClient) -> None:
    service.headers["Accept"] = DRAFT
    try:
        queries = {"queries": [{"conditions": [condition("name", "Rijksmuseum")]}]}
        request = {"ids": [RIJKSMUSEUM], "properties": [{"id": "P17"}]}
        answers = [
            service.post("/reconcile/match", json=queries),
            service.post("/reconcile/v1/extend", json=request),
            service.get("/reconcile/v1/suggest/entity?prefix=rijks"),
            service.get("/reconcile/v1/extend/propose?type=Q33506"),
            service.get("/reconcile/v1"),
        ]
        schemas = ("results", "extend", "suggest", "propose", "manifest")
        for answer, schema in zip(answers, schemas, strict=True):
            assert answer.headers["content-type"] == DRAFT
            assert "Accept" in answer.headers["vary"]
            valid(NEW[schema], answer.json())
    finally:
        del service.headers["Accept"]
    later = {"Accept": "application/reconciliation.v9+json"}
    assert service.get("/reconcile/v1", headers=later).status_code == 406


def test_how_a_name_is_compared(complete: TestClient) -> None:
    exact = {"matchQualifier": "ExactMatch", "required": True}
    found = asked(complete, condition("name", "De Nachtwacht", **exact))
    assert [one["id"] for one in found] == [NIGHT_WATCH]
    (answer,) = new(complete, {"conditions": [condition("name", "De Nachtwach", **exact)]})
    assert NIGHT_WATCH not in [one["id"] for one in answer["candidates"]]
    begun = {"matchQualifier": "PrefixMatch", "required": True}
    found = asked(complete, condition("name", ["Zzyzx", "De Nachtw"], **begun))
    assert NIGHT_WATCH in [one["id"] for one in found]
    told = {feature["id"]: feature for feature in found[0]["features"]}["name"]
    assert (told["value"], told["name"]) == (1, "name agrees")


def test_what_a_thing_is_not_called_is_left_out(complete: TestClient) -> None:
    name = condition("name", "Rijksmuseum")
    without = {"matchQuantifier": "none", "required": True}
    everything = [one["id"] for one in asked(complete, name, limit=50)]
    other = condition("name", ["Zzyzx", "rijks museum"], **without)
    kept = [one["id"] for one in asked(complete, name, other, limit=50)]
    assert RIJKSMUSEUM in kept
    named = condition("name", ["Zzyzx", "RIJKSMUSEUM"], **without)
    left = [one["id"] for one in asked(complete, name, named, limit=50)]
    assert left and RIJKSMUSEUM not in left
    by_id = condition("id", RIJKSMUSEUM, **without)
    assert [one["id"] for one in asked(complete, name, by_id, limit=50)] == [
        id for id in everything if id != RIJKSMUSEUM
    ]
    for alone in (named, by_id):
        (answer,) = new(complete, {"conditions": [alone]})
        assert answer["error"] and answer["candidates"] == []
