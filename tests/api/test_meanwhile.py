"""Two people at one record: nothing of either is lost, and nothing is overwritten unseen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.errors import Conflict
from kgtool.service.callers import OPERATOR, Caller
from kgtool.wiring import Kgtool

from .conftest import browser_of
from .fill import fields, send

EDIT = "/partners/Q1/edit"


@pytest.fixture
def tool(app: FastAPI) -> Kgtool:
    tool: Kgtool = app.state.kgtool
    tool.partners.add("Q1", name="A museum", kind="museum", caller=OPERATOR)
    tool.requests.make(OPERATOR, title="Plates", description="4,000 negatives")
    return tool


@pytest.fixture
def ann(app: FastAPI, tool: Kgtool) -> TestClient:
    return browser_of(app, "Ann", "coordinator")


@pytest.fixture
def bo(app: FastAPI, tool: Kgtool) -> TestClient:
    return browser_of(app, "Bo", "coordinator")


def opened(browser: TestClient, page: str, action: str) -> dict[str, Any]:
    return fields(browser.get(page).text, action)


def both_shown(answer: Any, kept: str, typed: str) -> None:
    """The answer says that nothing was saved, and shows both values side by side."""
    assert answer.status_code == 409, answer.text
    shown = unescape(answer.text.split('<section class="problem">', 1)[1].split("</section>")[0])
    assert "Nothing was saved" in shown and kept in shown and typed in shown


def test_the_second_to_save_sees_both_values_and_loses_nothing(
    ann: TestClient, bo: TestClient, tool: Kgtool
) -> None:
    form = opened(ann, EDIT, "/edit")
    assert send(bo, EDIT, summary="They signed.", status="agreement").status_code == 303
    typed = {
        "summary": "They <b>want</b> to sign.\r\nSoon.",
        "links": "Site | https://example.org/",
    }
    answer = ann.post(EDIT, data={**form, **typed, "note": "by mail"})
    both_shown(answer, "They signed.", "They <b>want</b> to sign.\r\nSoon.")
    assert "<b>want" not in answer.text
    assert tool.partners.get("Q1", OPERATOR).summary == "They signed."
    again = fields(answer.text, "/edit")
    assert again["summary"] == "They <b>want</b> to sign.\r\nSoon."
    assert (again["links"], again["note"]) == (typed["links"], "by mail")
    assert again["status"] == "agreement", "what she left alone is as it is kept now"
    merged = {**again, "summary": "They want to sign; they signed."}
    assert ann.post(EDIT, data=merged).status_code == 303
    one = tool.partners.get("Q1", OPERATOR)
    assert one.summary == "They want to sign; they signed." and one.status == "agreement"
    assert [link.url for link in one.links] == ["https://example.org/"]


def test_a_third_change_is_seen_too(ann: TestClient, bo: TestClient, tool: Kgtool) -> None:
    form = opened(ann, EDIT, "/edit")
    send(bo, EDIT, summary="two")
    first = ann.post(EDIT, data={**form, "summary": "one"})
    send(bo, EDIT, summary="three")
    both_shown(ann.post(EDIT, data=fields(first.text, "/edit")), "three", "one")
    assert tool.partners.get("Q1", OPERATOR).summary == "three"


def test_what_was_made_public_meanwhile_is_seen_before_more_is_written_into_it(
    ann: TestClient, bo: TestClient, app: FastAPI
) -> None:
    form = opened(ann, EDIT, "/edit")
    assert send(bo, EDIT, publish=["summary"]).status_code == 303
    answer = ann.post(EDIT, data={**form, "summary": "their budget"})
    assert answer.status_code == 409
    assert fields(answer.text, "/edit")["publish"] == ["listed", "summary"]
    assert "their budget" not in TestClient(app).get("/api/v1/partners/Q1").text


def test_what_was_published_and_withdrawn_at_once(
    ann: TestClient, bo: TestClient, app: FastAPI
) -> None:
    send(bo, EDIT, publish=["summary", "status"])
    form = opened(ann, EDIT, "/edit")
    send(bo, EDIT, publish=["status"])
    answer = ann.post(EDIT, data={**form, "publish": [*form["publish"], "links"]})
    both_shown(answer, "Its status", "About the work")
    assert fields(answer.text, "/edit")["publish"] == ["listed", "status", "summary", "links"]


def test_the_same_change_by_both_is_no_conflict(ann: TestClient, bo: TestClient) -> None:
    form = opened(ann, EDIT, "/edit")
    send(bo, EDIT, summary="signed")
    assert ann.post(EDIT, data={**form, "summary": "signed"}).status_code == 303


def test_a_contact_that_was_added_meanwhile_stays(
    ann: TestClient, bo: TestClient, tool: Kgtool
) -> None:
    form = opened(ann, EDIT, "/edit")
    person = {"name": "Cy", "address": "cy@example.org", "purpose": "the agreement"}
    page = bo.get(EDIT).text
    csrf = fields(page, "/contacts")["csrf"]
    assert bo.post("/partners/Q1/contacts", data={"csrf": csrf, **person}).status_code == 303
    assert ann.post(EDIT, data={**form, "summary": "x"}).status_code == 303
    one = tool.partners.get("Q1", OPERATOR)
    assert [contact.name for contact in one.contacts] == ["Cy"] and one.summary == "x"


@pytest.mark.parametrize("missing", ["version", "marks"])
def test_a_form_that_does_not_say_what_it_saw_is_refused(ann: TestClient, missing: str) -> None:
    form = opened(ann, EDIT, "/edit")
    del form[missing]
    assert ann.post(EDIT, data=form).status_code == 422


@pytest.mark.parametrize("marks", ["", "x", " ".join("y" * 400), "\x00"])
def test_marks_that_are_not_ours_overwrite_nothing(
    ann: TestClient, bo: TestClient, tool: Kgtool, marks: str
) -> None:
    form = opened(ann, EDIT, "/edit")
    send(bo, EDIT, summary="kept")
    answer = ann.post(EDIT, data={**form, "summary": "typed", "marks": marks})
    assert answer.status_code in (409, 422)
    assert tool.partners.get("Q1", OPERATOR).summary == "kept"


def test_advice_on_a_request(ann: TestClient, bo: TestClient, tool: Kgtool) -> None:
    form = opened(ann, "/requests/1", "/edit")
    assert send(bo, "/requests/1/edit", advice="Begin small", priority="high").status_code == 303
    typed = {**form, "advice": "Begin at once", "result": "none yet", "reason": "the meeting"}
    answer = ann.post("/requests/1/edit", data=typed)
    both_shown(answer, "Begin small", "Begin at once")
    again = fields(answer.text, "/edit")
    assert (again["advice"], again["result"]) == ("Begin at once", "none yet")
    assert (again["priority"], again["reason"]) == ("high", "the meeting")
    assert tool.requests.get(1, OPERATOR).advice == "Begin small"
    assert ann.post("/requests/1/edit", data=again).status_code == 303
    one = tool.requests.get(1, OPERATOR)
    assert (one.advice, one.priority, one.result) == ("Begin at once", "high", "none yet")


def test_a_move_is_decided_on_what_one_saw(ann: TestClient, bo: TestClient, tool: Kgtool) -> None:
    form = opened(ann, "/requests/1", "/move")
    assert send(bo, "/requests/1/move", to="information").status_code == 303
    answer = ann.post("/requests/1/move", data={**form, "to": "declined", "note": "too much"})
    both_shown(answer, "Gathering information", "Declined")
    assert fields(answer.text, "/move")["note"] == "too much"
    assert tool.requests.get(1, OPERATOR).state == "information"


def test_the_checklist(ann: TestClient, bo: TestClient, tool: Kgtool) -> None:
    form = opened(ann, "/requests/1", "/check")
    found = {"verdict": ["good", "", "blocker", ""], "note": ["", "", "no licence", ""]}
    assert send(bo, "/requests/1/check", **found).status_code == 303
    mine = {**form, "verdict": ["", "", "good", ""], "note": ["", "", "I see none", ""]}
    answer = ann.post("/requests/1/check", data=mine)
    both_shown(answer, "no licence", "I see none")
    assert 'value="I see none"' in answer.text
    assert [check.verdict for check in tool.requests.get(1, OPERATOR).checks] == ["good", "blocker"]
    again = {**fields(answer.text, "/check"), "verdict": ["good", "", "good", ""]}
    again["note"] = mine["note"]
    assert ann.post("/requests/1/check", data=again).status_code == 303
    assert [check.verdict for check in tool.requests.get(1, OPERATOR).checks] == ["good", "good"]


def test_comments_stand_beside_changes(ann: TestClient, bo: TestClient, tool: Kgtool) -> None:
    form = opened(ann, "/requests/1", "/edit")
    assert send(bo, "/requests/1/comment", text="I can scan").status_code == 303
    assert ann.post("/requests/1/edit", data={**form, "advice": "Scan"}).status_code == 303
    one = tool.requests.get(1, OPERATOR)
    assert one.advice == "Scan" and one.events[-2].text == "I can scan"


def test_programs_say_which_version_they_mean(
    client: TestClient, bearer: Callable[..., dict[str, str]], tool: Kgtool
) -> None:
    staff = bearer("coordinator")
    seen = client.get("/api/v1/partners/Q1", headers=staff).json()["version"]
    body = {"summary": "one", "version": seen}
    changed = client.put("/api/v1/partners/Q1", headers=staff, json=body).json()
    assert changed["version"] == seen + 1
    late = client.put("/api/v1/partners/Q1", headers=staff, json={**body, "summary": "two"})
    assert late.status_code == 409 and "Nothing was saved" in late.json()["detail"]
    gone = client.put("/api/v1/partners/Q7", headers=staff, json={**body, "name": "x"})
    assert gone.status_code == 404
    seen = client.get("/api/v1/requests/1", headers=staff).json()["version"]
    moves = "/api/v1/requests/1/moves"
    move = {"to": "information", "version": seen}
    assert client.post(moves, headers=staff, json=move).json()["version"] == seen + 1
    late = client.post(moves, headers=staff, json={**move, "to": "agenda"})
    assert late.status_code == 409


def test_many_at_once_lose_nothing(tool: Kgtool) -> None:
    """Whoever gives one field changes that field alone, at the same moment as others."""
    lost: list[object] = []

    def work(number: int) -> None:
        caller = Caller(f"C{number}", "coordinator")
        try:
            for turn in range(5):
                tool.requests.comment(1, f"{number}.{turn}", caller)
                tool.partners.add_contact(
                    "Q1", caller, name=f"{number}.{turn}", address="a", purpose="p"
                )
                match number:
                    case 0:
                        tool.partners.change("Q1", caller, summary=f"s{turn}")
                    case 1:
                        tool.partners.change("Q1", caller, affiliate=f"a{turn}")
                    case 2:
                        tool.requests.change(1, caller, advice=f"v{turn}")
                    case _:
                        tool.requests.change(1, caller, result=f"r{turn}")
        except Exception as error:
            lost.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == []
    partner, request = tool.partners.get("Q1", OPERATOR), tool.requests.get(1, OPERATOR)
    assert (partner.summary, partner.affiliate) == ("s4", "a4")
    assert (request.advice, request.result) == ("v4", "r4")
    assert len(partner.contacts) == 20
    assert len([one for one in request.events if one.kind == "commented"]) == 20
    assert partner.version == 11


def test_of_two_who_saw_the_same_one_is_told(tool: Kgtool) -> None:
    seen = tool.partners.get("Q1", OPERATOR).version
    outcomes: list[str] = []
    together = threading.Barrier(4)

    def work(number: int) -> None:
        together.wait()
        try:
            tool.partners.change("Q1", OPERATOR, summary=str(number), version=seen)
            outcomes.append("kept")
        except Conflict:
            outcomes.append("told")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["kept", "told", "told", "told"]
