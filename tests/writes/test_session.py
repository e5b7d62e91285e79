"""What a wiki that cannot be reached is called, and how long it is tried."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import NoReturn

import pytest

from kgtool.entities import load_profile
from kgtool.errors import RemoteError
from kgtool.settings import Settings
from kgtool.writes.client import WikiClient


def test_a_host_of_no_name_is_asked_once_and_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def nobody(host: str, *rest: object) -> NoReturn:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    waited: list[float] = []
    settings = Settings(tmp_path, contact="us", wiki_user="Ann@app", wiki_password="secret")
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(RemoteError, match=r"api\.php does not answer: there is no host of that"):
        WikiClient(settings, load_profile("wikidata"), waited.append).sign_in()
    assert asked == ["www.wikidata.org"]
    assert waited == []
