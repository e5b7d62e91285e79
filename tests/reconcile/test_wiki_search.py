"""A workspace that does not know a name asks the wiki, and says “none” only after that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgtool.api.sandbox.faults import Schedule
from kgtool.api.sandbox.run import profile_toml
from kgtool.api.sandbox.server import SandboxServer
from kgtool.entities import to_json
from kgtool.reconcile.query import Candidate, Failure, Query
from kgtool.service.wiki_search import WikiSearch
from kgtool.settings import Settings
from kgtool.sources.action_api import ActionApi
from kgtool.sources.http import HttpClient
from kgtool.sources.wikibase import Wikibase
from kgtool.wiring import Kgtool, build
from tests.builders import item

PRADO = item("Q160112", P31="Q33506", labels={"en": "Museo del Prado", "es": "Museo del Prado"})
LOUVRE = item("Q19675", P31="Q33506", labels={"en": "Louvre Museum"}, aliases={"en": ["Le Louvre"]})


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[SandboxServer]:
    """A wiki that knows two museums."""
    with SandboxServer(tmp_path / "wiki") as server:
        server.wiki.load([PRADO, LOUVRE])
        yield server


@pytest.fixture
def tool(tmp_path: Path, wiki: SandboxServer) -> Iterator[Kgtool]:
    """A workspace over that wiki which holds only one of them."""
    profile = tmp_path / "profile.toml"
    profile.write_text(profile_toml(wiki.wiki.profile))
    made = build(Settings(home=tmp_path / "home", wikibase=str(profile)))
    made.loading.load([(1, to_json(PRADO))])
    yield made
    made.close()


def matched(tool: Kgtool, *names: str) -> list[list[Candidate] | Failure]:
    return tool.reconcile.match([Query(name=name) for name in names])


def test_what_the_workspace_lacks_is_found_on_the_wiki(tool: Kgtool) -> None:
    near, far, nowhere = matched(tool, "Museo del Prado", "Louvre Museum", "Zzyzx Qqqq")
    assert isinstance(near, list)
    assert near[0].id == "Q160112"
    assert isinstance(far, list)
    assert (far[0].id, far[0].name) == ("Q19675", "Louvre Museum")
    assert nowhere == []


def test_the_wiki_is_not_asked_twice(tool: Kgtool, wiki: SandboxServer) -> None:
    matched(tool, "Louvre Museum")
    wiki.wiki.load([item("Q1", labels={"en": "Louvre Museum"})])
    (again,) = matched(tool, "Louvre Museum")
    assert isinstance(again, list)
    assert again[0].id == "Q19675"
    assert "Q1" not in [one.id for one in again]


def test_a_wiki_that_fails_is_an_error_and_is_left_alone(tool: Kgtool, wiki: SandboxServer) -> None:
    wiki.sandbox.faults.schedule = Schedule(rates={"unavailable": 1.0}, reads=True)
    known, unknown = matched(tool, "Museo del Prado", "Louvre Museum")
    assert isinstance(known, list)
    assert isinstance(unknown, Failure)
    assert "wiki" in unknown.reason
    wiki.sandbox.faults.schedule = Schedule()
    (still,) = matched(tool, "Louvre Museum")
    assert isinstance(still, Failure)


def test_nothing_is_asked_after_the_deadline(tool: Kgtool) -> None:
    http = HttpClient("test")
    try:
        wikibase = Wikibase(ActionApi(http, tool.profile.action_api))
        search = WikiSearch(lambda: wikibase, tool.profile, clock=lambda: 10.0)
        (late,) = search([Query(name="Louvre Museum")], 9.0)
        assert isinstance(late, Failure)
        assert late.retry_after
        (asked,) = search([Query(name="Louvre Museum")], 11.0)
        assert isinstance(asked, list)
        assert [one.id for one in asked] == ["Q19675"]
    finally:
        http.close()
