"""Recheck: what was mended on the wiki leaves the worklist before the next sync."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.errors import NotFound, TooLarge, UsageError
from kgtool.wiring import Kgtool
from tests.api.conftest import form_token
from tests.sandbox.client import Client

from .conftest import HOLDER, MUSEUM, NUMBER
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


def test_worklists_about_shapes(tool: Kgtool, person: Callable[[str], Client]) -> None:
    """What a shape finds is found again on the items as they are now, neighbours included."""
    ann = person("Ann")
    at_number = "shape:artwork/P217"
    assert listed(tool, "shape:artwork") == IDS  # nobody says what they are
    assert (
        listed(tool, f"not {at_number}") == IDS
        and not tool.coverage.gaps(MUSEUM, [at_number]).items
    )
    ann.post(action="wbremoveclaims", claim=claim_of(ann, "Q1", NUMBER)["id"])
    done = tool.recheck.recheck(MUSEUM, [f"not {at_number}"], [], IDS)
    assert (done.mended, done.left) == (["Q1"], 4)
    assert listed(tool, f"not {at_number}") == IDS[1:]
    tool.sync.run()
    assert listed(tool, at_number) == ["Q1"]
    number = {"snaktype": "value", "property": NUMBER}
    number["datavalue"] = {"value": "B-1", "type": "string"}  # type: ignore[assignment]
    holder = {"snaktype": "value", "property": HOLDER}
    holder["datavalue"] = {  # type: ignore[assignment]
        "value": {"entity-type": "item", "id": MUSEUM},
        "type": "wikibase-entityid",
    }
    claim = {
        "id": "Q1$00000000-0000-4000-8000-000000000001",
        "type": "statement",
        "rank": "normal",
        "mainsnak": number,
        "qualifiers": {HOLDER: [holder]},
    }
    assert "error" not in ann.post(action="wbsetclaim", claim=json.dumps(claim))
    assert tool.recheck.recheck(MUSEUM, [at_number], [], ["Q1"]).mended == ["Q1"]
    assert listed(tool, at_number) == []
    assert tool.recheck.recheck(MUSEUM, ["shape:artwork"], [], IDS).left == 5
    with pytest.raises(NotFound):
        tool.recheck.recheck(MUSEUM, ["shape:nothing"], [], IDS)


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
    known = reader.get(f"/api/v1/partners/{MUSEUM}/gaps?missing=Lsv").headers["etag"]
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
    again = {"If-None-Match": known}  # what the client has is not what there is now
    gaps = reader.get(f"/api/v1/partners/{MUSEUM}/gaps?missing=Lsv", headers=again).json()
    assert gaps["count"] == 4
    codes = {reader.post(route, json=given).status_code for _ in range(15)}
    assert codes == {200, 429}
