"""What people are shown of a candidate: its preview, its flyout, and why it scores as it does."""

from __future__ import annotations

import json

from starlette.testclient import TestClient

from tests.reconcile.asking import (
    NIGHT_WATCH,
    PAINTING,
    old,
    valid,
)
from tests.reconcile.schemas import OLD


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


def test_the_features_of_a_score_are_told_where_the_manifest_says(service: TestClient) -> None:
    manifest = service.get("/reconcile").json()
    found = old(service, {"q0": {"query": "Rijksmuseum"}})["q0"]["result"][0]["features"]
    page = service.get(manifest["feature_view"]["url"].partition("#")[0])
    assert page.status_code == 200
    for feature in found:
        assert f'id="{feature["id"]}"' in page.text
    assert service.get(manifest["documentation"].partition("#")[0]).status_code == 200


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
