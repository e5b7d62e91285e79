"""The protocol: every dialect's answers are valid, and what hurts clients never happens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.json import encode
from starlette.testclient import TestClient

from kgtool.api.turns import Turns
from kgtool.reconcile.conditions import Evidence
from kgtool.reconcile.pairing import Pairing
from kgtool.reconcile.protocol import (
    write_answers,
)
from kgtool.reconcile.query import Candidate, Query
from tests.reconcile.asking import (
    MUSEUM,
    NIGHT_WATCH,
    PAINTING,
    RIJKSMUSEUM,
    condition,
    new,
    old,
    valid,
)
from tests.reconcile.schemas import KINDS, NEW, OLD


@pytest.mark.parametrize("root", ["/reconcile", "/reconcile/sv"])
def test_the_manifest_of_each_dialect_is_valid(service: TestClient, root: str) -> None:
    manifest = valid(OLD["manifest"], service.get(root).json())
    assert {"0.1", "0.2"} <= set(manifest["versions"])
    assert manifest["identifierSpace"] == "http://www.wikidata.org/entity/"
    assert manifest["schemaSpace"] == "http://www.wikidata.org/prop/direct/"
    below = root.replace("/reconcile", "/reconcile/v1")
    assert "1.0-draft" in valid(NEW["manifest"], service.get(below).json())["versions"]


@pytest.mark.parametrize(
    "accept", ["application/reconciliation.v1+json", "application/json; version=1.0"]
)
def test_the_accept_header_chooses_the_dialect(service: TestClient, accept: str) -> None:
    answer = service.get("/reconcile", headers={"Accept": accept})
    valid(NEW["manifest"], answer.json())
    assert answer.headers["content-type"] == "application/reconciliation.v1+json"
    assert "Accept" in answer.headers["vary"]


def test_an_unknown_version_is_told_which_there_are(service: TestClient) -> None:
    answer = service.get("/reconcile", headers={"Accept": "application/reconciliation.v9+json"})
    assert answer.status_code == 406
    assert "1.0-draft" in answer.json()["detail"]


def test_what_the_manifest_offers_is_there(service: TestClient) -> None:
    manifest = service.get("/reconcile/en").json()
    for kind in KINDS:
        offered = manifest["suggest"][kind]
        found = service.get(offered["service_url"] + offered["service_path"] + "?prefix=museum")
        first = valid(OLD["suggest"], found.json())["result"][0]["id"] if kind != "property" else ""
        path = offered["flyout_service_path"].replace("${id}", first)
        valid(OLD["flyout"], service.get(offered["flyout_service_url"] + path).json())
    proposed = manifest["extend"]["propose_properties"]
    address = proposed["service_url"] + proposed["service_path"]
    assert "?" not in address  # OpenRefine adds “?type=” to it
    valid(OLD["propose"], service.get(f"{address}?type={PAINTING}").json())
    preview = service.get(manifest["preview"]["url"].replace("{{id}}", NIGHT_WATCH))
    assert preview.status_code == 200
    assert service.get(manifest["logo"]).status_code == 200


def test_a_batch_in_every_form_of_request(service: TestClient) -> None:
    queries = {"q0": {"query": "The Night Watch", "type": PAINTING}}
    text = json.dumps(queries)
    answers = [
        service.post("/reconcile", data={"queries": text}),
        service.get("/reconcile", params={"queries": text}),
        service.post("/reconcile", json={"queries": queries}),
        service.post("/reconcile", files={"queries": (None, text)}),
    ]
    for answer in answers:
        found = valid(OLD["results"], answer.json())["q0"]["result"][0]
        assert (found["id"], found["match"]) == (NIGHT_WATCH, True)
    single = service.get("/reconcile", params={"query": "The Night Watch"}).json()
    assert single["result"][0]["id"] == NIGHT_WATCH
    conditions = [condition("name", "The Night Watch")]
    assert new(service, {"type": PAINTING, "conditions": conditions})[0]["candidates"][0]["match"]


def test_each_query_fails_alone(service: TestClient) -> None:
    found = old(
        service,
        {
            "good": {"query": "Rijksmuseum"},
            "empty": {},
            "wrong": {"query": "x", "type": 5},
            "nobody": {"query": "Zzyzzx Qqqqvvv"},
            "no query": "Rijksmuseum",
            "long": {"query": "x" * 3000},
        },
    )
    assert found["good"]["result"][0]["id"] == RIJKSMUSEUM
    for key in ("empty", "wrong", "no query", "long"):
        assert set(found[key]) == {"error"}
    bad, good = new(service, {"conditions": []}, {"conditions": [condition("name", "Rijksmuseum")]})
    assert bad["error"]
    assert good["candidates"][0]["id"] == RIJKSMUSEUM


def test_nothing_found_in_an_incomplete_index_is_not_called_none(service: TestClient) -> None:
    # Nobody can be asked here, and an empty list would lead to a duplicate item.
    assert set(old(service, {"q0": {"query": "Zzyzzx Qqqqvvv"}})["q0"]) == {"error"}


def test_the_type_asked_for_is_among_the_types(service: TestClient) -> None:
    found = old(service, {"q0": {"query": "Rijksmuseum", "type": MUSEUM}})["q0"]["result"][0]
    assert MUSEUM in [one["id"] for one in found["type"]]


def test_candidates_come_in_the_order_of_their_scores(service: TestClient) -> None:
    found = old(service, {"q0": {"query": "Self-portrait", "type": PAINTING, "limit": 20}})["q0"][
        "result"
    ]
    scores = [one["score"] for one in found]
    assert len(scores) > 1
    assert scores == sorted(scores, reverse=True)


def test_what_makes_clients_hang_is_never_sent() -> None:
    # OpenRefine waits for ever for a candidate whose types are null or a text.
    bare = Candidate("Q1", "", "", (), 12.5, False, (), "", "")
    old_answer = json.loads(encode(write_answers("0.2", {"q0": [bare]})))
    found = valid(OLD["results"], old_answer)["q0"]["result"][0]
    assert (found["type"], found["name"]) == ([], "Q1")
    new_answer = json.loads(encode(write_answers("1.0", {"q0": [bare]})))
    assert valid(NEW["results"], new_answer)["results"][0]["candidates"][0]["type"] == []


def test_an_id_as_query_finds_its_entity(service: TestClient) -> None:
    found = old(service, {"q0": {"query": NIGHT_WATCH}})["q0"]["result"][0]
    assert (found["id"], found["match"]) == (NIGHT_WATCH, True)
    by_id = new(service, {"conditions": [condition("id", NIGHT_WATCH)]})[0]["candidates"]
    assert by_id[0]["id"] == NIGHT_WATCH


def test_properties_alone_find_an_entity(service: TestClient) -> None:
    query = {"properties": [{"pid": "P217", "v": "SK-C-5"}]}
    assert old(service, {"q0": query})["q0"]["result"][0]["id"] == NIGHT_WATCH


def test_a_required_condition_leaves_out_and_none_turns_it_round(service: TestClient) -> None:
    name = condition("name", "Self-portrait")
    held = {"propertyId": "P195", "required": True}
    inside = condition("property", {"id": RIJKSMUSEUM, "name": "Rijksmuseum"}, **held)
    outside = condition("property", RIJKSMUSEUM, matchQuantifier="none", **held)
    both = new(
        service,
        {"type": PAINTING, "conditions": [name, inside], "limit": 50},
        {"type": PAINTING, "conditions": [name, outside], "limit": 50},
    )
    here, elsewhere = ({one["id"] for one in part["candidates"]} for part in both)
    assert here
    assert elsewhere
    assert not here & elsewhere


def test_an_excluded_type_is_left_out(service: TestClient) -> None:
    found = old(service, {"q0": {"query": "Rijksmuseum", "type": [f"!{MUSEUM}"]}})["q0"]
    assert RIJKSMUSEUM not in [one["id"] for one in found.get("result", [])]


def test_a_batch_beyond_the_limit_is_refused_with_the_limit(service: TestClient) -> None:
    many = {f"q{n}": {"query": "x"} for n in range(501)}
    answer = service.post("/reconcile", data={"queries": json.dumps(many)})
    assert answer.status_code == 413
    assert "500" in answer.json()["detail"]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_batch_of_the_announced_size_is_answered_whole(service: TestClient) -> None:
    # OpenRefine since 3.8 sends as many at a time as the manifest says, and 10 before.
    for root in ("/reconcile", "/reconcile/v1"):
        size = service.get(root).json()["batchSize"]
        assert isinstance(size, int)
        assert size >= 10
    queries = {f"q{n}": {"query": "Rijksmuseum", "limit": 1} for n in range(size)}
    found = old(service, queries)
    assert list(found) == list(queries)
    assert {one["result"][0]["id"] for one in found.values()} == {RIJKSMUSEUM}
    conditions = [condition("name", "Rijksmuseum")]
    answers = new(service, *[{"conditions": conditions, "limit": 1}] * size)
    assert [one["candidates"][0]["id"] for one in answers] == [RIJKSMUSEUM] * size


def test_a_query_that_breaks_the_matcher_fails_alone(
    service: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_one = Pairing.compile

    def breaking(self: Pairing, query: Query) -> Evidence:
        if query.name == "Louvre":
            raise ZeroDivisionError
        return compile_one(self, query)

    monkeypatch.setattr(Pairing, "compile", breaking)
    found = old(service, {"q0": {"query": "Louvre"}, "q1": {"query": "Rijksmuseum"}})
    assert "log" in found["q0"]["error"]
    assert "result" not in found["q0"]
    assert found["q1"]["result"][0]["id"] == RIJKSMUSEUM


def test_a_service_with_too_much_to_do_says_when_to_come_back(
    service: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgtool.api.reconcile.matching.turns", Turns(waiting=0, at_once=0))
    answer = service.post("/reconcile", data={"queries": json.dumps({"q0": {"query": "x"}})})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["access-control-allow-origin"] == "*"


def test_what_fails_and_should_not_is_open_to_every_origin_too(
    service: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("kgtool.api.reconcile.routes.write_suggestions", broken)
    answer = service.get("/reconcile/en/suggest/entity?prefix=a")
    assert answer.status_code == 500
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_body_beyond_the_limit_is_refused_openly(service: TestClient) -> None:
    for path, kind in (
        ("/reconcile", "application/x-www-form-urlencoded"),
        ("/reconcile/v1/match", "application/json"),
    ):
        answer = service.post(path, content=b"x" * 20_000_001, headers={"Content-Type": kind})
        assert answer.status_code == 413
        assert answer.headers["access-control-allow-origin"] == "*"


def test_the_draft_speaks_the_language_that_is_accepted(service: TestClient) -> None:
    accepted = {"Accept-Language": "xx-unheard;q=0.1, sv;q=0.9, en;q=0.5"}
    query = {"conditions": [condition("name", "Nattvakten")], "limit": 1}
    answer = service.post("/reconcile/v1/match", json={"queries": [query]}, headers=accepted)
    (found,) = answer.json()["results"][0]["candidates"]
    assert found["name"] == "Nattvakten"
    assert "namnen är desamma" in [feature["name"] for feature in found["features"]]
    assert found["explanation"].startswith("Hittad genom namnet ”Nattvakten”.")
    # The address and the query say more than the browser does.
    named = service.post("/reconcile/v1/nl/match", json={"queries": [query]}, headers=accepted)
    assert named.json()["results"][0]["candidates"][0]["name"] == "De Nachtwacht"
    query["lang"] = "nl"
    named = service.post("/reconcile/v1/match", json={"queries": [query]}, headers=accepted)
    assert named.json()["results"][0]["candidates"][0]["name"] == "De Nachtwacht"
    manifest = service.get("/reconcile/v1/ar").json()
    assert (manifest["lang"], manifest["dir"]) == ("ar", "rtl")
    assert manifest["extend"]["propertySettings"][0]["name"] == "الحد"


@pytest.mark.parametrize(("kind", "qualifier"), [("name", "WithinPlace"), ("id", "FuzzyMatch")])
def test_what_a_condition_cannot_do_is_said(service: TestClient, kind: str, qualifier: str) -> None:
    (answer,) = new(service, {"conditions": [condition(kind, "x", matchQualifier=qualifier)]})
    assert f"A condition on the {kind} has no match qualifier “{qualifier}”" in answer["error"]
    assert answer["candidates"] == []


def test_a_batch_that_comes_too_late_may_be_sent_again(
    service: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # OpenRefine sends again after 503 alone, and waits as long as it is told.
    monkeypatch.setattr("kgtool.api.reconcile.routes.SECONDS", -1.0)
    queries = json.dumps({"q0": {"query": "Rijksmuseum"}})
    answer = service.post("/reconcile", data={"queries": queries})
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


def test_an_empty_batch_is_answered_empty(service: TestClient) -> None:
    assert old(service, {}) == {}
    assert new(service) == []


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/reconcile", "GET"),
        ("/reconcile/xx-unheard-of-code-of-length", "GET"),
        ("/reconcile?queries=broken", "GET"),
        ("/reconcile/v1/match", "OPTIONS"),
        ("/reconcile/v1/match", "POST"),
        ("/reconcile/en/preview?id=Q1", "GET"),
        ("/reconcile/nowhere/at/all", "GET"),
    ],
)
def test_every_answer_is_open_to_every_origin(service: TestClient, path: str, method: str) -> None:
    answer = service.request(method, path, headers={"Origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.status_code < 500


def test_jsonp_is_for_get_and_for_plain_names(service: TestClient) -> None:
    answer = service.get("/reconcile", params={"callback": "jQuery12_3", "_": "99"})
    assert answer.text.startswith("/**/jQuery12_3(")
    assert answer.headers["content-type"].startswith("application/javascript")
    assert answer.headers["x-content-type-options"] == "nosniff"
    valid(OLD["manifest"], json.loads(answer.text[len("/**/jQuery12_3(") : -2]))
    for bad in ("alert(1)", "a b", "a;b", "<script>", "é", "x" * 129, ""):
        refused = service.get("/reconcile", params={"callback": bad})
        assert refused.status_code == 400
        assert "javascript" not in refused.headers["content-type"]


def test_suggestions_forgive_and_page(service: TestClient) -> None:
    def suggested(kind: str, **params: Any) -> dict[str, Any]:
        answer = service.get(f"/reconcile/en/{kind}/suggest", params=params)
        content: dict[str, Any] = valid(OLD["suggest"], answer.json())
        return content

    assert suggested("entity", prefix="Rijksmusuem")["result"][0]["id"] == RIJKSMUSEUM
    assert suggested("entity", prefix=NIGHT_WATCH)["result"][0]["id"] == NIGHT_WATCH
    assert suggested("property", prefix="creat")["result"][0]["id"] == "P170"
    assert suggested("property", prefix="P170")["result"][0]["name"] == "creator"
    first = suggested("entity", prefix="", limit=5)
    second = suggested("entity", prefix="", limit=5, cursor=first["cursor"])
    ids = [one["id"] for part in (first, second) for one in part["result"]]
    assert len(set(ids)) == 10
    paged: dict[str, str | int] = {"prefix": "", "limit": 5, "offset": 5}  # as the draft asks
    draft = service.get("/reconcile/v1/en/suggest/entity", params=paged).json()
    assert [one["id"] for one in draft["result"]] == ids[5:]
    qualifiers = service.get("/reconcile/v1/suggest/property?prefix=creator").json()
    assert "ExactMatch" in [q["id"] for q in qualifiers["result"][0]["matchQualifiers"]]


def test_figures_tell_what_came_of_queries(service: TestClient) -> None:
    def counted() -> dict[str, float]:
        lines = service.get("/metrics").text.splitlines()
        return {
            line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith("kgtool_reconcile")
        }

    before = counted()
    asked = {
        "a": {"query": "Rijksmuseum", "type": MUSEUM},
        "b": {"query": "Rijksmuseum", "type": PAINTING, "type_strict": "any"},
        "c": {"query": 7, "limit": "many"},
    }
    answers = old(service, asked)
    after = counted()
    grown = {name: after[name] - before.get(name, 0.0) for name in after}
    decided = 'kgtool_reconcile_queries_total{decision="%s"}'
    assert grown[decided % "error"] == 1 + ("error" in answers["b"])
    assert sum(grown[decided % one] for one in ("match", "choose", "none", "error")) == 3
    assert grown["kgtool_reconcile_candidates_count"] == 2 - ("error" in answers["b"])
    assert grown["kgtool_reconcile_candidates_sum"] == sum(
        len(one.get("result", ())) for one in answers.values()
    )


def test_ready_says_what_is_indexed_and_of_when(service: TestClient) -> None:
    answer = service.get("/health/ready")
    assert answer.status_code == 200
    names = answer.json()["names"]
    assert names["entities"] > 0
    assert names["as_of"]
    assert names["complete"] is service.get("/reconcile").json()["index"]["complete"]
