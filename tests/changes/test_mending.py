"""A volunteer mends a single row under their own account, signed in at the wiki itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.api.sandbox.server import SandboxServer
from kgtool.cli import root
from kgtool.coverage.selection import OfItems
from kgtool.drafts import Doubtful
from kgtool.entities import Property
from kgtool.errors import Forbidden, NotFound, UsageError
from kgtool.service.callers import OPERATOR
from kgtool.service.gap import Gap, Wanted
from kgtool.store import Seal
from kgtool.wiring import Kgtool
from tests.api.conftest import form_token
from tests.builders import item, statement
from tests.sandbox.client import Client

from .conftest import MUSEUM, NUMBER

URL = "https://museum.example/catalogue/1"


@pytest.fixture
def app(tool: Kgtool, server: SandboxServer) -> Iterator[FastAPI]:
    """The service, with the sandbox as the place where people sign in."""
    server.wiki.accounts.add("Vic", "volunteers-password")
    server.wiki.load(
        [
            Property(datatype="time", id="P571"),
            Property(datatype="time", id="P813"),
            Property(datatype="url", id="P854"),
            Property(datatype="wikibase-item", id="P248"),
            Property(datatype="wikibase-item", id="P31"),
        ]
    )
    settings = replace(
        tool.settings,
        oauth_base=f"{server.address}/w/rest.php/oauth2",
        oauth_client_id="kgtool",
        oauth_client_secret="secret",
        data_key=Seal.new_key(),
        mend=True,
        public_url="http://testserver",
    )
    made: FastAPI = create_app(settings)
    yield made
    made.state.kgtool.close()


@pytest.fixture
def vic(app: FastAPI) -> TestClient:
    """A volunteer who signed in with their account of the wiki."""
    browser = TestClient(app, follow_redirects=False)
    place = browser.get("/sign-in/wikimedia").headers["location"]
    wrong = httpx2.post(place, data={"name": "Vic", "password": "nonsense"})
    assert wrong.status_code == 401 and "There is no such name" in wrong.text
    agreed = httpx2.post(place, data={"name": "Vic", "password": "volunteers-password"})
    assert agreed.status_code == 303
    back = urlsplit(agreed.headers["location"])
    assert back.path == "/sign-in/callback" and parse_qs(back.query)["code"]
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer.status_code == 303, answer.text
    return browser


def mend(browser: TestClient, item: str, missing: str, **given: str) -> Any:
    path = f"/mend?item={item}&missing={missing}&of={MUSEUM}"
    form = {"csrf": form_token(browser, path), "item": item, "missing": missing, "of": MUSEUM}
    return browser.post("/mend", data={**form, **given})


def test_a_label_is_checked_written_and_undone(
    app: FastAPI, vic: TestClient, person: Callable[[str], Client], server: SandboxServer
) -> None:
    ann = person("Ann")
    page = vic.get(f"/worklists?of={MUSEUM}&missing=Lsv").text
    assert f'href="/mend?item=Q1&amp;missing=Lsv&amp;of={MUSEUM}"' in page
    shown = mend(vic, "Q1", "Lsv", text="Verk ett")
    assert shown.status_code == 200 and "Verk ett" in shown.text
    assert "sv" not in ann.entity("Q1")["labels"], "looking writes nothing"
    done = mend(vic, "Q1", "Lsv", text="Verk ett", write="true")
    assert done.status_code == 303, done.text
    place = done.headers["location"]
    assert ann.entity("Q1")["labels"]["sv"]["value"] == "Verk ett"
    history = ann.get(action="query", prop="revisions", titles="Q1", rvprop="user|comment")
    newest = history["query"]["pages"][0]["revisions"][0]
    assert newest["user"] == "Vic" and "by hand" in newest["comment"]
    result = vic.get(place).text
    assert "Written." in result and "diff=" in result
    assert ">Q1<" not in vic.get(f"/worklists?of={MUSEUM}&missing=Lsv").text
    # It is in the journal like any batch, and the fates know of it.
    tool = app.state.kgtool
    batch = tool.batches.open(re.split(r"[/?]", place)[2])
    assert {entry.account for entry in batch.journal.entries.values()} == {"Vic"}

    other = TestClient(app, follow_redirects=False)
    csrf = form_token(other, "/sign-in")
    secret, _ = tool.accounts.add_token("v", role="volunteer", scopes=[], days=1, by=OPERATOR)
    other.post("/sign-in", data={"csrf": csrf, "token": secret})
    csrf = form_token(other, "/account")
    assert other.post(f"/mend/{batch.id}/undo", data={"csrf": csrf}).status_code == 403
    csrf = form_token(vic, place)
    assert vic.post(f"/mend/{batch.id}/undo", data={"csrf": csrf}).status_code == 303
    assert "Undone." in vic.get(f"/mend/{batch.id}").text
    assert "sv" not in ann.entity("Q1")["labels"]


def test_who_writes_a_label_sees_those_that_there_are(app: FastAPI, vic: TestClient) -> None:
    tool = app.state.kgtool
    labels = tool.snapshots.current().entities.get("Q1").labels
    assert labels
    page = vic.get(f"/mend?item=Q1&missing=Lsv&of={MUSEUM}").text
    for term in labels.values():
        assert f'<bdi lang="{term.language}">{term.value}</bdi>' in page
    assert [one.language for one in tool.mending.terms("Q1", "label", "sv")] == [*labels]
    assert "terms" not in vic.get(f"/mend?item=Q1&missing=P571&of={MUSEUM}").text


def test_a_value_needs_a_reference_and_passes_the_checks(
    vic: TestClient, person: Callable[[str], Client]
) -> None:
    assert mend(vic, "Q1", "P571", text="1642").status_code == 400
    refused = mend(vic, "Q1", "P571", text="soon", address=URL, write="true")
    assert refused.status_code == 200 and "soon" in refused.text
    absent = mend(vic, "Q1", "P31", text="Q424242", address=URL, write="true")
    assert absent.status_code == 200 and 'class="problem"' in absent.text
    assert mend(vic, "Q424242", "Lsv", text="x").status_code == 404
    ann = person("Ann")
    assert not {"P571", "P31"} & ann.entity("Q1")["claims"].keys()
    done = mend(vic, "Q1", "P571", text="1642", address=URL, write="true")
    assert done.status_code == 303, done.text
    (claim,) = ann.entity("Q1")["claims"]["P571"]
    assert claim["mainsnak"]["datavalue"]["value"]["time"].startswith("+1642")
    snaks = claim["references"][0]["snaks"]
    assert snaks["P854"][0]["datavalue"]["value"] == URL and "P813" in snaks
    # Somebody was quicker: what stands is shown, and nothing is written over it.
    again = mend(vic, "Q1", "P571", text="1643", address=URL, write="true")
    assert again.status_code == 200 and "Another value stands already" in again.text


def test_what_was_typed_stays_beside_what_is_wrong_with_it(vic: TestClient) -> None:
    without = mend(vic, "Q1", "P571", text="1642")
    assert without.status_code == 400 and "A reference is needed" in without.text
    assert 'value="1642"' in without.text and 'role="alert"' in without.text
    wrong = mend(vic, "Q1", "P571", text="1642", source="the catalogue", write="true")
    assert wrong.status_code == 400 and "is not a QID" in wrong.text
    assert 'value="1642"' in wrong.text and 'value="the catalogue"' in wrong.text


def test_an_item_is_found_by_its_name(
    app: FastAPI, vic: TestClient, person: Callable[[str], Client], server: SandboxServer
) -> None:
    painting = item("Q3305213", labels={"en": "Painting"})
    server.wiki.load([painting])
    app.state.kgtool.sync.run(OfItems(("Q3305213",)))
    asked = mend(vic, "Q1", "P31", text="painting", address=URL, write="true")
    assert asked.status_code == 200 and "Which item is meant?" in asked.text
    assert '<button name="chosen" value="Q3305213">' in asked.text
    assert 'value="painting"' in asked.text and f'value="{URL}"' in asked.text
    ann = person("Ann")
    assert "P31" not in ann.entity("Q1")["claims"], "nothing is written before somebody chose"
    chosen = mend(vic, "Q1", "P31", text="painting", chosen="Q3305213", address=URL)
    # What would be written is told by its name, so that a wrong item is seen.
    assert chosen.status_code == 200 and ">Painting</bdi>" in chosen.text
    assert 'value="Q3305213"' in chosen.text
    none = mend(vic, "Q1", "P31", text="Zyzzyva", address=URL)
    assert none.status_code == 404 and "Nothing here is called “Zyzzyva”" in none.text
    done = mend(vic, "Q1", "P31", text=" q3305213 ", address=URL, write="true")
    assert done.status_code == 303, done.text
    assert "P31" in ann.entity("Q1")["claims"]


def test_what_the_shapes_would_find_new_stops_it(
    app: FastAPI, vic: TestClient, person: Callable[[str], Client], server: SandboxServer
) -> None:
    """A painting's inventory number has to name its holder; what was wrong before is no matter."""
    painting = statement("P31", "Q3305213")
    server.wiki.load([item("Q3305213"), item("Q77", painting, labels={"en": "A painting"})])
    app.state.kgtool.sync.run(OfItems(("Q77", "Q3305213")))
    stopped = mend(vic, "Q77", NUMBER, text="B-7", address=URL, write="true")
    assert stopped.status_code == 200 and 'class="problem"' in stopped.text
    ann = person("Ann")
    assert NUMBER not in ann.entity("Q77")["claims"]
    wanted = Wanted("Q77", NUMBER, "B-7", url=URL)
    (row,) = app.state.kgtool.mending.plan(wanted).rows
    assert isinstance(row, Doubtful)
    new = [one for one in row.findings if one.level == "doubt"]
    assert new and {one.where for one in new} == {NUMBER}
    # Of the same painting the shapes miss much else, which does not stop a date.
    done = mend(vic, "Q77", "P571", text="1642", address=URL, write="true")
    assert done.status_code == 303, done.text


def test_a_reference_is_added_to_the_value_that_stands(
    vic: TestClient, person: Callable[[str], Client]
) -> None:
    done = mend(vic, "Q2", "P217.ref", address=URL, write="true")
    assert done.status_code == 303, done.text
    (claim,) = person("Ann").entity("Q2")["claims"]["P217"]
    assert claim["references"][0]["snaks"]["P854"][0]["datavalue"]["value"] == URL
    assert claim["mainsnak"]["datavalue"]["value"] == "A-2"


def test_what_the_wiki_refuses_is_said(vic: TestClient, server: SandboxServer) -> None:
    server.wiki.store.protect("Q3")
    done = mend(vic, "Q3", "Lsv", text="Tre", write="true")
    assert done.status_code == 303
    page = vic.get(done.headers["location"]).text
    assert "The wiki did not take it" in page
    server.wiki.accounts.block("Vic", by="Admin", reason="test", seconds=600)
    blocked = mend(vic, "Q1", "Lsv", text="Ett", write="true")
    assert blocked.status_code == 403 and "blocked" in blocked.text


def test_who_is_not_signed_in_at_the_wiki_cannot_write(
    app: FastAPI, person: Callable[[str], Client]
) -> None:
    tool = app.state.kgtool
    outside = TestClient(app)
    assert outside.get("/mend?item=Q1&missing=Lsv").status_code == 401
    secret, _ = tool.accounts.add_token("v", role="volunteer", scopes=[], days=1, by=OPERATOR)
    headers = {"Authorization": f"Bearer {secret}"}
    given = {"item": "Q1", "measure": "Lsv", "text": "Ett"}
    looked = outside.post("/api/v1/mends?dry_run=true", json=given, headers=headers).json()
    assert looked["state"] == "complete"
    assert outside.post("/api/v1/mends", json=given, headers=headers).status_code == 403
    secret, _ = tool.accounts.add_token("w", role="writer", scopes=[], days=1, by=OPERATOR)
    headers = {"Authorization": f"Bearer {secret}"}
    done = outside.post("/api/v1/mends", json=given, headers=headers).json()
    assert done["state"] == "confirmed"
    undone = outside.post(f"/api/v1/mends/{done['batch']}/undo", headers=headers).json()
    assert undone["undone"] == ["1.1"]


def test_ways_to_mend(app: FastAPI) -> None:
    tool = app.state.kgtool
    assert tool.mending.gap("Lzh-hant") == Gap("label", "zh-hant")
    assert tool.mending.gap("Dsv") == Gap("description", "sv")
    assert tool.mending.gap("P571") == Gap("value", "P571", "time")
    assert tool.mending.gap("P571.goodref") == Gap("reference", "P571")
    for other in ("P18 and P31", "not P18", "Senwiki", "P424242", "P217.P195"):
        assert tool.mending.gap(other) is None
    with pytest.raises(UsageError):
        tool.mending.plan(Wanted("Q1", "Senwiki", "x"))
    with pytest.raises(NotFound):
        tool.mending.plan(Wanted("Q424242", "Lsv", "x"))


def test_without_the_setting_nothing_is_kept(tool: Kgtool) -> None:
    with pytest.raises(Forbidden, match="not open here"):
        tool.grants.own(OPERATOR)


def test_the_command(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, person: Callable[[str], Client], tmp_path: Path
) -> None:
    monkeypatch.setattr("kgtool.cli.common.kgtool", lambda: app.state.kgtool)
    run = CliRunner()
    dry = run.invoke(root, ["mend", "Q1", "Lsv", "Ett", "--dry-run"], catch_exceptions=False)
    assert dry.exit_code == 0 and "+label (sv) Ett" in dry.stdout
    assert "sv" not in person("Ann").entity("Q1")["labels"]
    done = run.invoke(root, ["mend", "Q1", "Lsv", "Ett"], catch_exceptions=False)
    assert done.exit_code == 0 and "The edit: written." in done.stdout
    again = run.invoke(root, ["mend", "Q1", "Lsv", "Två", "--dry-run", "--language", "de"])
    assert "+Alias (sv) Två" in again.output
    again = run.invoke(root, ["mend", "Q1", "Lsv", "Ett"], catch_exceptions=False)
    assert again.exit_code == 1
