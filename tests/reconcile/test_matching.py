"""Many who ask at once: those who wait are answered together, and nobody waits for the wiki of
another."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from kgtool.api.app import create_app
from kgtool.api.reconcile.matching import ASKING, Matching
from kgtool.api.sandbox.run import profile_toml
from kgtool.api.sandbox.server import SandboxServer
from kgtool.entities import to_json
from kgtool.errors import WorkspaceError
from kgtool.reconcile.matcher import BATCH
from kgtool.reconcile.query import Answer, Failure, Query
from kgtool.service.reconcile import Begun
from kgtool.settings import Settings
from kgtool.views.names.record import NameRecord
from kgtool.wiring import Kgtool, build
from tests.builders import item
from tests.servers import free_port, served

PRADO = item("Q160112", P31="Q33506", labels={"en": "Museo del Prado", "es": "Museo del Prado"})
NAMES = ["Rijksmuseum", "The Night Watch", "Louvre", "Mona Lisa", "Qqqq zzz"]


class SlowWiki:
    """Takes requests at once and answers them, with nothing found, when it is let."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.may_answer = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.asked.set()
        while not self.may_answer.is_set():
            await asyncio.sleep(0.01)
        await JSONResponse({"search": []})(scope, receive, send)


def workspace(home: Path, wiki: str) -> Settings:
    """A workspace that holds one museum and would ask the wiki at that address for others."""
    with SandboxServer(home / "wiki") as server:
        text = profile_toml(server.wiki.profile)
        api = server.wiki.profile.action_api
    profile = home / "profile.toml"
    profile.write_text(text.replace(api, f"{wiki}/w/api.php"))
    settings = Settings(home=home / "home", wikibase=str(profile))
    tool = build(settings)
    tool.loading.load([(1, to_json(PRADO))])
    tool.close()
    return settings


def asked(address: str, *names: str) -> list[Any]:
    """What the reconciliation service at an address answers."""
    queries = {f"q{n}": {"query": name} for n, name in enumerate(names)}
    form = urlencode({"queries": json.dumps(queries)}).encode()
    with urlopen(f"{address}/reconcile/en", form, timeout=60) as answer:
        found = json.load(answer)
    return [found[key] for key in queries]


def test_a_slow_wiki_holds_up_nobody_whom_the_index_answers(tmp_path: Path) -> None:
    wiki = SlowWiki()
    with served(wiki, free_port()) as there, ThreadPoolExecutor() as pool:
        app = create_app(workspace(tmp_path, there))
        with served(app, free_port()) as here:
            waiting = [pool.submit(asked, here, f"Zzyzx Qqqq {n}") for n in range(5)]
            assert wiki.asked.wait(60)
            for _ in range(3):
                [found] = asked(here, "Museo del Prado")
                assert found["result"][0]["id"] == "Q160112"
            assert not any(one.done() for one in waiting), "they wait for the wiki"
            wiki.may_answer.set()
            assert [one.result(60) for one in waiting] == [[{"result": []}]] * 5


@pytest.fixture(scope="module")
def tool(sample_home: Path) -> Kgtool:
    return build(Settings(home=sample_home))


def match_all(matching: Matching, batches: list[list[Query]]) -> list[list[Answer]]:
    """All of them at once."""

    async def ask() -> list[list[Answer]]:
        deadline = time.monotonic() + 600
        return list(await asyncio.gather(*(matching.match(batch, deadline) for batch in batches)))

    return asyncio.run(ask())


def test_those_who_wait_are_answered_together_as_they_would_be_alone(
    tool: Kgtool, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = [[Query(name=NAMES[(n + k) % len(NAMES)]) for k in range(n % 4)] for n in range(60)]
    batches.append([Query(name=name) for name in NAMES] * 20)  # more than go together
    alone = [tool.reconcile.begin(batch).answers for batch in batches]
    sizes: list[int] = []
    begin = tool.reconcile.begin

    def counted(queries: Sequence[Query], deadline: float | None = None) -> Begun:
        sizes.append(len(queries))
        return begin(queries, deadline)._replace(weak=[])

    monkeypatch.setattr(tool.reconcile, "begin", counted)
    assert match_all(Matching(tool.reconcile), batches) == alone
    assert sum(sizes) == sum(map(len, batches))
    assert len(sizes) < 10
    assert [size for size in sizes if size > BATCH] == [100]


def test_each_gets_what_the_wiki_said_to_its_own_queries(tool: Kgtool) -> None:
    begun = Begun([[], Failure("a"), [], []], [0, 2, 3], tool.reconcile.reconciler())
    queries = [Query(name=str(n)) for n in range(4)]
    parts = begun.parts([1, 0, 2, 1])
    assert [part.weak for part in parts] == [[0], [], [1], [0]]
    assert [one for part in parts for one in part.answers] == begun.answers
    assert [part.asked(queries[1:3]) for part in parts[2:3]] == [[queries[2]]]


def test_a_batch_is_answered_by_the_index_that_it_began_with(
    tool: Kgtool, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = [Query(name="Zzyzx")]
    begun = tool.reconcile.begin(queries)
    assert begun.weak == [0]

    def none() -> None:
        raise AssertionError("A newer index would be asked.")

    monkeypatch.setattr(tool.reconcile, "reconciler", none)
    found = [[NameRecord("Q9", {"en": "Zzyzx"})]]
    [answer] = tool.reconcile.end(queries, begun, found)
    assert isinstance(answer, list) and [one.id for one in answer] == ["Q9"]


def test_what_fails_fails_for_all_who_waited_and_the_next_are_answered(
    tool: Kgtool, monkeypatch: pytest.MonkeyPatch
) -> None:
    matching = Matching(tool.reconcile)

    def broken(*_: object) -> Begun:
        raise WorkspaceError("There is no index.")

    with monkeypatch.context() as patch:
        patch.setattr(tool.reconcile, "begin", broken)
        with pytest.raises(WorkspaceError):
            match_all(matching, [[Query(name="Louvre")]] * 3)
    [[answer]] = match_all(matching, [[Query(name="Rijksmuseum")]])
    assert isinstance(answer, list) and answer[0].name == "Rijksmuseum"


def test_only_so_many_wait_for_the_wiki(tool: Kgtool, monkeypatch: pytest.MonkeyPatch) -> None:
    weak = [Query(name=f"Zzyzx {n}") for n in range(ASKING + 10)]
    begin = tool.reconcile.begin
    monkeypatch.setattr(
        tool.reconcile,
        "begin",
        lambda queries, deadline: begin(queries)._replace(weak=list(range(len(queries)))),
    )
    gate = threading.Event()

    def ask(queries: Sequence[Query], deadline: float | None) -> list[Any]:
        assert gate.wait(60)
        return [[] for _ in queries]

    monkeypatch.setattr(tool.reconcile, "ask", ask)
    matching = Matching(tool.reconcile)

    async def all_of_them() -> list[list[Answer]]:
        deadline = time.monotonic() + 600
        tasks = [asyncio.ensure_future(matching.match([query], deadline)) for query in weak]
        # One asks and so many wait: the rest are told to come again while all of these still wait.
        while sum(one.done() for one in tasks) < len(weak) - ASKING - 1:
            await asyncio.sleep(0.01)
        gate.set()
        return list(await asyncio.gather(*tasks))

    answers = asyncio.run(all_of_them())
    put_off = [one for [one] in answers if isinstance(one, Failure)]
    assert len(put_off) == len(weak) - ASKING - 1
    assert all(one.retry_after for one in put_off)
