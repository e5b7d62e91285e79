"""A sync that is killed at any instant goes on where it stopped, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kgtool.api.sandbox.run import profile_toml
from kgtool.api.sandbox.server import SandboxServer

from .test_sync import MUSEUM, Make, _held, _museum


@pytest.mark.parametrize(
    "lines",
    [7, pytest.param(1, marks=pytest.mark.long), pytest.param(20, marks=pytest.mark.long)],
)
def test_a_killed_sync_goes_on(
    server: SandboxServer, workspace: Make, tmp_path: Path, lines: int
) -> None:
    server.wiki.load(_museum(1000))
    profile = tmp_path / "p.toml"
    profile.write_text(profile_toml(server.wiki.profile), encoding="utf-8")
    home = tmp_path / "killed"
    environ = os.environ | {"KGTOOL_HOME": str(home), "KGTOOL_WIKIBASE": str(profile)}
    command = [sys.executable, "-m", "kgtool", "sync", "Q1", "--json"]
    spool = home / "sync" / "spool.jsonl"
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            if spool.exists() and spool.read_bytes().count(b"\n") > lines:
                break
        process.kill()
    kept = spool.read_bytes().count(b"\n") - 1 if spool.exists() else 0
    again = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=100)
    synced = json.loads(again.stdout)
    # One request more at most for each of the three steps.
    assert synced["requests"]["entities"] <= 21 + 3 - kept + 1
    fresh = workspace("fresh")
    fresh.sync.run(MUSEUM)
    assert _held(workspace("killed")) == _held(fresh)
