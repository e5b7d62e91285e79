"""The helpdesk over HTTP and as pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from defusedxml.ElementTree import fromstring
from starlette.testclient import TestClient

from .conftest import form_token

Bearer = Callable[..., dict[str, str]]
IDEA = {"title": "Glass plates", "description": "4,000 negatives of a small town"}


@pytest.fixture
def staff(bearer: Bearer) -> dict[str, str]:
    return bearer("coordinator")


def test_anyone_can_ask_and_only_coordinators_see_it(
    client: TestClient, staff: dict[str, str]
) -> None:
    csrf = form_token(client, "/requests/new")
    form = {"csrf": csrf, **IDEA, "country": "Q34", "contact": "ann@example.org"}
    answer = client.post("/requests/new", data=form)
    assert answer.status_code == 303 and client.get(answer.headers["location"]).status_code == 200
    assert client.get("/api/v1/requests").json()["requests"] == []
    assert client.get("/requests/1").status_code == 404
    assert "Glass plates" not in client.get("/requests").text
    seen = client.get("/api/v1/requests/1", headers=staff).json()
    assert seen["title"] == "Glass plates" and seen["state"] == "new" and not seen["replied"]
    assert "ann@" not in client.get("/api/v1/requests", headers=staff).text
    assert "ann@" not in client.get("/requests.csv", headers=staff).text
    assert "ann@" in client.get("/requests/1", headers=staff).text


def test_programs_that_fill_in_every_field_are_thanked_and_forgotten(
    client: TestClient, staff: dict[str, str]
) -> None:
    csrf = form_token(client, "/requests/new")
    spam = {"csrf": csrf, **IDEA, "website": "https://spam.example"}
    assert client.post("/requests/new", data=spam).status_code == 303
    assert client.get("/api/v1/requests", headers=staff).json()["requests"] == []


def test_a_request_goes_its_way(client: TestClient, bearer: Bearer, staff: dict[str, str]) -> None:
    author = bearer("volunteer")
    made = client.post("/api/v1/requests", headers=author, json=IDEA).json()
    moves = f"/api/v1/requests/{made['id']}/moves"
    assert client.get(f"/api/v1/requests/{made['id']}", headers=author).status_code == 200
    assert client.post(moves, headers=author, json={"to": "agenda"}).status_code == 403
    skipped = client.post(moves, headers=staff, json={"to": "done"})
    assert skipped.status_code == 400 and "information, agenda" in skipped.json()["hint"]
    for state in ("information", "agenda", "approved", "working-group", "in-progress"):
        moved = client.post(moves, headers=staff, json={"to": state, "note": "why"})
        assert moved.json()["state"] == state
    assert moved.json()["replied"]
    unfinished = client.post(moves, headers=staff, json={"to": "done"})
    assert unfinished.status_code == 400 and "result" in unfinished.json()["detail"]
    assert [e["text"] for e in moved.json()["events"]][-1] == "in-progress: why"


def test_an_author_may_withdraw(client: TestClient, bearer: Bearer) -> None:
    author = bearer("volunteer")
    number = client.post("/api/v1/requests", headers=author, json=IDEA).json()["id"]
    moves = f"/api/v1/requests/{number}/moves"
    other = bearer("volunteer")
    assert client.post(moves, headers=other, json={"to": "withdrawn"}).status_code == 403
    answer = client.post(moves, headers=author, json={"to": "withdrawn"})
    assert answer.json()["state"] == "withdrawn"


def test_a_coordinator_works_in_the_browser(
    signed_in: Callable[[str], TestClient], client: TestClient
) -> None:
    browser = signed_in("coordinator")
    csrf = form_token(browser, "/requests/new")
    browser.post("/requests/new", data={"csrf": csrf, **IDEA, "links": "https://example.org/T1"})
    check = {"csrf": csrf, "aspect": "legal-ethical", "verdict": "concern", "note": "ask the heirs"}
    assert browser.post("/requests/1/check", data=check).status_code == 303
    comment = {"csrf": csrf, "text": "who <b>scans</b> them?"}
    assert browser.post("/requests/1/comment", data=comment).status_code == 303
    edit = {"csrf": csrf, "advice": "Begin small", "priority": "high", "publish": ["advice"]}
    assert browser.post("/requests/1/edit", data=edit).status_code == 303
    page = browser.get("/requests/1").text
    assert "ask the heirs" in page and "&lt;b&gt;scans" in page and "High priority" in page
    public = client.get("/requests/1").text
    assert "Glass plates" in public and "Begin small" in public
    for hidden in ("heirs", "scans", "negatives", "High priority", "T1"):
        assert hidden not in public


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"country": "Sweden"}, {"links": "javascript:x"}, {"title": "x" * 300}],
)
def test_a_wrong_request_is_refused_with_a_page(client: TestClient, wrong: dict[str, str]) -> None:
    csrf = form_token(client, "/requests/new")
    answer = client.post("/requests/new", data={"csrf": csrf, **IDEA, **wrong})
    assert answer.status_code in (400, 422)
    assert "<h1>" in answer.text


def test_a_feed_has_what_is_public_and_is_xml(
    signed_in: Callable[[str], TestClient], client: TestClient
) -> None:
    browser = signed_in("coordinator")
    csrf = form_token(browser, "/requests/new")
    for title in ("Secret <&> plates", "Open \x0b<&> plates"):
        browser.post("/requests/new", data={"csrf": csrf, **IDEA, "title": title})
    browser.post("/requests/2/edit", data={"csrf": csrf, "publish": ["listed"]})
    answer = client.get("/sv/requests.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = fromstring(answer.content)
    atom = "{http://www.w3.org/2005/Atom}"
    titles = [found.text for found in feed.iterfind(f"{atom}entry/{atom}title")]
    assert titles == ["Open <&> plates"]
    assert fromstring(client.get("/partners.atom").content).findall(f"{atom}entry") == []
