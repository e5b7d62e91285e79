"""Questions as people ask them: on the command line and over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from kgtool.api.app import create_app
from kgtool.cli import root
from kgtool.errors import UsageError
from kgtool.settings import Settings

from .worlds import NAMES


@pytest.fixture
def command(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("KGTOOL_HOME", str(home))
    return lambda *words: CliRunner().invoke(root, ["query", *words])


def test_the_command_lists_the_questions(command: Any) -> None:
    told = command("--json")
    assert told.exit_code == 0
    assert [one["query"] for one in json.loads(told.output)] == NAMES


def test_the_command_runs_a_question(command: Any) -> None:
    told = command("gaps/no-image", "partner=Q900000001", "--format", "csv")
    assert told.exit_code == 0
    assert told.output.splitlines()[:2] == ["item,itemLabel", "Q900000012,Self-portrait"]


def test_the_command_asks_another_endpoint(command: Any, peer_address: str) -> None:
    told = command("collections/items", "partner=Q900000001", "--endpoint", peer_address, "--json")
    assert told.exit_code == 0
    assert {"item": "Q900000010", "itemLabel": "Self-portrait"} in json.loads(told.output)


def test_the_command_says_where_an_id_is_not_here(command: Any) -> None:
    told = command("collections/items", "partner=Q999999999", "--format", "csv")
    assert told.stdout.strip() == "item,itemLabel"
    assert "Q999999999 is not in this workspace." in told.stderr


def test_the_command_writes_the_text_to_paste(command: Any) -> None:
    told = command("gaps/no-image", "partner=Q1", "--text")
    assert "VALUES ?partner { wd:Q1 }" in told.output


def test_the_command_refuses_what_it_does_not_understand(command: Any) -> None:
    told = command("gaps/no-image", "Q1")
    assert isinstance(told.exception, UsageError)


def test_the_route_lists_and_answers(home: Path) -> None:
    with TestClient(create_app(Settings(home=home))) as client:
        listed = client.get("/api/v1/queries").json()["queries"]
        assert [one["name"] for one in listed] == NAMES
        answer = client.get("/api/v1/queries/gaps/no-image?partner=Q900000001").json()
        assert answer["columns"] == ["item", "itemLabel"]
        assert answer["rows"][0] == {"item": "Q900000012", "itemLabel": "Self-portrait"}
        csv = client.get(
            "/api/v1/queries/gaps/no-image?partner=Q900000001", headers={"Accept": "text/csv"}
        )
        assert csv.text.startswith("item,itemLabel\r\n")
        text = client.get(
            "/api/v1/queries/gaps/no-image?partner=Q1",
            headers={"Accept": "application/sparql-query"},
        )
        assert "VALUES ?partner { wd:Q1 }" in text.text
        assert client.get("/api/v1/queries/gaps/no-image?partner=x").status_code == 400
        assert client.get("/api/v1/queries/gaps/nothing").status_code == 404
