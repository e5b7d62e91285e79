"""Month reports over HTTP and as pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

MONTH = datetime.now(UTC).strftime("%Y-%m")


def test_a_report_as_json_and_as_a_table(client: TestClient) -> None:
    told = client.get(f"/api/v1/reports/{MONTH}").json()
    assert told["period"]["begin"].startswith(MONTH)
    table = client.get(f"/api/v1/reports/{MONTH}", headers={"Accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.startswith("about,id,name,measure,figure,value")


@pytest.mark.parametrize("language", ["en", "ar", "ja"])
def test_a_report_has_a_page_in_the_language(client: TestClient, language: str) -> None:
    assert client.get(f"/{language}/reports").status_code == 200
    page = client.get(f"/{language}/reports/{MONTH}")
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.text
    assert f"/{language}/reports/{MONTH}.wikitext" in page.text


def test_a_report_is_taken_away_as_wikitext(client: TestClient) -> None:
    text = client.get(f"/reports/{MONTH}.wikitext")
    assert text.headers["content-type"].startswith("text/plain")
    assert text.text.startswith("== ")


@pytest.mark.parametrize("month", ["2026-13", "2999-01", "x"])
def test_what_is_no_month_is_refused(client: TestClient, month: str) -> None:
    assert 400 <= client.get(f"/api/v1/reports/{month}").status_code < 500


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_report_is_taken_away_as_a_page_that_can_do_nothing(
    client: TestClient, language: str
) -> None:
    assert f"/{language}/reports/{MONTH}.html" in client.get(f"/{language}/reports/{MONTH}").text
    file = client.get(f"/{language}/reports/{MONTH}.html")
    assert file.headers["content-type"].startswith("text/html")
    assert file.headers["content-disposition"].startswith("attachment")
    policy = file.headers["content-security-policy"]
    assert policy.startswith("sandbox;") and "script" not in policy
    assert file.headers["x-content-type-options"] == "nosniff"
    assert f'<html lang="{language}"' in file.text and "<script" not in file.text


def test_a_report_has_no_other_formats(client: TestClient) -> None:
    assert client.get(f"/reports/{MONTH}.pdf").status_code == 404
