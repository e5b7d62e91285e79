"""Data extension: what a column asks for, by properties and paths, and what its cells say."""

from __future__ import annotations

import json
from typing import Any

from starlette.testclient import TestClient

from kgtool.entities import Quantity, QuantityValue, Time, TimeValue
from kgtool.reconcile.extend import Lookup, extend
from kgtool.reconcile.protocol import (
    Cell,
    ExtendRequest,
    PropertyRequest,
    write_extension,
)
from tests.builders import item, snak, statement
from tests.reconcile.asking import (
    LOUVRE,
    NIGHT_WATCH,
    RIJKSMUSEUM,
    extended,
    old,
    valid,
)
from tests.reconcile.schemas import NEW, OLD


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


def test_the_extension_of_the_draft_keeps_the_order_of_ids(service: TestClient) -> None:
    request = {"ids": [LOUVRE, NIGHT_WATCH], "properties": [{"id": "P17"}, {"id": "P170"}]}
    found = service.post("/reconcile/v1/en/extend", json=request).json()
    rows = valid(NEW["extend"], found)["rows"]
    assert [row["id"] for row in rows] == [LOUVRE, NIGHT_WATCH]
    # The public testbench asks the root of 1.0 in the old way.
    mixed = service.get("/reconcile/v1", params={"extend": json.dumps(request)}).json()
    assert set(valid(OLD["extend"], mixed)["rows"]) == {LOUVRE, NIGHT_WATCH}
