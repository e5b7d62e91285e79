"""Coverage, gaps, collections and advice over HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.settings import Settings
from tests.builders import item
from tests.coverage.worlds import World

MUSEUM, OTHER = "Q190804", "Q900000001"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    World(
        tmp_path,
        [
            item("Q910000001", P195=MUSEUM, P31="Q3305213", P18="1.jpg"),
            item("Q910000002", P195=MUSEUM, P31="Q3305213"),
            item("Q910000003", P195=OTHER),
        ],
    )
    with TestClient(create_app(Settings(home=tmp_path))) as one:
        yield one


def test_a_partners_matrix(client: TestClient) -> None:
    answer = client.get(f"/api/v1/partners/{MUSEUM}/coverage?measure=P18&by=type").json()
    assert [group["kind"] for group in answer["groups"]] == ["total", "value"]
    assert answer["groups"][0]["measures"]["P18"]["have"] == 1


def test_many_partners_in_one_answer(client: TestClient) -> None:
    path = f"/api/v1/coverage?partner={MUSEUM}&partner={OTHER}&measure=P18"
    for asked in (path, path, f"{path}&by=type"):
        answer = client.get(asked).json()
        assert [one["partner"] for one in answer] == [MUSEUM, OTHER]
        assert [one["groups"][0]["items"] for one in answer] == [2, 1]


def test_worklists_page_by_page(client: TestClient) -> None:
    path = f"/api/v1/partners/{MUSEUM}/gaps?missing=P571&limit=1"
    first = client.get(path).json()
    assert (first["count"], first["items"][0]["id"]) == (2, "Q910000001")
    second = client.get(f"{path}&after={first['next']}").json()
    assert (second["items"][0]["id"], second["next"]) == ("Q910000002", None)


def test_the_same_as_csv(client: TestClient) -> None:
    def rows(path: str) -> list[dict[str, str]]:
        answer = client.get(path, headers={"Accept": "text/csv"})
        assert answer.headers["content-type"].startswith("text/csv")
        return list(csv.DictReader(io.StringIO(answer.text)))

    assert rows(f"/api/v1/partners/{MUSEUM}/coverage?measure=P18")[0]["missing"] == "1"
    assert len(rows(f"/api/v1/coverage?partner={MUSEUM}&partner={OTHER}&measure=P18")) == 2
    assert [r["id"] for r in rows(f"/api/v1/partners/{MUSEUM}/gaps?missing=P571&limit=1")] == [
        "Q910000001",
        "Q910000002",
    ]
    assert rows(f"/api/v1/partners/{MUSEUM}/collections")[0]["items"] == "2"


def test_collections_and_advice(client: TestClient) -> None:
    base = f"/api/v1/partners/{MUSEUM}"
    found = client.get(f"{base}/collections?limit=1").json()
    assert found == {
        "collections": [{"id": MUSEUM, "label": MUSEUM, "items": 2}],
        "next": None,
    }
    assert client.get(f"{base}/collections?after={MUSEUM}").json()["collections"] == []
    assert client.get(f"{base}/collections?after=Q1").status_code == 400
    together = client.get(f"{base}/gaps/together?measure=P18&measure=P571").json()
    assert together["lacking"] == [[1, 1], [1, 2]]
    assert client.get(f"{base}/suggestions").json() == {"suggestions": []}


def test_an_answer_that_the_client_has_is_not_sent_again(client: TestClient) -> None:
    path = f"/api/v1/partners/{MUSEUM}/coverage?measure=P18"
    tag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/api/v1/partners/{MUSEUM}/coverage?measure=P18+nad", 400),
        (f"/api/v1/partners/{MUSEUM}/coverage?by=colour", 400),
        ("/api/v1/partners/Q42/coverage", 404),
        (f"/api/v1/partners/{MUSEUM}/gaps", 400),
        (f"/api/v1/partners/{MUSEUM}/gaps?missing=P18&after=x", 400),
        (f"/api/v1/partners/{MUSEUM}/coverage?rank=best", 422),
    ],
)
def test_what_is_wrong_has_its_status(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
