"""A sync that is killed at any instant goes on where it stopped, and nothing is lost."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kgtool.api.sandbox.faults import Schedule
from kgtool.api.sandbox.server import SandboxServer
from tests.sandbox.running import profile_file

from .worlds import MUSEUM, Make, a_museum, content


@pytest.mark.parametrize(
    "lines",
    [7, pytest.param(1, marks=pytest.mark.long), pytest.param(20, marks=pytest.mark.long)],
)
def test_a_killed_sync_goes_on(
    server: SandboxServer, workspace: Make, tmp_path: Path, lines: int
) -> None:
    server.wiki.load(a_museum(1000))
    profile = profile_file(server.wiki.profile, tmp_path)
    home = tmp_path / "killed"
    environ = os.environ | {"KGTOOL_HOME": str(home), "KGTOOL_WIKIBASE": profile}
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
    assert content(workspace("killed")) == content(fresh)


class _StuckAfter(Schedule):  # type: ignore[misc]  # the sandbox is untyped to tests
    """The wiki answers so many requests, and then none."""

    left = 0

    def next(self, *, writes: bool) -> str:
        self.left -= 1
        return "" if self.left >= 0 else "timeout"


@pytest.mark.long
def test_who_ends_a_sync_is_told_that_it_goes_on(
    server: SandboxServer, workspace: Make, tmp_path: Path
) -> None:
    server.wiki.load(a_museum(300))
    home = tmp_path / "ended"
    profile = profile_file(server.wiki.profile, tmp_path)
    environ = os.environ | {"KGTOOL_HOME": str(home), "KGTOOL_WIKIBASE": profile}
    command = [sys.executable, "-m", "kgtool", "sync", "Q1"]

    def ended(by: int, batches: int, *more: str) -> subprocess.CompletedProcess[str]:
        """What a sync said that was ended when it had kept so many batches and got no answer."""
        server.sandbox.faults.schedule = stuck = _StuckAfter(hang_seconds=3.0)
        stuck.left = 1000
        process = subprocess.Popen(
            [*command, *more],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        spool = home / "sync" / "spool.jsonl"
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if spool.exists() and spool.read_bytes().count(b"\n") > batches:
                stuck.left = 0
                break
        process.send_signal(by)
        said, told = process.communicate(timeout=60)
        return subprocess.CompletedProcess(command, process.returncode, said, told)

    first = ended(signal.SIGINT, 1)
    assert first.returncode == 130
    assert re.fullmatch(r"Stopped\. \d+ entities that were read are kept: .*\n", first.stderr)
    assert first.stdout == ""
    assert ended(signal.SIGTERM, 2, "--follow").returncode == 0
    server.sandbox.faults.schedule = Schedule()
    again = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=100)
    assert again.returncode == 0
    assert again.stderr == ""  # nobody sees a progress bar in a log
    fresh = workspace("fresh")
    fresh.sync.run(MUSEUM)
    assert content(workspace("ended")) == content(fresh)
