"""The helpdesk over HTTP and as pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.service.callers import OPERATOR

from .conftest import form_token
from .fill import fields, send

Bearer = Callable[..., dict[str, str]]
IDEA = {"title": "Glass plates", "description": "4,000 negatives of a small town"}
BY_HAND = {**IDEA, "shown": "1"}  # the form was shown long ago


@pytest.fixture
def staff(bearer: Bearer) -> dict[str, str]:
    return bearer("coordinator")


def test_anyone_can_ask_and_only_coordinators_see_it(
    client: TestClient, staff: dict[str, str]
) -> None:
    csrf = form_token(client, "/requests/new")
    form = {"csrf": csrf, **BY_HAND, "country": "Q34", "contact": "ann@example.org"}
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
    spam = {"csrf": csrf, **BY_HAND, "website": "https://spam.example"}
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
    assert client.post(moves, headers=other, json={"to": "withdrawn"}).status_code == 404
    answer = client.post(moves, headers=author, json={"to": "withdrawn"})
    assert answer.json()["state"] == "withdrawn"


def test_a_coordinator_works_in_the_browser(
    signed_in: Callable[[str], TestClient], client: TestClient
) -> None:
    browser = signed_in("coordinator")
    csrf = form_token(browser, "/requests/new")
    browser.post("/requests/new", data={"csrf": csrf, **IDEA, "links": "https://example.org/T1"})
    check = {"verdict": ["", "concern", "", ""], "note": ["", "ask the heirs", "", ""]}
    assert send(browser, "/requests/1/check", **check).status_code == 303
    comment = {"csrf": csrf, "text": "who <b>scans</b> them?"}
    assert browser.post("/requests/1/comment", data=comment).status_code == 303
    edit = {"advice": "Begin small", "priority": "high", "publish": ["advice"]}
    assert send(browser, "/requests/1/edit", **edit).status_code == 303
    page = browser.get("/requests/1").text
    assert "ask the heirs" in page and "&lt;b&gt;scans" in page and "High priority" in page
    public = client.get("/requests/1").text
    assert "Glass plates" in public and "Begin small" in public
    for hidden in ("heirs", "scans", "negatives", "High priority", "T1"):
        assert hidden not in public


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"country": "Atlantis"}, {"links": "javascript:x"}, {"partner": "a museum"}],
)
def test_a_wrong_request_is_shown_again_with_all_that_was_typed(
    client: TestClient, staff: dict[str, str], wrong: dict[str, str]
) -> None:
    csrf = form_token(client, "/requests/new")
    told = {"outcome": "a <b>gallery</b>", "kind": "photographs", "language": "Portuguese"}
    typed = {**BY_HAND, **told, "contact": "ann@example.org", **wrong}
    answer = client.post("/requests/new", data={"csrf": csrf, **typed})
    assert answer.status_code == 400 and "Nothing was saved" in answer.text
    again = fields(answer.text, "/requests/new")
    assert {name: unescape(again[name]) for name in typed} == typed
    mended = {**again, "title": "Plates", "country": "Brazil", "links": "T12345", "partner": "q1"}
    assert client.post("/requests/new", data=mended).status_code == 303
    (made,) = client.get("/api/v1/requests", headers=staff).json()["requests"]
    assert (made["country"], made["language"], made["partner"]) == ("Q155", "pt", "Q1")
    assert made["links"] == ["https://phabricator.wikimedia.org/T12345"]


def test_what_is_too_long_is_refused(client: TestClient) -> None:
    csrf = form_token(client, "/requests/new")
    answer = client.post("/requests/new", data={"csrf": csrf, **BY_HAND, "title": "x" * 300})
    assert answer.status_code == 422 and "<h1>" in answer.text


def test_a_feed_has_what_is_public_and_is_xml(
    signed_in: Callable[[str], TestClient], client: TestClient
) -> None:
    browser = signed_in("coordinator")
    csrf = form_token(browser, "/requests/new")
    for title in ("Secret <&> plates", "Open \x0b<&> plates"):
        browser.post("/requests/new", data={"csrf": csrf, **IDEA, "title": title})
    send(browser, "/requests/2/edit", publish=["listed"])
    answer = client.get("/sv/requests.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = fromstring(answer.content)
    atom = "{http://www.w3.org/2005/Atom}"
    titles = [found.text for found in feed.iterfind(f"{atom}entry/{atom}title")]
    assert titles == ["Open <&> plates"]
    assert fromstring(client.get("/partners.atom").content).findall(f"{atom}entry") == []


@pytest.mark.parametrize(
    "sent",
    [
        {"shown": str(2**33)},
        {"shown": ""},
        {"description": " ".join(f"https://shop.example/{n}" for n in range(9))},
    ],
)
def test_what_a_program_seems_to_have_sent_is_not_kept_and_a_person_loses_nothing(
    client: TestClient, staff: dict[str, str], sent: dict[str, str]
) -> None:
    csrf = form_token(client, "/requests/new")
    answer = client.post("/requests/new", data={"csrf": csrf, **BY_HAND, **sent})
    assert client.get("/api/v1/requests", headers=staff).json()["requests"] == []
    assert answer.status_code == 400
    again = fields(answer.text, "/requests/new")
    assert again["title"] == IDEA["title"]
    mended = {**again, "shown": "1", "description": "a few plates", "links": again["description"]}
    if "description" not in sent:
        del mended["links"]
    assert client.post("/requests/new", data=mended).status_code == 303
    (made,) = client.get("/api/v1/requests", headers=staff).json()["requests"]
    assert len(made["links"]) == (9 if "description" in sent else 0)


def test_the_committee_decides_with_a_reason(
    client: TestClient, bearer: Bearer, staff: dict[str, str]
) -> None:
    number = client.post("/api/v1/requests", headers=bearer("volunteer"), json=IDEA).json()["id"]
    moves = f"/api/v1/requests/{number}/moves"
    client.post(moves, headers=staff, json={"to": "agenda"})
    for to in ("approved", "declined"):
        answer = client.post(moves, headers=staff, json={"to": to})
        assert answer.status_code == 400 and "without a reason" in answer.json()["detail"]
    moved = client.post(moves, headers=staff, json={"to": "approved", "note": "rare material"})
    assert moved.json()["events"][-1]["text"] == "approved: rare material"


def test_a_working_group_is_joined_and_left(
    signed_in: Callable[[str], TestClient], client: TestClient, staff: dict[str, str]
) -> None:
    chair, ann = signed_in("coordinator"), signed_in("volunteer")
    csrf = form_token(chair, "/requests/new")
    chair.post("/requests/new", data={"csrf": csrf, **IDEA})
    joined = {"csrf": form_token(ann, "/requests/new")}
    assert ann.post("/requests/1/group", data=joined).status_code == 404  # not to be seen
    send(chair, "/requests/1/edit", publish=["listed"])
    assert ann.post("/requests/1/group", data=joined).status_code == 400  # not worked on
    for to in ("agenda", "approved", "working-group"):
        send(chair, "/requests/1/move", to=to, note="as agreed")
    assert "negatives" not in ann.get("/requests/1").text
    assert ann.post("/requests/1/group", data=joined).status_code == 303
    page = ann.get("/requests/1").text
    assert "negatives" in page and "Leave the working group" in page
    assert ann.post("/requests/1/comment", data={**joined, "text": "I can scan"}).status_code == 303
    assert "Leave the working group" not in client.get("/requests/1").text
    ann.post("/requests/1/group", data={**joined, "leave": "true"})
    assert "negatives" not in ann.get("/requests/1").text


def test_agenda_notes_and_figures(
    signed_in: Callable[[str], TestClient], client: TestClient
) -> None:
    chair = signed_in("coordinator")
    csrf = form_token(chair, "/requests/new")
    for title, kind in (("Plates", "photographs"), ("{{Harvest}}", "data-set")):
        chair.post("/requests/new", data={"csrf": csrf, **IDEA, "title": title, "kind": kind})
    for number in (1, 2):
        send(chair, f"/requests/{number}/move", to="agenda")
    send(chair, "/requests/1/edit", publish=["listed"], meeting="2026-12-03")
    send(chair, "/requests/2/edit", publish=["listed", "description"])
    agenda = client.get("/sv/requests/board.wikitext?state=agenda").text
    assert agenda.startswith("== Möte 3 dec. 2026 ==") and "'''Plates'''" in agenda
    assert "negatives" in agenda and "{{" not in agenda
    now = time.gmtime()
    quarter = f"{now.tm_year}Q{(now.tm_mon + 2) // 3}"
    notes = client.get(f"/requests/notes.wikitext?quarter={quarter}").text
    assert quarter in notes and "On the agenda" in notes
    assert client.get("/requests/notes.wikitext?quarter=2026Q5").status_code == 400
    figures = client.get("/requests/statistics").text
    assert "A data set" in figures and "2 requests" in figures


def test_requests_go_out_as_a_table_and_come_in_again(
    signed_in: Callable[[str], TestClient], staff: dict[str, str]
) -> None:
    chair = signed_in("coordinator")
    csrf = form_token(chair, "/requests/new")
    related = "https://kgtool.example/sv/worklists?of=Q1&missing=P18"
    form = {"csrf": csrf, **IDEA, "title": "=Plates", "related": related, "country": "Schweden"}
    assert chair.post("/requests/new", data=form).status_code == 303
    assert '/worklists?of=Q1&amp;missing=P18"' in chair.get("/requests/1").text
    table = chair.get("/requests.csv").content
    sent = chair.post("/requests/import", data={"csrf": csrf}, files={"table": ("r.csv", table)})
    assert sent.status_code == 303
    first, again = (chair.get(f"/api/v1/requests/{n}", headers=staff).json() for n in (1, 2))
    for field in ("title", "description", "country", "related", "state", "kind"):
        assert first[field] == again[field]
    wrong = b"title,description,kind\nA,B,spoons\n,B,maps\n"
    answer = chair.post("/requests/import", data={"csrf": csrf}, files={"table": ("r.csv", wrong)})
    assert answer.status_code == 422 and "row 2" in answer.text and "row 3" in answer.text
    assert chair.get("/requests/3").status_code == 404


@pytest.mark.parametrize("path", ["/sign-in", "//evil.example/drafts/x", "/drafts", "drafts/x"])
def test_only_pages_of_ours_are_related(signed_in: Callable[[str], TestClient], path: str) -> None:
    chair = signed_in("coordinator")
    csrf = form_token(chair, "/requests/new")
    form = {"csrf": csrf, **IDEA, "related": path}
    assert chair.post("/requests/new", data=form).status_code == 400


def test_a_related_partner_is_called_by_its_name(
    sample_app: FastAPI, sample_signed_in: Callable[[str], TestClient]
) -> None:
    related = ["/partners/Q190804", "/partners/Q190804/checks"]
    made = sample_app.state.kgtool.requests.make(
        OPERATOR, title="Prints", description="Of the museum", related=related
    )
    page = sample_signed_in("coordinator").get(f"/en/requests/{made.id}").text
    assert '<a href="/en/partners/Q190804"><bdi lang="en">Rijksmuseum</bdi></a>' in page
    assert '<bdi dir="ltr">/partners/Q190804/checks</bdi>' in page


def test_feeds_of_a_partner_and_of_a_worklist(client: TestClient, sample_app: FastAPI) -> None:
    tool = sample_app.state.kgtool
    tool.history.record("Q190804", "load")
    reader = TestClient(sample_app)
    (named, _), lacking = (
        tool.labels.of(["Q190804"], "ja")["Q190804"],
        tool.wording.of(["P18"], "ja"),
    )
    for path, title in (
        ("/partners/Q190804.atom", named),
        ("/worklists.atom?of=Q190804&missing=P18", lacking["P18"]),
    ):
        answer = reader.get(f"/ja{path}")
        assert answer.headers["content-type"].startswith("application/atom+xml")
        feed = fromstring(answer.content)
        assert title in (feed.findtext("{http://www.w3.org/2005/Atom}title") or "")


@pytest.mark.parametrize("language", ["ar", "ja", "sv"])
def test_what_is_wrong_with_a_form_is_told_in_the_readers_language(
    language: str, signed_in: Callable[[str], TestClient]
) -> None:
    chair = signed_in("coordinator")
    csrf = form_token(chair, "/requests/new")
    partner = {"qid": "Q1", "name": "A museum", "kind": "museum"}
    assert chair.post("/partners/new", data={**partner, "csrf": csrf}).status_code == 303
    shown = fields(chair.get("/partners/Q1/edit").text, "/edit")
    seen = {name: shown[name] for name in ("version", "marks")}

    def problem(path: str, **typed: str) -> str:
        answer = chair.post(f"/{language}{path}", data={"csrf": csrf, **seen, **typed})
        assert 400 <= answer.status_code < 500, answer.text
        return answer.text.split('<div class="problem">', 1)[1].split("</div>", 1)[0]

    wrong = [
        problem("/partners/Q1/edit", **partner, status="active", projects="a | x | y | z | 1 | 2"),
        problem("/partners/Q1/edit", **partner, status="active", collections="A | Q2 | many"),
        problem("/selections/new", name="works", title=" ", kind="items", text="Q1"),
        problem("/selections/new", name="works", title="W", kind="pagepile", text="seven"),
    ]
    assert not [one for one in wrong if 'lang="en"' in one]
    reader = TestClient(chair.app, follow_redirects=False)
    refused = reader.get(f"/{language}/partners/new").text
    assert 'lang="en"' not in refused.split('<div class="problem">', 1)[1].split("</div>", 1)[0]


def test_more_is_told_of_a_request_as_it_becomes_known(
    signed_in: Callable[[str], TestClient], client: TestClient, bearer: Bearer
) -> None:
    chair, ann = signed_in("coordinator"), signed_in("volunteer")
    csrf = form_token(ann, "/requests/new")
    ann.post("/requests/new", data={"csrf": csrf, **IDEA, "links": "https://example.org/1"})
    form = fields(ann.get("/sv/requests/1/idea").text, "/idea")
    assert form["links"] == "https://example.org/1" and form["language"] == "engelska"
    told = {**form, "country": "Norge", "community": "WMNO", "reason": "vi frågade"}
    assert ann.post("/sv/requests/1/idea", data=told).status_code == 303
    page = chair.get("/requests/1").text
    assert "Norway" in page and "WMNO" in page and "Changed: community, country" in page
    wrong = chair.post(
        "/requests/1/idea",
        data={
            **fields(chair.get("/requests/1/idea").text, "/idea"),
            "partner": "x",
            "outcome": "y",
        },
    )
    assert wrong.status_code == 400 and fields(wrong.text, "/idea")["outcome"] == "y"
    send(chair, "/requests/1/move", to="agenda")
    assert "/requests/1/idea" not in ann.get("/requests/1").text, "the committee looks at it"
    assert ann.get("/requests/1/idea").status_code == 403
    assert ann.post("/requests/1/idea", data=told).status_code == 403
    assert client.get("/requests/1/idea").status_code == 401
    send(chair, "/requests/1/edit", publish=["listed"])
    assert signed_in("volunteer").get("/requests/1/idea").status_code == 403
    emptied = fields(chair.get("/requests/1/idea").text, "/idea") | {"country": "", "community": ""}
    assert chair.post("/requests/1/idea", data=emptied).status_code == 303
    made = client.get("/api/v1/requests/1", headers=bearer("coordinator")).json()
    assert (made["country"], made["community"]) == (None, "")


def test_what_the_committee_noted_can_be_taken_back(
    signed_in: Callable[[str], TestClient], client: TestClient, staff: dict[str, str]
) -> None:
    chair = signed_in("coordinator")
    chair.post("/requests/new", data={"csrf": form_token(chair, "/requests/new"), **IDEA})
    send(chair, "/requests/1/edit", meeting="2026-12-03", priority="high", advice="Begin")
    send(chair, "/requests/1/edit", meeting="", priority="", advice="")
    seen = client.get("/api/v1/requests/1", headers=staff).json()
    assert (seen["meeting"], seen["priority"], seen["advice"]) == (None, "", "")


@pytest.mark.parametrize(
    ("action", "typed"),
    [
        ("/requests/1/move", {"to": "declined", "note": " "}),
        ("/requests/1/comment", {"text": " "}),
    ],
)
def test_a_form_of_a_request_that_is_wrong_is_shown_again(
    signed_in: Callable[[str], TestClient], action: str, typed: dict[str, str]
) -> None:
    chair = signed_in("coordinator")
    chair.post("/requests/new", data={"csrf": form_token(chair, "/requests/new"), **IDEA})
    answer = send(chair, action, **typed)
    assert answer.status_code == 400 and "Nothing was saved" in answer.text
    assert fields(answer.text, action[-5:])[next(iter(typed))] == typed[next(iter(typed))]


def test_a_question_that_nobody_answered_waits(
    signed_in: Callable[[str], TestClient], client: TestClient
) -> None:
    chair, ann = signed_in("coordinator"), signed_in("volunteer")
    ann.post("/requests/new", data={"csrf": form_token(ann, "/requests/new"), **IDEA})
    assert "no reply yet" in chair.get("/requests").text
    send(chair, "/requests/1/comment", text="Which town?")
    assert "no reply yet" not in chair.get("/requests").text
    send(ann, "/requests/1/comment", text="Kiruna")
    assert "no reply yet" in chair.get("/requests").text


def test_the_agenda_tells_what_the_committee_needs(app: FastAPI, client: TestClient) -> None:
    tool = app.state.kgtool
    made = tool.requests.make(
        OPERATOR,
        title="Plates",
        description="4,000 negatives",
        outcome="A gallery {{x}}",
        community="WMSE",
        country="Sweden",
        partner="Q1",
        links=["https://phabricator.wikimedia.org/T1", "https://example.org/{{x}}~~~~"],
    )
    tool.requests.move(made.id, "agenda", OPERATOR)
    published = ["description", "outcome", "community", "partner", "links"]
    tool.requests.change(made.id, OPERATOR, priority="high", publish=published)
    agenda = client.get("/requests/board.wikitext?state=agenda").text
    for told in (
        "[[d:Q34|Sweden]]",
        "4,000",
        "A gallery",
        "WMSE",
        "[[d:Q1|",
        "/T1",
        "/requests/1 1]",
    ):
        assert told in agenda, told
    for hidden in ("{{", "~~~~", "High"):
        assert hidden not in agenda


def test_the_notes_of_a_quarter_stay_as_they_were(app: FastAPI, client: TestClient) -> None:
    tool = app.state.kgtool
    table = (
        "title,description,state,country,made,moved,published\n"
        "Plates,Negatives,agenda,SE,2026-08-01,2026-09-10,description\n"
    )
    assert tool.requests.import_csv(table, OPERATOR) == 1
    tool.requests.move(1, "approved", OPERATOR, note="rare")
    notes = client.get("/requests/notes.wikitext?quarter=2026Q3").text
    assert "'''Plates''' [[d:Q34|Sweden]] · On the agenda – Negatives" in notes
    assert "Plates" not in client.get("/requests/notes.wikitext?quarter=2026Q2").text


def test_figures_by_year(app: FastAPI, client: TestClient) -> None:
    table = "title,description,made,published\nA,B,2024-05-01,listed\nC,D,2025-05-01,listed\n"
    app.state.kgtool.requests.import_csv(table, OPERATOR)
    figures = client.get("/requests/statistics").text
    assert "By year" in figures and ">2024<" in figures and ">2025<" in figures


def test_the_checklist_is_gone_through_at_once(
    signed_in: Callable[[str], TestClient], client: TestClient, staff: dict[str, str]
) -> None:
    chair = signed_in("coordinator")
    chair.post("/requests/new", data={"csrf": form_token(chair, "/requests/new"), **IDEA})

    def check(*verdicts: str, note: str = "") -> Any:
        found = {"verdict": list(verdicts), "note": [note, "", "", ""]}
        return send(chair, "/requests/1/check", **found)

    def kept() -> dict[str, Any]:
        seen: dict[str, Any] = client.get("/api/v1/requests/1", headers=staff).json()
        return seen

    assert check("good", "concern", "", "not-applicable", note="scans exist").status_code == 303
    assert [one["aspect"] for one in kept()["checks"]] == [
        *("technical", "legal-ethical", "sustainability"),
    ]
    events = [one["text"] for one in kept()["events"] if one["kind"] == "checked"]
    assert events == ["technical: good", "legal-ethical: concern", "sustainability: not-applicable"]
    assert check("", "concern", "blocker", "not-applicable").status_code == 303
    assert {one["aspect"] for one in kept()["checks"]} == {
        *("legal-ethical", "risk", "sustainability"),
    }
    assert len([one for one in kept()["events"] if one["kind"] == "checked"]) == 5
    page = chair.get("/requests/1").text
    assert "Checklist: Technical – not looked at yet" in page
    wrong = check("", "good", "", "", note="but no finding")
    assert wrong.status_code == 400 and "Technical: there is a note" in wrong.text
    assert 'value="but no finding"' in wrong.text and "Nothing was saved" in wrong.text
    assert {one["verdict"] for one in kept()["checks"]} == {
        *("concern", "blocker", "not-applicable")
    }
    assert check("lost", "", "", "").status_code == 400
