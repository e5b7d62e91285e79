"""Partners comment on what is planned for their collections, and object before it is done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kgtool.api.app import create_app
from kgtool.drafts import Draft, MemoryWorld, Plan, plan_rows
from kgtool.entities import EntityId, EntityIdValue, Item, Snak, Statement, Term
from kgtool.errors import Forbidden, NotFound, UsageError
from kgtool.service.callers import OPERATOR, Caller
from kgtool.settings import Settings
from kgtool.wiring import Kgtool
from tests.api.conftest import browser_of

MUSEUM = "Q190804"
CURATOR = Caller("Cy of the museum", "partner", partner=MUSEUM)
OTHER = Caller("Di of another", "partner", partner="Q812285")
OFFICE = Caller("Ann", "coordinator")
PLAN = "0123456789ab"


@pytest.fixture
def app(tmp_path: Path):  # type: ignore[no-untyped-def]  # a FastAPI app
    made = create_app(Settings(home=tmp_path))
    tool: Kgtool = made.state.kgtool
    where = Snak("value", "P195", datavalue=EntityIdValue(EntityId(MUSEUM)))
    item = Item(labels={"en": Term("en", "a work")}, claims={"P195": [Statement(where)]})
    rows = plan_rows([Draft("a", 1, item)], MemoryWorld(), tool.profile)
    tool.drafts.keep(
        Plan(
            id=PLAN,
            title="Works",
            wiki=tool.profile.action_api,
            made="2026-10-03T00:00:00+00:00",
            summary="works",
            rows=list(rows),
        ).sealed()
    )
    return made


@pytest.fixture
def tool(app) -> Kgtool:  # type: ignore[no-untyped-def]  # a FastAPI app
    found: Kgtool = app.state.kgtool
    return found


def test_nothing_is_written_while_a_partner_objects(tool: Kgtool) -> None:
    note = tool.plan_notes.add(PLAN, "objection", "These are on loan.", CURATOR)
    batch = tool.batches.start(tool.drafts.kept(PLAN))
    with pytest.raises(Forbidden, match="A partner objects"):
        tool.batch_jobs.begin(batch, OPERATOR)
    assert tool.batch_jobs.job(batch) is None
    with pytest.raises(UsageError, match="what was agreed"):
        tool.plan_notes.settle(PLAN, note.id, " ", OFFICE)
    tool.plan_notes.settle(PLAN, note.id, "Loans are left out.", OFFICE)
    assert tool.batch_jobs.begin(batch, OPERATOR).state == "queued"
    [told] = tool.plan_notes.of(PLAN, CURATOR)
    assert (told.answer, told.settled_by, told.stands) == ("Loans are left out.", "Ann", False)
    actions = [event.action for event in tool._audit.events(object=f"plan {PLAN}")]
    assert actions == ["plan-settled", "plan-objection", "plan-make"]


def test_a_partner_withdraws_what_it_objected(tool: Kgtool) -> None:
    note = tool.plan_notes.add(PLAN, "objection", "Wait.", CURATOR)
    colleague = Caller("Eve of the museum", "partner", partner=MUSEUM)
    tool.plan_notes.settle(PLAN, note.id, "", colleague)
    tool.plan_notes.check(PLAN)


def test_who_speaks_for_another_institution_says_and_reads_nothing(tool: Kgtool) -> None:
    note = tool.plan_notes.add(PLAN, "comment", "Well done.", CURATOR)
    for kind in ("comment", "objection"):
        with pytest.raises(NotFound):
            tool.plan_notes.add(PLAN, kind, "No.", OTHER)
    with pytest.raises(NotFound):
        tool.plan_notes.settle(PLAN, note.id, "x", OTHER)
    for somebody in (OTHER, Caller("V", "volunteer")):
        with pytest.raises(NotFound):
            tool.plan_notes.of(PLAN, somebody)
    assert [one.text for one in tool.plan_notes.of(PLAN, OFFICE)] == ["Well done."]


def test_coordinators_comment_but_do_not_object_for_others(tool: Kgtool) -> None:
    tool.plan_notes.add(PLAN, "comment", "Please look.", OFFICE)
    with pytest.raises(Forbidden):
        tool.plan_notes.add(PLAN, "objection", "No.", OFFICE)
    with pytest.raises(NotFound):
        tool.plan_notes.add("ba9876543210", "comment", "x", OFFICE)


def test_a_partner_objects_on_the_page(app, tool: Kgtool) -> None:  # type: ignore[no-untyped-def]
    browser = browser_of(app, "Cy", "partner", MUSEUM)
    page = browser.get(f"/en/drafts/{PLAN}").text
    assert "Object" in page
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[-1]
    form = {"csrf": csrf, "kind": "objection", "text": "<b>On loan</b>"}
    assert browser.post(f"/en/drafts/{PLAN}/notes", data=form).status_code == 303
    page = browser.get(f"/en/drafts/{PLAN}").text
    assert "&lt;b&gt;On loan" in page and "Settle the objection" in page
    [note] = tool.plan_notes.of(PLAN, CURATOR)
    assert (note.by, note.kind, note.stands) == ("Cy", "objection", True)
