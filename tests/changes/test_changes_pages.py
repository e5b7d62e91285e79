"""The page and the routes of what happened to a partner's data."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.service.callers import OPERATOR
from kgtool.service.worker import working
from tests.api.conftest import form_token
from tests.sandbox.client import Client

from .conftest import MUSEUM, YEAR
from .test_changes import MAPPING, TABLE, claim_of, set_claim

SINCE = "2026-11-01"
PAGE = f"/partners/{MUSEUM}/changes?since={SINCE}"
ROUTE = f"/api/v1/partners/{MUSEUM}/changes"


def test_the_page_says_who_changed_what_and_the_routes_agree(
    app: FastAPI,
    person: Callable[[str], Client],
    bearer: Callable[[str], dict[str, str]],
    signed_in: Callable[[str], TestClient],
) -> None:
    ann = person("Ann")
    year = claim_of(ann, "Q1", YEAR)
    year["mainsnak"]["datavalue"]["value"] = "<b>1700</b>"
    revision = set_claim(ann, year)
    ann.post(action="wbsetsitelink", id="Q5", linksite="svwiki", linktitle="Verket")
    reader = TestClient(app, follow_redirects=False)

    before = reader.get(PAGE)
    assert before.status_code == 200 and "was not read so far" in before.text
    volunteer = signed_in("volunteer")
    form = {"csrf": form_token(volunteer, PAGE), "since": SINCE}
    read = volunteer.post(f"/partners/{MUSEUM}/changes/read", data=form)
    assert read.status_code == 303 and read.headers["location"].endswith(f"since={SINCE}")

    page = reader.get(PAGE).text
    assert "&lt;b&gt;1700&lt;/b&gt;" in page and "<b>1700" not in page
    assert "Ann" in page and f"diff={revision}" in page and "Verket" in page
    for language in ("ar", "ja"):
        assert reader.get(f"/{language}{PAGE}").status_code == 200

    told = reader.get(ROUTE, params={"since": SINCE, "state": "changed"}).json()
    assert told["counts"]["changed"] == 1 and told["reach"]["complete"]
    (one,) = told["statements"]
    assert (one["item"], one["part"], one["events"][0]["by"]) == ("Q1", YEAR, "Ann")
    table = reader.get(ROUTE, params={"since": SINCE}, headers={"Accept": "text/csv"}).text
    assert len(table.splitlines()) == 16
    assert table == reader.get(f"/partners/{MUSEUM}/changes.csv?since={SINCE}").text
    links = reader.get(f"/partners/{MUSEUM}/changes.csv?since={SINCE}&sitelinks=true").text
    assert "Q5,svwiki,Verket,gained,Ann" in links
    assert reader.get(f"/partners/{MUSEUM}/changes.wiki?since={SINCE}").text.startswith("== The")

    first = reader.get(ROUTE, params={"since": SINCE, "limit": 10}).json()
    rest = reader.get(ROUTE, params={"since": SINCE, "limit": 10, "after": first["next"]}).json()
    assert len(first["statements"]) == 10 and len(rest["statements"]) == 5
    assert rest["next"] is None
    again = reader.post(f"{ROUTE}/read", params={"since": SINCE}, headers=bearer("volunteer"))
    assert again.json() == {"finished": True, "items": 5, "requests": 0, "job": None}


def test_what_is_not_published_and_rows_of_tables_are_not_for_everybody(
    app: FastAPI, bearer: Callable[[str], dict[str, str]]
) -> None:
    reader = TestClient(app, follow_redirects=False)
    given = {"since": SINCE}
    assert reader.get("/partners/Q1/changes").status_code == 404
    assert reader.get("/api/v1/partners/Q1/changes", params=given).status_code == 404
    staff = bearer("volunteer")
    assert reader.get("/api/v1/partners/Q1/changes", params=given, headers=staff).status_code == 200
    assert reader.get(ROUTE).status_code == 422
    assert reader.post(f"{ROUTE}/read", params=given).status_code == 401
    files = {"mapping": ("m.toml", MAPPING.encode()), "table": ("t.csv", TABLE.encode())}
    assert reader.post(f"{ROUTE}/table", params=given, files=files).status_code == 401
    nothing = reader.post(f"{ROUTE}/table", params=given, files=files, headers=staff)
    assert nothing.status_code == 404 and "No batch" in nothing.json()["detail"]
    broken = {"mapping": ("m.toml", b"= nonsense")}
    answer = reader.post(f"{ROUTE}/table", params=given, files=broken, headers=staff)
    assert answer.status_code == 400


def test_what_takes_longer_is_left_to_a_job(
    app: FastAPI,
    person: Callable[[str], Client],
    signed_in: Callable[[str], TestClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person("Ann").post(action="wbsetlabel", id="Q1", language="sv", value="Ett")
    monkeypatch.setattr("kgtool.api.changes._SECONDS", -1.0)
    volunteer = signed_in("volunteer")
    form = {"csrf": form_token(volunteer, PAGE), "since": SINCE}
    place = volunteer.post(f"/partners/{MUSEUM}/changes/read", data=form).headers["location"]
    assert place.startswith("/jobs/")
    assert volunteer.get(place).status_code == 200
    app.state.kgtool.worker().drain()
    assert volunteer.get(place).headers["location"] == PAGE
    assert "was not read so far" not in volunteer.get(PAGE).text


def test_a_large_partner_is_counted_in_the_background_and_the_answer_kept(
    app: FastAPI,
    person: Callable[[str], Client],
    bearer: Callable[[str], dict[str, str]],
    signed_in: Callable[[str], TestClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kgtool = app.state.kgtool
    monkeypatch.setattr("kgtool.service.changes._AT_ONCE", 3)
    reader, given = TestClient(app, follow_redirects=False), {"since": SINCE}
    wait = reader.get(PAGE)
    assert wait.status_code == 200 and "is being counted" in wait.text
    assert "No worker is running" in wait.text and "waiting.js" not in wait.text
    asked = reader.get(ROUTE, params=given)
    assert asked.status_code == 503 and "Retry-After" in asked.headers
    assert reader.get(f"/ar{PAGE}").status_code == 200
    # However often, for whichever day: one job at a time.
    assert reader.get(PAGE.replace("11-01", "11-02")).status_code == 200
    assert len(kgtool.jobs.find(OPERATOR)) == 1
    with working(kgtool.worker()):
        for _ in range(100):
            page = reader.get(PAGE).text
            if "is being counted" not in page:
                break
            assert "waiting.js" in page
            time.sleep(0.1)
    assert "15</span>" in page and "Kept" in page
    assert reader.get(ROUTE, params=given).json()["counts"]["kept"] == 15

    # Something changes: what was counted stands until it is counted anew, and says so.
    year = claim_of(person("Ann"), "Q1", YEAR)
    year["mainsnak"]["datavalue"]["value"] = "1700"
    set_claim(person("Ann"), year)
    volunteer = signed_in("volunteer")
    form = {"csrf": form_token(volunteer, PAGE), "since": SINCE}
    volunteer.post(f"/partners/{MUSEUM}/changes/read", data=form)
    older = reader.get(PAGE).text
    assert "Newer ones are being counted" in older and "1700" not in older
    kgtool.worker().drain()
    newer = reader.get(PAGE).text
    assert "1700" in newer and "Ann" in newer and "Newer ones" not in newer
    table = reader.get(f"/partners/{MUSEUM}/changes.csv?since={SINCE}").text
    assert len(table.splitlines()) == 16
    # Whoever is forgotten is not in what is kept either.
    assert kgtool.people.forget("Ann", OPERATOR).rows
    assert "Ann" not in reader.get(PAGE).text


def test_pages_of_an_answer_go_on_after_any_statement(app: FastAPI) -> None:
    reader = TestClient(app)

    def ask(**more: str | int) -> list[tuple[str, str]]:
        answer = reader.get(ROUTE, params={"since": SINCE, **more})
        assert answer.status_code == 200, answer.text
        return [(one["item"], one["slot"]) for one in answer.json()["statements"]]

    every = ask()
    assert len(every) == 15
    for place, (item, slot) in enumerate(every):
        assert ask(after=f"{item}|{slot}") == every[place + 1 :]
    assert ask(after="Q3|gone") == [one for one in every if one[0] > "Q3"]
    assert ask(state="kept", limit=4) == every[:4]
    assert reader.get(ROUTE, params={"since": SINCE, "after": "x|y"}).status_code == 400
