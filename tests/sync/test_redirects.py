"""Items are merged on the wiki, and everything that is kept under the old id goes on."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.api.sandbox.server import SandboxServer
from kgtool.cli import root
from kgtool.coverage.selection import OfItems, OfPartners
from kgtool.drafts import Complete, Draft, Plan, plan_rows
from kgtool.entities import Property, load_profile
from kgtool.errors import NotFound, UsageError
from kgtool.partners import Collection, Link, Project
from kgtool.service.callers import OPERATOR, Caller
from kgtool.store import HistoryStore, PastMatrix
from kgtool.wiring import Kgtool
from tests.builders import item, snak, statement
from tests.sandbox.client import Client
from tests.sandbox.running import BOT

from .worlds import Make, a_museum

NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
OLD, NEW = "Q700", "Q701"
SOURCE = [[snak("P854", "https://example.org/1")]]


@pytest.fixture
def tool(server: SandboxServer, workspace: Make, tmp_path: Path) -> Kgtool:
    """A workspace with two items of one museum in it, in which people keep things."""
    server.wiki.load(
        [
            *a_museum(4),
            Property("string", id="P217"),
            Property("url", id="P854"),
            item(OLD, labels={"en": "Old Museum"}, P31="Q10"),
            item(NEW, labels={"en": "New Museum"}, P31="Q10"),
            item("Q800", P195=OLD),
            item("Q801", P195=NEW),
        ]
    )
    made = workspace("home")
    made.settings = dataclasses.replace(
        made.settings,
        wiki_user=BOT[0],
        wiki_password=BOT[1],
        edits_per_minute=1_000_000,
        quiet_seconds=0.1,
    )
    made.sync.run(OfPartners((OLD,)))
    made.sync.run(OfPartners((NEW,)))
    return made


@pytest.fixture
def client(tool: Kgtool) -> Iterator[TestClient]:
    """The service over that workspace."""
    with TestClient(create_app(tool.settings), base_url="http://localhost:8000") as made:
        yield made


def _merge(editor: Client, source: str, target: str) -> None:
    answer = editor.post(action="wbmergeitems", fromid=source, toid=target,
                         ignoreconflicts="description")  # fmt: skip
    assert answer["success"] == 1 and answer["redirected"] == 1


def _past(tool: Kgtool, selection: str) -> None:
    kept: dict[str, Any] = {"items": [[], []]}
    HistoryStore(tool.database).add(PastMatrix(selection, NOW, "daily", 1, 1, {}, kept))


def test_a_partner_goes_on_under_the_new_id(
    tool: Kgtool, editor: Client, client: TestClient
) -> None:
    tool.partners.add(OLD, name="The museum", kind="museum", caller=OPERATOR)
    tool.partners.change(
        OLD,
        OPERATOR,
        summary="old talks",
        publish=["listed", "summary"],
        links=[Link("agreement", "https://example.org/a")],
        projects=[Project("work", focus=OLD)],
        collections=[Collection("prints", OLD)],
    )
    tool.partners.add("Q1", name="Other", kind="museum", country=OLD, caller=OPERATOR)
    someone = Caller("Ann", "volunteer")
    tool.claims.claim([OLD, "Q800"], selection=OLD, missing="P18", caller=someone)
    tool.claims.claim([NEW], selection=NEW, missing="P18", caller=Caller("Bo", "volunteer"))
    tool.saved_selections.save("both", "Both", {"kind": "partners", "qids": [OLD, NEW]}, someone)
    tool.saved_selections.save("focus", "Focus", {"kind": "focus", "qid": OLD}, someone)
    _past(tool, OLD)

    _merge(editor, OLD, NEW)
    assert tool.sync.run().redirects == {OLD: NEW}

    one = tool.partners.get(NEW, OPERATOR)
    assert (one.name, one.summary, len(one.links)) == ("The museum", "old talks", 1)
    assert one.projects[0].focus == NEW and one.collections[0].qid == NEW
    assert [change.status for change in one.history] == ["prospect"]
    assert tool.partners.get("Q1", OPERATOR).country == NEW
    held = {(claim.item, claim.selection, claim.by) for claim in tool.claims.standing()}
    assert held == {("Q800", NEW, "Ann"), (NEW, NEW, "Bo")}
    assert tool.saved_selections.get("both").definition["qids"] == [NEW]
    assert tool.saved_selections.get("focus").definition["qid"] == NEW
    assert [step.items for step in tool.history.steps(NEW)] == [1]
    assert tool.history.steps(OLD) == []
    # What was synced before is asked for under the new id, once.
    state = json.loads((tool.settings.home / "sync" / "state.json").read_bytes())
    assert [one["selection"]["qids"] for one in state["wishes"]] == [[NEW]]

    for old, new in [
        (f"/partners/{OLD}", f"/partners/{NEW}"),
        (f"/sv/partners/{OLD}/history?x=1", f"/sv/partners/{NEW}/history?x=1"),
        (f"/api/v1/partners/{OLD}", f"/api/v1/partners/{NEW}"),
        (f"/api/v1/partners/{OLD}/coverage", f"/api/v1/partners/{NEW}/coverage"),
        (f"/api/v1/coverage?partner={OLD}", f"/api/v1/coverage?partner={NEW}"),
        (f"/worklists?of=Q1+{OLD}&missing=P18", f"/worklists?of=Q1+{NEW}&missing=P18"),
    ]:
        answer = client.get(old, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (301, new)
    assert client.get(f"/partners/{OLD}").status_code == 200
    query = {"query": f"SELECT * {{ <http://www.wikidata.org/entity/{OLD}> ?p ?o }}"}
    assert client.get("/sparql", params=query, follow_redirects=False).status_code == 200
    assert client.get(f"/partners/{NEW}", follow_redirects=False).status_code == 200
    # Told again, as after a kill, nothing more happens.
    tool.redirects.follow({OLD: NEW}, [], OPERATOR)
    assert tool.partners.get(NEW, OPERATOR) == one


def _registered_twice(tool: Kgtool) -> None:
    tool.partners.add(OLD, name="Old name", kind="archive", status="talking", caller=OPERATOR)
    tool.partners.add(NEW, name="New name", kind="museum", status="prospect", caller=OPERATOR)
    tool.partners.change(OLD, OPERATOR, summary="from the old", affiliate="WMSE",
                         links=[Link("agreement", "https://example.org/a")])  # fmt: skip
    tool.partners.change(NEW, OPERATOR, summary="from the new", status="active",
                         links=[Link("report", "https://example.org/r")])  # fmt: skip


def test_two_registered_partners_wait_for_a_person(
    tool: Kgtool, editor: Client, client: TestClient
) -> None:
    _registered_twice(tool)
    _past(tool, OLD)
    _past(tool, NEW)
    _merge(editor, OLD, NEW)
    tool.sync.run()
    # Both records are there, both pages are shown, and the pair is told; nothing is one history.
    assert tool.history.earlier(NEW) == []
    [(old, new)] = tool.merging.waiting(OPERATOR)
    assert (old.qid, new.qid) == (OLD, NEW)
    assert dict(tool.leads.moved()) == {}
    assert tool.merging.waiting(Caller("Ann", "volunteer")) == []
    token, _ = tool.accounts.add_token("t", role="coordinator", scopes=[], days=1, by=OPERATOR)
    headers = {"Authorization": f"Bearer {token}"}
    page = client.get("/partners", headers=headers)
    assert f"/partners/{OLD}/merge?into={NEW}" in page.text
    shown = client.get(f"/partners/{OLD}/merge?into={NEW}", headers=headers).text
    assert "Old name" in shown and "New name" in shown and "from the old" in shown
    assert client.get(f"/partners/{OLD}/merge?into={NEW}").status_code == 401

    wanted = {"into": NEW, "keep": "new"}
    made = client.post(f"/api/v1/partners/{OLD}/merge", headers=headers, json=wanted)
    assert made.status_code == 200 and made.json()["name"] == "New name"
    one = tool.partners.get(NEW, OPERATOR)
    assert (one.name, one.kind, one.status, one.affiliate) == (
        "New name", "museum", "active", "WMSE",
    )  # fmt: skip
    assert one.summary == "from the new\n\nfrom the old"
    assert {link.title for link in one.links} == {"agreement", "report"}
    assert [change.status for change in one.history] == [
        "talking", "prospect", "active", "active",
    ]  # fmt: skip
    assert "Old name" in one.history[-1].note and "talking" in one.history[-1].note
    assert tool.merging.waiting(OPERATOR) == []
    answer = client.get(f"/partners/{OLD}", headers=headers, follow_redirects=False)
    assert answer.status_code == 301
    # Two histories cannot become one: what went before is told with the other, as whose it is.
    assert len(tool.history.steps(NEW)) == 1
    tool.leads.look_again()  # the service, another process, merged them
    assert [(one.selection, len(one.steps)) for one in tool.history.earlier(NEW)] == [(OLD, 1)]
    told = client.get(f"/api/v1/partners/{NEW}/history", headers=headers).json()
    assert [(one["selection"], len(one["steps"])) for one in told["earlier"]] == [(OLD, 1)]
    english = client.get(f"/partners/{NEW}/history?since=2026-10-01").text
    assert f"Before the merge: {OLD}" in english
    assert f"Före sammanslagningen: {OLD}" in client.get(f"/sv/partners/{NEW}/history").text


def test_the_command_line_shows_both_records_and_makes_them_one(
    tool: Kgtool, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _registered_twice(tool)
    _merge(editor, OLD, NEW)
    tool.sync.run()
    monkeypatch.setenv("KGTOOL_HOME", str(tool.settings.home))
    monkeypatch.setenv("KGTOOL_WIKIBASE", tool.settings.wikibase)

    def run(*words: str) -> Any:
        return CliRunner().invoke(root, ["partners", "merge", *words])

    waiting = run()
    assert waiting.exit_code == 0 and "Old name" in waiting.stdout and "New name" in waiting.stdout
    assert f"merge {OLD} {NEW} --keep" in waiting.stdout
    assert isinstance(run(OLD).exception, UsageError)
    assert run(OLD, NEW, "--keep", "old").exit_code == 0
    one = tool.partners.get(NEW, OPERATOR)
    assert (one.name, one.kind, one.status) == ("Old name", "archive", "talking")
    assert isinstance(run(OLD, NEW, "--keep", "old").exception, NotFound)
    assert run().stdout == ""


def _plan(tool: Kgtool, *drafts: Draft) -> Plan:
    with tool._world("wiki") as world:
        rows = plan_rows(list(drafts), world, tool.profile)
    made = datetime.datetime.now(datetime.UTC).isoformat()
    return Plan(id="0123456789ab", title="T", wiki=tool.profile.action_api, made=made, summary="s",
                rows=rows).sealed()  # fmt: skip


def test_a_plan_is_carried_out_on_the_item_that_is_left(tool: Kgtool, editor: Client) -> None:
    tool.sync.run(OfItems((OLD, NEW)))
    ours = statement("P217", "N 1", references=SOURCE)
    plan = _plan(tool, Draft("a", 1, item(OLD, ours)))
    tool.drafts.keep(plan)
    _merge(editor, OLD, NEW)
    tool.sync.run()
    kept = tool.drafts.kept(plan.id).rows[0]
    assert isinstance(kept, Complete) and kept.item == NEW
    assert f"{OLD} was merged into {NEW}" in [one.message for one in kept.findings]
    # Even the plan as it was before anyone heard of the merging.
    batch = tool.batches.start(plan)
    assert tool.batches.apply(batch)["confirmed"] == 1
    [line] = batch.report()
    assert line.item == NEW and f"{OLD} was merged into {NEW}" in line.message
    assert "P217" in editor.entity(NEW)["claims"]
    assert tool.batches.undo(batch).undone == ["1.1"]


def test_what_speaks_against_a_plan_after_merging_is_for_a_person(
    tool: Kgtool, editor: Client
) -> None:
    ours = statement("P217", "N 1", references=SOURCE)
    plan = _plan(tool, Draft("a", 1, item(OLD, ours)))
    claim = {"type": "statement", "rank": "normal", "mainsnak": {
        "snaktype": "value", "property": "P217",
        "datavalue": {"type": "string", "value": "theirs"}}}  # fmt: skip
    editor.edit({"claims": [claim]}, id=NEW)
    _merge(editor, OLD, NEW)
    [line] = _applied(tool, plan)
    assert line.state == "refused" and "another value was set meanwhile" in line.message
    values = [s["mainsnak"]["datavalue"]["value"] for s in editor.entity(NEW)["claims"]["P217"]]
    assert values == ["theirs"]


def _applied(tool: Kgtool, plan: Plan) -> list[Any]:
    batch = tool.batches.start(plan)
    tool.batches.apply(batch)
    return batch.report()


def test_the_journal_follows_an_item_and_undoing_leaves_the_other_alone(
    tool: Kgtool, editor: Client
) -> None:
    plan = _plan(
        tool,
        Draft("a", 1, item("", labels={"en": "made by us"})),
        Draft("b", 2, item("Q800", statement("P217", "N 2", references=SOURCE))),
    )
    batch = tool.batches.start(plan)
    tool.batches.apply(batch)
    made = batch.report()[0].item
    _merge(editor, made, "Q801")
    tool.sync.run()
    again = tool.batches.open(plan.id)
    first, second = again.report()
    assert (first.item, first.state) == ("Q801", "confirmed")
    assert f"{made} was merged into Q801" in first.message
    assert second.item == "Q800"
    assert "Q801" in again.report_csv()
    undone = tool.batches.undo(again)
    # The item that ours was merged into is nobody's to delete.
    assert undone.created == [] and undone.undone == ["2.1"]
    assert "merged" in str(undone.skipped["1.1"])


def test_an_item_that_is_divided_again_is_no_redirect_any_more(
    tool: Kgtool, editor: Client
) -> None:
    tool.redirects.follow({"Q50": "Q103"}, [], OPERATOR)
    assert tool.leads.moved() == {"Q50": "Q103"}
    tool.sync.run(OfItems(("Q50",)))
    assert dict(tool.leads.moved()) == {}


def test_a_table_that_names_an_old_id_means_the_new_one(tool: Kgtool, editor: Client) -> None:
    _merge(editor, OLD, NEW)
    tool.sync.run()
    draft = Draft("a", 1, item(OLD, statement("P217", "x", references=SOURCE)))
    for against in ("workspace", "wiki"):
        with tool._world(against) as world:
            rows = plan_rows([draft], world, load_profile("wikidata"))
        assert isinstance(rows[0], Complete) and rows[0].item == NEW
