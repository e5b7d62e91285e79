"""The protocol: every dialect's answers are valid, and what hurts clients never happens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.json import encode
from starlette.testclient import TestClient

from kgtool.api.turns import Turns
from kgtool.entities import Quantity, QuantityValue, Time, TimeValue
from kgtool.reconcile.conditions import Evidence
from kgtool.reconcile.extend import Lookup, extend
from kgtool.reconcile.pairing import Pairing
from kgtool.reconcile.protocol import (
    Cell,
    ExtendRequest,
    PropertyRequest,
    read_query,
    write_answers,
    write_extension,
)
from kgtool.reconcile.query import Candidate, Query
from tests.builders import item, snak, statement
from tests.reconcile.asking import (
    LOUVRE,
    MUSEUM,
    NIGHT_WATCH,
    PAINTING,
    RIJKSMUSEUM,
    condition,
    extended,
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


def test_flyouts_come_back_at_the_address_that_openrefine_asks(service: TestClient) -> None:
    base = service.get("/reconcile/en").json()["suggest"]["type"]["service_url"]
    output = "(notable:/client/summary (description citation provenance) type)"
    found = service.get(
        f"{base}/search",
        params={"filter": f"(all mid:{PAINTING})", "output": output, "key": "null"},
    )
    flyout = valid(OLD["flyout"], found.json())
    assert flyout["id"] == PAINTING
    assert "painting" in flyout["html"]


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


def test_every_row_of_an_extension_has_every_property_in_order(service: TestClient) -> None:
    found = extended(service, [NIGHT_WATCH, "Q999999999", RIJKSMUSEUM], "P17", "P571", "P9999999")
    assert [column["id"] for column in found["meta"]] == ["P17", "P571", "P9999999"]
    assert [list(row) for row in found["rows"].values()] == [["P17", "P571", "P9999999"]] * 3
    assert found["rows"]["Q999999999"] == {"P17": [], "P571": [], "P9999999": []}
    assert found["rows"][RIJKSMUSEUM]["P17"] == [{"id": "Q55", "name": "Netherlands"}]


def test_paths_of_the_wikidata_service_extend(service: TestClient) -> None:
    row = extended(
        service,
        [NIGHT_WATCH],
        *("P195/P17", "P170/P569@year", "P170|P195", "Lnl", "Den", "Senwiki", "qid", "P571@year"),
    )["rows"][NIGHT_WATCH]
    assert row["P195/P17"] == [{"id": "Q55", "name": "Netherlands"}]
    assert row["P170/P569@year"] == [{"int": 1606}]
    assert {cell["id"] for cell in row["P170|P195"]} == {"Q5598", RIJKSMUSEUM}
    assert row["Lnl"] == [{"str": "De Nachtwacht"}]
    assert row["Den"] == [{"str": "painting by Rembrandt van Rijn"}]
    assert row["Senwiki"] == [{"str": "The Night Watch"}]
    assert row["qid"] == [{"str": NIGHT_WATCH}]
    assert row["P571@year"] == [{"int": 1642}]
    place = extended(service, [RIJKSMUSEUM], "P625@lat", "P625@lng")["rows"][RIJKSMUSEUM]
    assert place["P625@lat"] == [{"float": 52.36}]


PATHS = [
    "P131/P17", "P170|P195", "(P571|P580)@year", "P170/(P569|P570)@isodate", "P131/(P17|.)", ".",
    "./P17", "P856/.", "P39_P580", "P39_P580@year", "P625@lat", "P625@lng", "P569@month",
    "P569@day", "P569@hour", "P569@minute", "P569@second", "P569@iso", "P856@urlscheme",
    "P856@netloc", "P856@urlpath", "Lfr", "Dfr", "Afr", "Sfrwiki", "qid", "P170/Lfr", "P17/P297",
]  # fmt: skip


def test_the_whole_syntax_of_paths_is_understood(service: TestClient) -> None:
    found = extended(service, [NIGHT_WATCH, RIJKSMUSEUM], *PATHS)
    assert [column["id"] for column in found["meta"]] == PATHS
    assert all(list(row) == PATHS for row in found["rows"].values())
    assert found["rows"][RIJKSMUSEUM]["P856@netloc"] == [{"str": "www.rijksmuseum.nl"}]
    assert found["rows"][NIGHT_WATCH]["P170/(P569|P570)@isodate"][0] == {"str": "1606-07-15"}
    queries = {
        path: {"query": "Rijksmuseum", "properties": [{"pid": path, "v": "x"}]} for path in PATHS
    }
    for path, answered in old(service, queries).items():
        assert answered["result"][0]["id"] == RIJKSMUSEUM, path
        assert path in [feature["id"] for feature in answered["result"][0]["features"]]


def test_qualifiers_are_reached_by_paths() -> None:
    year = Time("+1642-00-00T00:00:00Z", 9, "http://www.wikidata.org/entity/Q1985727")
    since = [snak("P580", TimeValue(year))]
    made = item("Q1", statement("P39", "Q2", qualifiers=since), statement("P39", "Q3"))
    lookup = Lookup(lambda id: made, lambda id: None, lambda id, code: "", frozenset())
    wanted = [PropertyRequest("P39_P580"), PropertyRequest("P39_P580@year")]
    found = extend(ExtendRequest(["Q1"], wanted), lookup, "en").rows["Q1"]
    told = write_extension("0.2", extend(ExtendRequest(["Q1"], wanted), lookup, "en"))
    assert valid(OLD["extend"], told)["rows"]["Q1"]["P39_P580"] == [{"str": "1642"}]
    assert found["P39_P580@year"] == [Cell(integer=1642)]


def test_settings_come_as_texts_and_count(service: TestClient) -> None:
    def column(**chosen: str) -> list[dict[str, Any]]:
        found = extended(service, [RIJKSMUSEUM], {"id": "P31", "settings": chosen})
        cells: list[dict[str, Any]] = found["rows"][RIJKSMUSEUM]["P31"]
        return cells

    assert len(column()) == 2
    assert len(column(limit="1")) == 1
    assert column(count="on") == [{"int": 2}]
    assert column(lang="fr", limit="1")[0]["name"] != column(limit="1")[0]["name"]
    assert column(references="referenced") == []
    assert {"str": "Q207694"} in column(content="id")


def test_ranks_and_references_choose_among_statements() -> None:
    stated = [[snak("P248", "Q9")]]
    made = item(
        "Q1",
        statement("P217", "best", rank="preferred", references=[[snak("P143", "Q328")]]),
        statement("P217", "plain", references=[[snak("P143", "Q328"), snak("P854", "x")]]),
        statement("P217", "wrong", rank="deprecated", references=stated),
        statement("P217", "bare"),
    )
    lookup = Lookup(lambda id: made, lambda id: None, lambda id, code: "", frozenset({"P143"}))

    def column(**chosen: str) -> list[Any]:
        request = ExtendRequest(["Q1"], [PropertyRequest("P217", dict(chosen))])
        return [cell.text for cell in extend(request, lookup, "en").rows["Q1"]["P217"]]

    assert column() == column(rank="best") == ["best"]
    assert column(rank="no_deprecated") == ["best", "plain", "bare"]
    assert column(rank="any") == ["best", "plain", "wrong", "bare"]
    assert column(rank="any", references="referenced") == ["best", "plain", "wrong"]
    assert column(rank="any", references="no_wiki") == ["plain", "wrong"]
    assert column(rank="any", references="no_wiki", limit="1") == ["plain"]
    assert column(rank="nonsense", references="nonsense", limit="-1") == ["best"]


def test_no_number_is_cut_to_what_a_client_can_hold() -> None:
    def cell(amount: str) -> Any:
        made = item("Q1", statement("P2048", QuantityValue(Quantity(amount))))
        lookup = Lookup(lambda id: made, lambda id: None, lambda id, code: "", frozenset())
        request = ExtendRequest(["Q1"], [PropertyRequest("P2048")])
        told = write_extension("0.2", extend(request, lookup, "en"))
        return valid(OLD["extend"], told)["rows"]["Q1"]["P2048"][0]

    assert cell("+2147483647") == {"int": 2147483647}
    assert cell("+9999999999") == {"str": "9999999999"}
    assert cell("-0.1") == {"float": -0.1}
    assert cell("+0.12345678901234567890123") == {"str": "+0.12345678901234567890123"}


def test_the_features_of_a_score_are_told_where_the_manifest_says(service: TestClient) -> None:
    manifest = service.get("/reconcile").json()
    found = old(service, {"q0": {"query": "Rijksmuseum"}})["q0"]["result"][0]["features"]
    page = service.get(manifest["feature_view"]["url"].partition("#")[0])
    assert page.status_code == 200
    for feature in found:
        assert f'id="{feature["id"]}"' in page.text
    assert service.get(manifest["documentation"].partition("#")[0]).status_code == 200


def test_the_extension_of_the_draft_keeps_the_order_of_ids(service: TestClient) -> None:
    request = {"ids": [LOUVRE, NIGHT_WATCH], "properties": [{"id": "P17"}, {"id": "P170"}]}
    found = service.post("/reconcile/v1/en/extend", json=request).json()
    rows = valid(NEW["extend"], found)["rows"]
    assert [row["id"] for row in rows] == [LOUVRE, NIGHT_WATCH]
    # The public testbench asks the root of 1.0 in the old way.
    mixed = service.get("/reconcile/v1", params={"extend": json.dumps(request)}).json()
    assert set(valid(OLD["extend"], mixed)["rows"]) == {LOUVRE, NIGHT_WATCH}


def test_the_preview_is_static_and_may_be_framed(service: TestClient) -> None:
    answer = service.get("/reconcile/sv/preview", params={"id": NIGHT_WATCH})
    assert "<script" not in answer.text
    assert "Nattvakten" in answer.text
    assert '<html lang="sv" dir="ltr">' in answer.text
    assert "x-frame-options" not in answer.headers
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    hostile = service.get("/reconcile/en/preview", params={"id": "<script>alert(1)</script>"})
    assert hostile.status_code == 404
    assert "<script>alert" not in hostile.text


def test_the_preview_tells_what_is_indexed_and_how_a_score_comes_about(
    service: TestClient,
) -> None:
    plain = service.get("/reconcile/en/preview", params={"id": NIGHT_WATCH}).text
    index = service.get("/reconcile/en").json()["index"]
    assert f"Indexed: {index['sources'][0]}, {index['entities']:,} entities, as of " in plain
    assert "<table>" not in plain
    query = json.dumps({"query": "Night <Watch>", "type": PAINTING})
    params = {"id": NIGHT_WATCH, "query": query}
    told = service.get("/reconcile/en/explain", params=params).json()
    page = service.get("/reconcile/en/preview", params=params).text
    assert f"Score for “Night &lt;Watch&gt;”: {told['score']}" in page
    assert all(feature["name"] in page for feature in told["features"])
    assert "<script" not in page
    assert service.get("/reconcile/en/preview", params={**params, "query": "{"}).status_code == 400


def test_a_score_is_explained(service: TestClient) -> None:
    query = json.dumps({"query": "Night Watch", "type": PAINTING})
    params = {"query": query, "id": NIGHT_WATCH}
    told = service.get("/reconcile/en/explain", params=params).json()
    assert told["id"] == NIGHT_WATCH
    assert told["explanation"]
    assert {"id", "name", "value", "points"} <= set(told["features"][0])


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
