"""Checks of items as they are on the wiki now, over real connections, and how often they ask."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from kgtool.api.sandbox.server import SandboxServer
from kgtool.coverage.selection import OfPartners
from kgtool.entities import Entity, Property
from kgtool.entities.encode import to_json
from kgtool.errors import NotFound
from kgtool.sources.wikibase import Wikibase
from kgtool.wiring import Kgtool
from tests.builders import item
from tests.sandbox.client import Client
from tests.sandbox.running import BOT

Make = Callable[[str], Kgtool]

# A work by somebody who is a human, in a collection whose owner is in a country: two hops.
SHAPE = """
PREFIX wd: <{0}>
PREFIX wdt: <{1}>
BASE <http://e/>
start = @<work>
<work> EXTRA wdt:P170 {{ wdt:P170 {{ wdt:P31 [wd:Q5] }} + ; wdt:P195 @<collection> }}
<collection> {{ wdt:P127 {{ wdt:P17 IRI }} }}
"""
WORKS = [f"Q{n}" for n in range(1000, 1120)]
PEOPLE = [f"Q{n}" for n in range(2000, 2060)]


def _world() -> list[Entity]:
    properties = [
        Property("wikibase-item", id=id) for id in ("P31", "P170", "P195", "P127", "P17", "P361")
    ]
    works = [
        item(id, labels={"en": id}, P170=PEOPLE[n % 60], P195="Q1", P31="Q20")
        for n, id in enumerate(WORKS)
    ]
    return [
        *properties,
        item("Q1", labels={"en": "museum"}, P127="Q2", P31="Q10"),
        item("Q2", labels={"en": "state"}, P17="Q34"),
        *(item(id, labels={"en": "it"}) for id in ("Q5", "Q10", "Q20", "Q34")),
        *(item(id, labels={"en": id}, P31="Q5") for id in PEOPLE),
        *works,
    ]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The ids of each request for entities that went over the socket."""
    requests: list[list[str]] = []
    get = Wikibase._get

    def counted(self: Wikibase, params: Any) -> Any:
        if params["action"] == "wbgetentities":
            requests.append(params["ids"].split("|"))
        return get(self, params)

    monkeypatch.setattr(Wikibase, "_get", counted)
    return requests


@pytest.fixture
def shape(server: SandboxServer, tmp_path: Path) -> str:
    path = tmp_path / "work.shex"
    prefixes = server.wiki.profile.prefixes
    path.write_text(SHAPE.format(prefixes["wd"], prefixes["wdt"]), encoding="utf-8")
    server.wiki.load(_world())
    return str(path)


def test_items_come_fifty_at_a_time_with_what_the_shape_looks_at(
    workspace: Make, shape: str, asked: list[list[str]]
) -> None:
    report = workspace("empty").checks.of_live(shape, WORKS)
    assert (report.checked, report.conforming) == (120, 120)
    # 50 + 50 + 20 works. The first fifty have fifty creators and a collection: two requests, and
    # one for its owner. What was fetched for one fifty is forgotten with the next: again fifty
    # creators (the last ten, and forty of the first) and a collection; then twenty and it, in one.
    assert [len(ids) for ids in asked] == [50, 50, 1, 1, 50, 50, 1, 1, 20, 21, 1]
    assert not {"Q5", "Q10", "Q20", "Q34"} & {id for ids in asked for id in ids}


def test_what_is_on_the_wiki_counts_and_not_what_the_workspace_has(
    server: SandboxServer, workspace: Make, shape: str, asked: list[list[str]]
) -> None:
    tool = workspace("home")
    tool.sync.run(OfPartners(("Q1",)))
    with Client(server.address, *BOT) as editor:
        wrong = editor.entity(PEOPLE[0])["claims"]["P31"][0]["id"]
        editor.post(action="wbremoveclaims", claim=wrong)
    asked.clear()
    kept = tool.checks.of_selection("artwork", OfPartners(("Q1",)))
    assert (kept.checked, asked) == (120, [])
    live = tool.checks.of_selection(shape, OfPartners(("Q1",)), live=True)
    assert live.checked == 120
    assert {one.node for one in live.findings} == {WORKS[0], WORKS[60]}
    assert [len(ids) for ids in asked] == [50, 50, 1, 1, 50, 50, 1, 1, 20, 21, 1]


def test_redirects_are_followed_and_what_is_gone_is_said(
    server: SandboxServer, workspace: Make, shape: str
) -> None:
    server.wiki.load([item("Q3000", labels={"en": "an old name"}), item("Q3001", P170="Q3002",
                      P195="Q1"), item("Q3002", labels={"en": "somebody"})])  # fmt: skip
    with Client(server.address, *BOT) as editor:
        editor.post(action="wbmergeitems", fromid="Q3000", toid=WORKS[0],
                    ignoreconflicts="description")  # fmt: skip
        editor.post(action="wbmergeitems", fromid="Q3002", toid=PEOPLE[0],
                    ignoreconflicts="description")  # fmt: skip
    checks = workspace("empty").checks
    one = checks.of_live(shape, ["Q3000", WORKS[0]])
    assert (one.checked, one.conforming) == (1, 1)
    assert checks.of_live(shape, ["Q3001"]).conforming == 1  # its creator is a redirect
    with pytest.raises(NotFound, match="Q999999"):
        checks.of_live(shape, [WORKS[0], "Q999999"])


@pytest.mark.long
def test_the_command_checks_items_partners_and_drafts_live(
    server: SandboxServer,
    workspace: Make,
    shape: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace("home").sync.run(OfPartners(("Q1",)))
    monkeypatch.setenv("KGTOOL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KGTOOL_WIKIBASE", str(tmp_path / "profile.toml"))
    monkeypatch.setenv("KGTOOL_CONTACT", "tests")

    def run(*words: str, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "kgtool", "check", shape, *words]
        return subprocess.run(command, input=input, capture_output=True, check=False)

    done = run("--item", WORKS[0], "--live", "--json")
    assert (done.returncode, json.loads(done.stdout)["conforming"]) == (0, 1)
    assert run("Q1", "--live").returncode == 0
    server.wiki.load([item(WORKS[5], P170="Q1", P195="Q1")])
    done = run("Q1", "--live", "--format", "csv")
    assert done.returncode == 1
    assert {row["node"] for row in csv.DictReader(io.StringIO(done.stdout.decode()))} == {WORKS[5]}
    drafts = b"\n".join(map(to_json, _drafts()))
    done = run("--file", "-", "--live", "--json", input=drafts)
    said = json.loads(done.stdout)
    assert (done.returncode, said["checked"], said["conforming"]) == (1, 2, 1)


def _drafts() -> Iterable[Any]:
    return [item("", P170=PEOPLE[1], P195="Q1"), item("", P170="Q34", P195="Q1")]
