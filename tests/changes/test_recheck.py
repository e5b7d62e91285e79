"""Recheck: what was mended on the wiki leaves the worklist before the next sync."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.errors import TooLarge, UsageError
from kgtool.wiring import Kgtool
from tests.api.conftest import form_token
from tests.sandbox.client import Client

from .conftest import MUSEUM, NUMBER
from .test_changes import claim_of

IDS = ["Q1", "Q2", "Q3", "Q4", "Q5"]


def listed(tool: Kgtool, *missing: str) -> list[str]:
    return [one.id for one in tool.coverage.gaps(MUSEUM, list(missing or ("Lsv",))).items]


def test_what_was_mended_or_is_gone_leaves_the_list_and_comes_back_if_undone(
    tool: Kgtool, person: Callable[[str], Client]
) -> None:
    ann, admin = person("Ann"), person("Admin")
    assert listed(tool) == IDS
    ann.post(action="wbsetlabel", id="Q2", language="sv", value="Två")
    ann.post(action="wbsetlabel", id="Q3", language="de", value="Drei")
    admin.post(action="delete", title="Q4", reason="test")
    requests = tool._wiki_for_searching.requests
    done = tool.recheck.recheck(MUSEUM, ["Lsv"], [], IDS)
    assert (done.checked, done.mended, done.gone, done.left) == (5, ["Q2"], ["Q4"], 3)
    assert tool._wiki_for_searching.requests == requests + 1
    assert listed(tool) == ["Q1", "Q3", "Q5"]
    assert tool.coverage.gaps(MUSEUM, ["Lsv"], limit=2).next == "Q3"
    assert listed(tool, "Lde") == IDS  # another question, another list
    # Somebody takes it back: a second look puts it on the list again.
    ann.post(action="wbsetlabel", id="Q2", language="sv", value="")
    assert tool.recheck.recheck(MUSEUM, ["Lsv"], [], ["Q2"]).left == 1
    assert listed(tool) == ["Q1", "Q2", "Q3", "Q5"]
    # Once the workspace has the item anew, it knows by itself.
    ann.post(action="wbsetlabel", id="Q1", language="sv", value="Ett")
    tool.recheck.recheck(MUSEUM, ["Lsv"], [], ["Q1"])
    ann.post(action="wbsetlabel", id="Q1", language="sv", value="")
    tool.sync.run()
    assert listed(tool) == ["Q1", "Q2", "Q3", "Q5"]


def test_every_kind_of_measure(tool: Kgtool, person: Callable[[str], Client]) -> None:
    ann = person("Ann")
    ann.post(action="wbremoveclaims", claim=claim_of(ann, "Q1", NUMBER)["id"])
    for missing, having, left in (
        (["P1319.ref and P31"], [], 2),
        (["P217.P195=@partner"], [], 1),
        (["P31"], [NUMBER], 1),
        (["not P195"], [], 2),
    ):
        assert tool.recheck.recheck(MUSEUM, missing, having, ["Q1", "Q2"]).left == left, missing


def test_wrong_use(tool: Kgtool) -> None:
    with pytest.raises(TooLarge):
        tool.recheck.recheck(MUSEUM, ["Lsv"], [], [f"Q{n}" for n in range(1, 52)])
    for missing, ids in ((["Lsv"], []), ([], ["Q1"]), (["Lsv"], ["P1"]), (["(("], ["Q1"])):
        with pytest.raises(UsageError):
            tool.recheck.recheck(MUSEUM, missing, [], ids)


def test_anybody_rechecks_on_the_page_and_not_too_often(
    app: FastAPI, person: Callable[[str], Client]
) -> None:
    reader = TestClient(app, follow_redirects=False)
    path = f"/worklists?of={MUSEUM}&missing=Lsv"
    page = reader.get(path).text
    ids = re.findall(r'<input type="hidden" name="items" value="(Q\d+)"', page)
    assert ids == IDS
    person("Ann").post(action="wbsetlabel", id="Q2", language="sv", value="Två")
    form = {"csrf": form_token(reader, path), "of": MUSEUM, "missing": "Lsv", "items": ids}
    answer = reader.post("/worklists/recheck", data=form)
    assert answer.status_code == 303
    after = reader.get(answer.headers["location"]).text
    assert "5 rows were rechecked; 1 was mended" in after and ">Q2<" not in after
    given = {"items": ["Q2"], "missing": ["Lsv"]}
    route = f"/api/v1/partners/{MUSEUM}/gaps/recheck"
    assert reader.post(route, json=given).json()["mended"] == ["Q2"]
    assert reader.post(route, json={"items": []}).status_code == 422
    gaps = reader.get(f"/api/v1/partners/{MUSEUM}/gaps?missing=Lsv").json()
    assert gaps["count"] == 4
    codes = {reader.post(route, json=given).status_code for _ in range(15)}
    assert codes == {200, 429}
