"""Following a wiki: sync after sync, until somebody stops it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest

from kgtool.api.sandbox.server import SandboxServer
from kgtool.errors import RemoteError
from kgtool.service.sync import Synced
from tests.sandbox.client import Client

from .worlds import MUSEUM, Make, a_museum, english


def test_following_goes_on_until_it_is_stopped(
    server: SandboxServer, workspace: Make, editor: Client
) -> None:
    server.wiki.load(a_museum(4))
    tool = workspace("home")
    stop = Event()
    runs = []
    for synced in tool.sync.follow(MUSEUM, stop, every=0.0):
        runs.append(synced)
        if len(runs) == 3:
            stop.set()
        elif len(runs) == 1:
            editor.edit(english("renamed"), id="Q101")
    assert [isinstance(run, Synced) and run.read > 0 for run in runs] == [True, True, False]


def test_following_goes_on_after_what_passes(
    server: SandboxServer, workspace: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.wiki.load(a_museum(4))
    tool = workspace("home")
    query: Callable[[str], tuple[str, bytes]] = server.wiki.graph.query
    failed = False

    def fails_once(text: str) -> tuple[str, bytes]:
        nonlocal failed
        if not failed:
            failed = True
            return "text/html", b"<h1>Down for a minute</h1>"
        return query(text)

    stop = Event()
    said: list[object] = []
    for one in tool.sync.follow(MUSEUM, stop, every=0.0):
        said.append(one)
        if len(said) == 1:
            monkeypatch.setattr(server.wiki.graph, "query", fails_once)
        elif len(said) == 3:
            stop.set()
    assert [type(one) for one in said] == [Synced, RemoteError, Synced]
    # What never worked is wrong, and no use to be repeated.
    failed = False
    with pytest.raises(RemoteError, match="Down for a minute"):
        next(workspace("other").sync.follow(MUSEUM, Event()))
