"""Month reports over HTTP and as pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.service.callers import OPERATOR

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


def test_a_report_of_one_partner(
    sample_app: FastAPI, sample_signed_in: Callable[[str], TestClient]
) -> None:
    sample_app.state.kgtool.history.record("Q190804", "load")
    reader = TestClient(sample_app)
    assert '/reports?of=Q190804"' in reader.get("/partners/Q190804").text
    assert f"/sv/reports/{MONTH}?of=Q190804" in reader.get("/sv/reports?of=Q190804").text
    page = reader.get(f"/sv/reports/{MONTH}?of=Q190804").text
    assert "<h1>Rijksmuseum på Wikidata: " in page and f"{MONTH}.wikitext?of=Q190804" in page
    text = reader.get(f"/sv/reports/{MONTH}.wikitext?of=Q190804").text
    assert "[[d:Q190804|Rijksmuseum]]" in text and "Q160112" not in text
    chair = sample_signed_in("coordinator")
    assert (
        f"/publish?what=report&amp;of=Q190804&amp;month={MONTH}"
        in chair.get(f"/reports/{MONTH}?of=Q190804").text
    )


def test_only_the_office_reads_what_is_not_public(
    app: FastAPI, client: TestClient, signed_in: Callable[[str], TestClient]
) -> None:
    tool = app.state.kgtool
    tool.partners.add("Q1", name="A secret prospect", kind="museum", caller=OPERATOR)
    secret = "secret prospect"
    for path in (f"/reports/{MONTH}", f"/reports/{MONTH}?of=Q1", f"/reports/{MONTH}.csv?of=Q1"):
        assert secret not in client.get(path).text, path
    told = client.get(f"/api/v1/reports/{MONTH}?selection=Q1", headers={"Accept": "text/csv"})
    assert told.status_code == 200 and secret not in told.text
    assert client.get(f"/reports/{MONTH}?everything=true").status_code == 401
    assert client.get(f"/reports/{MONTH}.csv?everything=true").status_code == 401
    chair = signed_in("coordinator")
    assert secret not in chair.get(f"/reports/{MONTH}").text
    office = chair.get(f"/reports/{MONTH}?everything=true").text
    assert secret in office and "For the office only" in office
    assert secret in chair.get(f"/reports/{MONTH}.wikitext?everything=true").text


def test_months_lead_to_each_other(client: TestClient) -> None:
    page = client.get("/reports/2026-01").text
    assert 'rel="prev" href="/reports/2025-12"' in page
    assert 'rel="next" href="/reports/2026-02"' in page
    assert 'rel="next"' not in client.get(f"/reports/{MONTH}").text
