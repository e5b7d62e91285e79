"""Tables on wiki pages: renewed when they changed, never over a person's edit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from starlette.testclient import TestClient

from kgtool.api.sandbox.faults import Schedule
from kgtool.api.sandbox.server import SandboxServer
from kgtool.cli import root
from kgtool.errors import Conflict, Forbidden, RemoteError, UsageError
from kgtool.service.callers import OPERATOR, Caller
from kgtool.service.published import Asked
from kgtool.wiring import Kgtool
from kgtool.writes import WikiClient
from tests.api.conftest import form_token
from tests.api.fill import fields
from tests.sandbox.client import Client
from tests.sandbox.test_text_pages import text_of

from .conftest import MUSEUM

PAGE = "User:Ann/Museum"
GAPS = Asked("worklist", MUSEUM, ["Lsv"])


def publish(tool: Kgtool, asked: Asked = GAPS, **how: Any) -> Any:
    return tool.publishing.publish(PAGE, asked, by=OPERATOR, name="gaps", **how)


def test_a_section_is_made_renewed_and_left_alone(
    tool: Kgtool, person: Callable[[str], Client]
) -> None:
    ann = person("Ann")
    ann.post(action="wbsetlabel", id="Q1", language="en", value="[[Evil|link]] {{x}} ~~~~ <b>")
    tool.sync.run()
    ann.post(action="edit", title=PAGE, text="== Ours ==\nHello.")
    with pytest.raises(UsageError, match="no section") as refused:
        publish(tool)
    assert "<!-- begin kgtool gaps -->" in refused.value.hint

    would = publish(tool, append=True, dry_run=True)
    assert would.state == "would" and "+" in would.diff
    assert text_of(ann, PAGE) == "== Ours ==\nHello."
    first = publish(tool, append=True)
    text = text_of(ann, PAGE)
    assert first.state == "published" and text.startswith("== Ours ==\nHello.\n\n<!-- begin")
    assert text.count("[[d:Q") == 5
    assert "Evil|link" not in text and "{{x}}" not in text and "~~~~" not in text
    history = ann.get(action="query", prop="revisions", titles=PAGE, rvprop="user|comment")
    newest = history["query"]["pages"][0]["revisions"][0]
    assert newest["user"] == "KgBot" and "kgtool" in newest["comment"]

    # Nothing but the time of the data is another one: nothing is written.
    ann.post(action="wbsetlabel", id="Q900", language="de", value="Museum")
    tool.sync.run()
    assert publish(tool).state == "unchanged"
    # A person writes above: that stays, and the section is renewed.
    ann.post(action="edit", title=PAGE, text=text_of(ann, PAGE).replace("Hello.", "Welcome."))
    ann.post(action="wbsetlabel", id="Q1", language="sv", value="Ett")
    tool.sync.run()
    second = publish(tool)
    text = text_of(ann, PAGE)
    assert second.state == "published" and second.revision > first.revision
    assert "Welcome." in text and text.count("[[d:Q") == 4
    assert "-! scope" in second.diff and "Evil" in second.diff


def test_a_persons_edit_of_the_section_is_never_overwritten(
    tool: Kgtool, person: Callable[[str], Client]
) -> None:
    ann = person("Ann")
    publish(tool, append=True)
    published = text_of(ann, PAGE)
    edited = published.replace("[[d:Q3|", "[[d:Q3|My note: ")
    ann.post(action="edit", title=PAGE, text=edited)
    ann.post(action="wbsetlabel", id="Q1", language="sv", value="Ett")
    tool.sync.run()
    for dry_run in (False, True):
        with pytest.raises(Conflict, match="A person has edited"):
            publish(tool, dry_run=dry_run)
    assert text_of(ann, PAGE) == edited
    # Putting an older text of ours back is an edit as well.
    ann.post(action="edit", title=PAGE, text=published)
    assert publish(tool).state == "published"
    ann.post(action="edit", title=PAGE, text=published)
    ann.post(action="wbsetlabel", id="Q2", language="sv", value="Två")
    tool.sync.run()
    with pytest.raises(Conflict):
        publish(tool)
    # A person clears the section: it is renewed again.
    cleared = "<!-- begin kgtool gaps --><!-- end kgtool gaps -->"
    ann.post(action="edit", title=PAGE, text=cleared)
    assert publish(tool).state == "published"


def test_text_that_kgtool_never_wrote_is_a_persons(
    tool: Kgtool, person: Callable[[str], Client]
) -> None:
    text = "<!-- begin kgtool gaps -->\nMine.\n<!-- end kgtool gaps -->"
    person("Ann").post(action="edit", title=PAGE, text=text)
    with pytest.raises(Conflict):
        publish(tool)
    forged = text.replace("gaps -->", f"gaps {'0' * 64} -->", 1)
    person("Ann").post(action="edit", title=PAGE, text=forged)
    with pytest.raises(Conflict):
        publish(tool)


def test_somebody_saves_at_the_same_moment(
    tool: Kgtool, person: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = person("Ann")
    publish(tool, append=True)
    ann.post(action="wbsetlabel", id="Q1", language="sv", value="Ett")
    tool.sync.run()
    real = WikiClient.page_text

    def and_then_ann(self: WikiClient, title: str) -> Any:
        found = real(self, title)
        edited = found.text.replace("[[d:Q1|", "[[d:Q1|!")
        ann.post(action="edit", title=title, text=edited)
        return found

    monkeypatch.setattr(WikiClient, "page_text", and_then_ann)
    with pytest.raises(Conflict, match="same moment"):
        publish(tool)
    assert "[[d:Q1|!" in text_of(ann, PAGE)


def test_a_lost_answer_is_recognised_the_next_time(tool: Kgtool, server: SandboxServer) -> None:
    server.sandbox.faults.schedule = Schedule(queue=deque(["drop-after"]))
    with pytest.raises(RemoteError, match="was lost"):
        publish(tool, append=True)
    server.sandbox.faults.schedule = Schedule()
    assert publish(tool).state == "unchanged"


def published_events(tool: Kgtool) -> list[tuple[str, Any]]:
    """Who published on the page, and which revision, oldest first."""
    events = tool._audit.events(object=f"page {PAGE}")
    return [(one.by, one.detail["revision"]) for one in reversed(events)]


def test_an_edit_whose_writer_was_killed_is_noted_by_the_next(
    tool: Kgtool, server: SandboxServer, person: Callable[[str], Client]
) -> None:
    ann = person("Ann")
    ann.post(action="edit", title=PAGE, text="Hello.")
    # The wiki does it, and never answers: the moment between the edit and its note.
    server.sandbox.faults.schedule = Schedule(queue=deque(["timeout"]), late_seconds=0.0)
    settings = tool.settings
    kept = {
        f"KGTOOL_{name.upper()}": str(getattr(settings, name))
        for name in ("home", "wikibase", "contact", "wiki_user", "wiki_password")
    }
    words = ["publish", MUSEUM, "--page", PAGE, "--what", "worklist", "--missing", "Lsv"]
    with subprocess.Popen(
        [sys.executable, "-m", "kgtool", *words, "--name", "gaps", "--append"],
        env=os.environ | kept | {"KGTOOL_EDITS_PER_MINUTE": "1000000"},
    ) as writer:
        until = time.monotonic() + 120
        while "end kgtool gaps" not in text_of(ann, PAGE):
            assert time.monotonic() < until and writer.poll() is None
            time.sleep(0.05)
        writer.kill()
    server.sandbox.faults.schedule = Schedule()
    [before] = tool.publishing.sections()
    assert before.pending and published_events(tool) == []
    assert publish(tool, dry_run=True).state == "unchanged"
    assert published_events(tool) == [], "a dry run writes nothing here either"

    [done, again] = [publish(tool), publish(tool)]
    assert (done.state, again.state) == ("unchanged", "unchanged")
    [after] = tool.publishing.sections()
    assert (after.digest, after.pending) == (before.pending, "")
    assert after.revision == done.revision
    assert published_events(tool) == [("command line", done.revision)], "once"


def test_who_may_and_what_is_lacking(tool: Kgtool, server: SandboxServer) -> None:
    with pytest.raises(Forbidden):
        tool.publishing.publish(PAGE, GAPS, by=Caller("Vic", "volunteer"), append=True)
    for asked in (Asked("coverage"), Asked("report"), Asked("changes", MUSEUM)):
        with pytest.raises(UsageError):
            publish(tool, asked)
    for page in ("Q1", "Main<page>"):
        with pytest.raises(UsageError):
            tool.publishing.publish(page, GAPS, by=OPERATOR, append=True)
    server.wiki.store.save_text(PAGE, 2, b"x", server.wiki.edits.author("", _nobody(server)))
    server.wiki.store.protect(PAGE)
    with pytest.raises(Forbidden, match="Protected against edits"):
        publish(tool, append=True)


def _nobody(server: SandboxServer) -> Any:
    from kgtool.api.sandbox.accounts import somebody
    from kgtool.api.sandbox.edits import Request

    return Request(somebody("127.0.0.1"))


@pytest.mark.parametrize("what", ["coverage", "report", "changes"])
def test_everything_that_can_be_published(
    tool: Kgtool, person: Callable[[str], Client], what: Any
) -> None:
    month = tool.snapshots.current().generation.meta.as_of[:7]
    asked = Asked(what, MUSEUM, by="P217" if what == "coverage" else "", month=month)
    asked = Asked(what, MUSEUM, [], [], asked.by, [], month, "2026-11-01", "sv")
    assert publish(tool, asked, append=True).state == "published"
    assert publish(tool, asked).state == "unchanged"
    text = text_of(person("Ann"), PAGE)
    assert ('{| class="wikitable sortable"' in text) == (what != "changes")


def test_the_command_the_routes_and_the_page(
    tool: Kgtool,
    app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
    person: Callable[[str], Client],
    bearer: Callable[[str], dict[str, str]],
    signed_in: Callable[[str], TestClient],
) -> None:
    monkeypatch.setattr("kgtool.cli.common.kgtool", lambda: tool)
    words = ["publish", MUSEUM, "--page", PAGE, "--what", "worklist", "--missing", "Lsv"]
    run = CliRunner()
    dry = run.invoke(root, [*words, "--append", "--dry-run"], catch_exceptions=False)
    assert dry.exit_code == 0 and "would be renewed" in dry.stdout and "+++" in dry.stdout
    done = run.invoke(root, [*words, "--append", "--json"], catch_exceptions=False)
    said = json.loads(done.stdout)
    assert said["state"] == "published" and said["name"].startswith("worklist-")

    outside = TestClient(app)
    given: dict[str, Any] = {
        "page": PAGE,
        "what": "worklist",
        "selection": MUSEUM,
        "missing": ["Lsv"],
    }
    path = "/api/v1/publications"
    assert outside.post(path, json=given).status_code == 401
    assert outside.post(path, json=given, headers=bearer("volunteer")).status_code == 403
    answer = outside.post(path, json=given, headers=bearer("coordinator"))
    assert answer.json()["state"] == "unchanged"
    person("Ann").post(action="edit", title=PAGE, text="gone")
    given["append"] = True
    answer = outside.post(f"{path}?dry_run=true", json=given, headers=bearer("coordinator"))
    assert answer.json()["state"] == "would"
    listed = outside.get(path, headers=bearer("coordinator")).json()["publications"]
    assert [one["page"] for one in listed] == [PAGE]

    browser = signed_in("coordinator")
    form = {"csrf": form_token(browser, f"/publish?of={MUSEUM}"), "page": PAGE, "of": MUSEUM}
    form |= {"what": "coverage", "append": "true", "text_language": "ar"}
    shown = browser.post("/publish", data={**form, "show": "true"})
    assert shown.status_code == 200 and "This would change" in shown.text
    assert "Published on" in browser.post("/publish", data=form).text
    assert "says this already" in browser.post("/publish", data=form).text
    text = text_of(person("Ann"), PAGE)
    person("Ann").post(action="edit", title=PAGE, text=text.replace("{| class", "{| id=x class"))
    refused = browser.post("/publish", data=form)
    assert refused.status_code == 409 and "A person has edited" in refused.text
    again = fields(refused.text, "/publish")
    assert (again["page"], again["of"], again["text_language"]) == (PAGE, MUSEUM, "ar")


def test_a_section_is_renewed_as_it_was_asked_for(
    tool: Kgtool,
    app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
    person: Callable[[str], Client],
    signed_in: Callable[[str], TestClient],
) -> None:
    ann, browser, run = person("Ann"), signed_in("coordinator"), CliRunner()
    monkeypatch.setattr("kgtool.cli.common.kgtool", lambda: tool)
    publish(tool, append=True)
    page = browser.get("/publish").text
    assert "A worklist · <bdi>Q900</bdi>" in page
    form = fields(page, "/publish/renew")
    ann.post(action="wbsetlabel", id="Q1", language="sv", value="Ett")
    tool.sync.run()
    assert "Published on" in browser.post("/publish/renew", data=form).text
    assert text_of(ann, PAGE).count("[[d:Q") == 4
    assert "says this already" in browser.post("/publish/renew", data=form).text
    assert browser.post("/publish/renew", data={**form, "name": "other"}).status_code == 404
    assert TestClient(app).post("/publish/renew", data=form).status_code == 401

    one = Asked("worklist", MUSEUM, ["Lde"])
    tool.publishing.publish(PAGE, one, by=OPERATOR, name="german", append=True)
    ann.post(action="wbsetlabel", id="Q1", language="de", value="Eins")
    tool.sync.run()
    everything = run.invoke(root, ["publish", "--all"])
    assert everything.exit_code == 0, everything.output
    assert "Published german" in everything.stdout and "gaps on" in everything.stdout
    ann.post(action="edit", title=PAGE, text=text_of(ann, PAGE).replace("[[d:Q2|", "[[d:Q2|!"))
    failed = run.invoke(root, ["publish", "--all", "--json"])
    assert failed.exit_code == 3 and "A person has edited" in failed.stderr
    assert json.loads(failed.stdout)["failed"] == 2
    assert isinstance(run.invoke(root, ["publish", MUSEUM]).exception, UsageError)
