"""The operator's commands, as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kgtool.cli import root
from kgtool.errors import KgtoolError
from kgtool.wiring import Kgtool


@pytest.fixture
def typed(tool: Kgtool, data_key: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("KGTOOL_HOME", str(tool.settings.home))
    monkeypatch.setenv("KGTOOL_DATA_KEY", data_key)
    return CliRunner()


def run(typed: CliRunner, *words: str, given: str = "") -> Result:
    done = typed.invoke(root, words, input=given)
    if done.exception and not isinstance(done.exception, SystemExit | KgtoolError):
        raise done.exception
    return done


def test_backup_and_restore(typed: CliRunner, tmp_path: Path) -> None:
    saved = run(typed, "backup", str(tmp_path / "b"), "--no-entities")
    assert saved.exit_code == 0
    (path,) = (tmp_path / "b").glob("*.tar.zst")
    assert str(path) in saved.output
    refused = run(typed, "restore", str(path))
    assert isinstance(refused.exception, KgtoolError)
    done = run(typed, "restore", str(path), "--replace")
    assert done.exit_code == 0
    assert "Restored" in done.output
    assert "no entities" in done.output


def test_people(typed: CliRunner) -> None:
    found = json.loads(run(typed, "people", "export", "Ann Lind").output)
    assert found["account"][0]["name"] == "Ann Lind"
    asked = run(typed, "people", "forget", "Ann Lind", given="n\n")
    assert asked.exit_code == 1
    assert "1 of account" in asked.output
    assert run(typed, "people", "forget", "Ann Lind", "--yes").exit_code == 0
    assert isinstance(run(typed, "people", "export", "Ann Lind").exception, KgtoolError)


def test_roles(typed: CliRunner) -> None:
    assert run(typed, "user", "role", "Bo", "writer").exit_code == 0
    listed = json.loads(run(typed, "user", "list", "--json").output)
    assert {one["name"]: one["role"] for one in listed} == {
        "Ann Lind": "coordinator",
        "Bo": "writer",
    }
    assert isinstance(run(typed, "user", "role", "Nobody", "writer").exception, KgtoolError)


def test_schema(typed: CliRunner) -> None:
    assert "The schema is 0001" in run(typed, "db", "upgrade").output
    assert run(typed, "db", "downgrade", "base", "--yes").exit_code == 0
    assert "it was not there" in run(typed, "db", "upgrade").output


def test_the_doctor_finds_what_is_wrong(typed: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    well = run(typed, "doctor", "--offline", "--json")
    findings = json.loads(well.output)
    assert {one["what"] for one in findings} >= {
        "versions",
        "disk",
        "workspace",
        "database",
        "graph",
    }
    assert not [one for one in findings if one["state"] == "wrong"]
    assert well.exit_code == 0
    monkeypatch.setenv("KGTOOL_HOEM", "/tmp")
    monkeypatch.setenv("KGTOOL_DATA_KEY", "short")
    monkeypatch.setenv("KGTOOL_DATABASE_URL", "postgresql+psycopg://me:secret@127.0.0.1:1/x")
    ill = run(typed, "doctor", "--offline")
    assert ill.exit_code == 1
    for told in ("KGTOOL_HOEM is not a setting", "KGTOOL_DATA_KEY is not a key", "127.0.0.1:1"):
        assert told in ill.output
    assert "secret" not in ill.output


def test_the_doctor_says_which_server_is_away(
    typed: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib.resources import files

    profile = (files("kgtool.entities") / "profiles/wikidata.toml").read_text(encoding="utf-8")
    away = profile.replace("https://www.wikidata.org", "http://127.0.0.1:1")
    (tmp_path / "away.toml").write_text(away, encoding="utf-8")
    monkeypatch.setenv("KGTOOL_WIKIBASE", str(tmp_path / "away.toml"))
    monkeypatch.setenv("KGTOOL_SPARQL", "http://127.0.0.1:1/sparql")
    ill = run(typed, "doctor", "--json")
    wrong = {one["what"] for one in json.loads(ill.output) if one["state"] == "wrong"}
    assert wrong == {"wiki", "SPARQL endpoint"}
    assert ill.exit_code == 1


def test_a_reader_that_has_seen_enough_is_no_finding(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "kgtool", "query"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=os.environ | {"KGTOOL_HOME": str(tmp_path)},
        check=False,
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")
