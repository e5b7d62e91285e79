"""What is suggested while a person types, whatever they type."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.reconcile.asking import MUSEUM, PAINTING, RIJKSMUSEUM, old, valid
from tests.reconcile.schemas import OLD


def suggested(service: TestClient, kind: str, **params: Any) -> list[str]:
    answer = service.get(f"/reconcile/en/{kind}/suggest", params=params)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in valid(OLD["suggest"], answer.json())["result"]]


@pytest.mark.parametrize(
    ("kind", "prefix", "first"),
    [
        ("type", "musuem", MUSEUM),
        ("type", "paintng", PAINTING),
        ("property", "craetor", "P170"),
        ("property", "CRÉATOR", "P170"),
        ("property", "skapare", "P170"),  # a label in another language than the one asked
    ],
)
def test_misspelt_and_foreign_words_find_what_is_meant(
    service: TestClient, kind: str, prefix: str, first: str
) -> None:
    assert suggested(service, kind, prefix=prefix)[0] == first


def test_any_number_and_any_length_is_answered(service: TestClient) -> None:
    whole = suggested(service, "entity", prefix="", limit=10**6)
    assert 50 < len(whole) <= 100
    assert suggested(service, "entity", prefix="Rijksmuseum " * 1000)[0] == RIJKSMUSEUM
    assert suggested(service, "entity", prefix="", cursor=100_000) == []


def test_a_property_is_no_entity_unless_its_id_is_given(service: TestClient) -> None:
    # “country” is the name of a class, too; a property beside it would hinder the match.
    found = old(service, {"q0": {"query": "country"}, "q1": {"query": "P17"}})
    assert [one["id"][0] for one in found["q0"]["result"]] == ["Q"]
    assert found["q0"]["result"][0]["match"]
    assert found["q1"]["result"][0]["id"] == "P17"
    assert "P17" not in suggested(service, "entity", prefix="country")
    assert suggested(service, "entity", prefix="P17")[0] == "P17"


def test_without_a_type_the_most_frequent_properties_are_proposed(service: TestClient) -> None:
    # OpenRefine sends an empty type for a column that was matched against none.
    answer = service.get("/reconcile/en/propose", params={"type": "", "limit": 1000})
    proposed = [one["id"] for one in valid(OLD["propose"], answer.json())["properties"]]
    assert {"P170", "P195", "P571"} <= set(proposed[:8])


def test_a_language_code_may_be_written_as_browsers_do(service: TestClient) -> None:
    assert service.get("/reconcile/zh-Hant").status_code == 200
