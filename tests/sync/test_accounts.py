"""Syncing as an account of the wiki."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kgtool.api.sandbox.server import SandboxServer
from kgtool.api.sandbox.sessions import Sessions
from kgtool.errors import RemoteError
from kgtool.wiring import build
from tests.sandbox.running import BOT

from .worlds import MUSEUM, Make, a_museum


def test_a_lost_session_is_signed_in_again(server: SandboxServer, workspace: Make) -> None:
    server.wiki.load(a_museum(4))
    settings = workspace("home").settings
    signed = build(replace(settings, wiki_user=BOT[0], wiki_password=BOT[1]))
    signed.sync.run(MUSEUM)
    server.wiki.sessions = Sessions()  # the wiki forgets everybody
    assert signed.sync.run(MUSEUM).read == 0
    (found,) = signed.wikibase.query(meta="userinfo")
    signed.close()
    assert found["userinfo"]["name"] == "KgBot"


def test_an_access_token_reads(server: SandboxServer, workspace: Make) -> None:
    server.wiki.load(a_museum(2))
    settings = workspace("home").settings
    server.wiki.tokens["t0ken"] = "KgBot"
    tool = build(replace(settings, oauth2_token="t0ken"))
    assert tool.sync.run(MUSEUM).read > 0
    (found,) = tool.wikibase.query(meta="userinfo")
    assert found["userinfo"]["name"] == "KgBot"
    del server.wiki.tokens["t0ken"]  # it has expired
    with pytest.raises(RemoteError, match="does not accept the access token") as refused:
        tool.sync.run(MUSEUM)
    tool.close()
    assert "KGTOOL_OAUTH2_TOKEN" in refused.value.operator
    assert "t0ken" not in str(refused.value)


def test_a_signed_in_account_reads(
    server: SandboxServer, workspace: Make, tmp_path: object
) -> None:
    server.wiki.load(a_museum(2))
    settings = workspace("home").settings
    signed = replace(settings, wiki_user=BOT[0], wiki_password=BOT[1])
    tool = build(signed)
    assert tool.sync.run(MUSEUM).read > 0
    tool.close()
    wrong = replace(settings, wiki_user=BOT[0], wiki_password="not it")
    tool = build(wrong)
    with pytest.raises(RemoteError, match="did not sign") as refused:
        tool.sync.run(MUSEUM)
    tool.close()
    assert "not it" not in str(refused.value)
