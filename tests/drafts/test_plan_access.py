"""Who sees which plan, over the API and as pages: all roles × all that shows a plan."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.drafts import Draft, MemoryWorld, Plan, plan_rows
from kgtool.entities import EntityId, EntityIdValue, Item, Snak, Statement, Term, to_json
from kgtool.errors import NotFound
from kgtool.service.callers import OPERATOR, Caller
from kgtool.settings import Settings
from kgtool.wiring import Kgtool
from tests.api.conftest import browser_of, form_token
from tests.builders import item
from tests.short import short

MUSEUM, CABINET, DRAWER, OTHER = "Q900000001", "Q900000002", "Q900000003", "Q900000004"
OWN, PART, STRANGE = "0123456789a1", "0123456789a2", "0123456789a3"
PLANS = {OWN: MUSEUM, PART: DRAWER, STRANGE: OTHER}
# Everything that shows a plan, or what became of it.
SHOWN = (
    "/drafts/{id}",
    "/drafts/{id}/csv",
    "/drafts/{id}/quickstatements",
    "/batches/{id}",
    "/batches/{id}.csv",
    "/batches/{id}/events",
    "/api/v1/drafts/{id}",
    "/api/v1/drafts/{id}/export",
)


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """A museum, a cabinet in it, a drawer in that, and another museum; a plan for three of them."""
    made: FastAPI = create_app(Settings(home=tmp_path))
    tool: Kgtool = made.state.kgtool
    world = [
        item(MUSEUM),
        item(CABINET, P361=MUSEUM),
        item(DRAWER, P361=CABINET),
        item(OTHER),
        item("Q900000005", P195=DRAWER),
        item("Q900000006", P195=OTHER),
    ]
    tool.loading.load(enumerate(map(to_json, world), 1), source="test")
    for id, about in PLANS.items():
        where = Snak("value", "P195", datavalue=EntityIdValue(EntityId(about)))
        wanted = Item(labels={"en": Term("en", "a work")}, claims={"P195": [Statement(where)]})
        rows = plan_rows([Draft("a", 1, wanted)], MemoryWorld(), tool.profile)
        plan = Plan(
            id=id,
            title=f"Works of {about}",
            wiki=tool.profile.action_api,
            made="2026-10-03T00:00:00+00:00",
            summary="works",
            by="Vi" if id == STRANGE else "",
            rows=list(rows),
        ).sealed()
        tool.drafts.keep(plan)
        tool.batches.start(plan)
    return made


@pytest.fixture
def browser(app: FastAPI) -> Callable[..., TestClient]:
    """``browser("Cy", "partner", MUSEUM)``: somebody with that role, at a browser."""
    return partial(browser_of, app)


@pytest.mark.parametrize(
    ("name", "role", "partner", "seen"),
    short(
        4,
        [
            ("Cy", "partner", MUSEUM, {OWN, PART}),
            ("Di", "partner", CABINET, {PART}),
            ("Ed", "partner", OTHER, {STRANGE}),
            ("Gus", "volunteer", None, set()),
            ("Vi", "volunteer", None, {STRANGE}),
            ("Ann", "coordinator", None, set(PLANS)),
            ("Wu", "writer", None, set(PLANS)),
            ("Max", "admin", None, set(PLANS)),
        ],
    ),
)
def test_each_sees_their_own(
    browser: Callable[..., TestClient], name: str, role: str, partner: str | None, seen: set[str]
) -> None:
    somebody = browser(name, role, partner)
    for id in PLANS:
        for path in SHOWN:
            answer = somebody.get(path.format(id=id))
            assert answer.status_code == (200 if id in seen else 404), (path, id)
            if id not in seen:
                assert PLANS[id] not in answer.text
    listed = somebody.get("/api/v1/drafts").json()["plans"]
    assert {one["id"] for one in listed} == seen
    page = somebody.get("/drafts").text
    for where in ("drafts", "batches"):
        assert {id for id in PLANS if f"/{where}/{id}" in page} == seen


def test_strangers_see_none(app: FastAPI) -> None:
    stranger = TestClient(app, follow_redirects=False)
    for id in PLANS:
        assert {stranger.get(path.format(id=id)).status_code for path in SHOWN} == {401}
        assert id not in stranger.get("/drafts").text


def test_a_partner_comments_and_objects_and_does_not_decide(
    app: FastAPI, browser: Callable[..., TestClient]
) -> None:
    curator, tool = browser("Cy", "partner", MUSEUM), app.state.kgtool
    page = f"/drafts/{PART}"
    assert f"{page}/decide" not in curator.get(page).text
    csrf = form_token(curator, page)
    choice = {"csrf": csrf, "row": "a", "choice": "skip"}
    assert curator.post(f"{page}/decide", data=choice).status_code == 403
    strange = f"/drafts/{STRANGE}"
    assert curator.post(f"{strange}/decide", data=choice).status_code == 404
    note = {"csrf": csrf, "kind": "objection", "text": "On loan."}
    assert curator.post(f"{page}/notes", data=note).status_code == 303
    assert curator.post(f"{strange}/notes", data=note).status_code == 404
    cy = Caller("Cy", "partner", partner=MUSEUM)
    [standing] = tool.plan_notes.of(PART, cy)
    assert standing.partner == MUSEUM and standing.stands
    with pytest.raises(NotFound):
        tool.plan_notes.of(STRANGE, cy)
    # A colleague of the cabinet sees the plan, not what the museum said of it.
    assert tool.plan_notes.of(PART, Caller("Di", "partner", partner=CABINET)) == []


def test_whoever_made_a_plan_decides_its_rows(browser: Callable[..., TestClient]) -> None:
    maker = browser("Vi", "volunteer")
    page = f"/drafts/{STRANGE}"
    given = {"csrf": form_token(maker, page), "row": "a", "choice": "skip"}
    assert maker.post(f"{page}/decide", data=given).status_code == 303


def test_a_plan_names_its_maker_until_they_are_forgotten(app: FastAPI) -> None:
    tool: Kgtool = app.state.kgtool
    assert "plans/" in str(tool.people.export("Vi", OPERATOR)["file"])
    tool.people.forget("Vi", OPERATOR)
    assert tool.drafts.kept(STRANGE).by == "(forgotten)"
