"""``kgtool sandbox`` and ``kgtool sync`` as people run them, in processes of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kgtool.api.sandbox.faults import KINDS

from .client import Client

KGTOOL = [sys.executable, "-m", "kgtool"]


def _kgtool(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KGTOOL, *words], env=os.environ | environ, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def said(tmp_path: Path) -> Any:
    """What a running ``kgtool sandbox`` said of itself."""
    options = ["--port", "0", "--sample", "--home", str(tmp_path / "wiki"), "--json"]
    with subprocess.Popen(
        [*KGTOOL, "sandbox", *options], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield json.loads(process.stdout.readline())
        process.terminate()
        process.wait(20)


@pytest.mark.long
def test_the_loop_with_a_sandbox_of_the_command_line(said: Any, tmp_path: Path) -> None:
    environ = {
        "KGTOOL_HOME": str(tmp_path / "home"),
        "KGTOOL_WIKIBASE": said["profile"],
        "KGTOOL_WIKI_USER": said["user"],
        "KGTOOL_WIKI_PASSWORD": said["password"],
        "KGTOOL_CONTACT": "tests",
    }
    expected = json.loads(_kgtool("sync", "Q190804", "--dry-run", "--json", **environ).stdout)
    assert expected["new"] == expected["members"] > 1
    first = json.loads(_kgtool("sync", "Q190804", "--json", **environ).stdout)
    assert first["read"] >= expected["members"]
    with Client(said["address"], said["user"], said["password"]) as editor:
        label = {"labels": {"sv": {"language": "sv", "value": "ändrat"}}}
        editor.edit(label, id="Q190804")
    second = json.loads(_kgtool("sync", "--json", **environ).stdout)
    assert (second["read"], second["generation"]) == (1, first["generation"] + 1)
    words = _kgtool("sync", **environ)
    assert words.stdout.startswith("Read 0 entities")


def test_a_wiki_without_a_home_is_gone_when_a_signal_ends_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*KGTOOL, "sandbox", "--port", "0", "--json"],
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        text=True,
    ) as process:
        assert process.stdout
        profile = Path(json.loads(process.stdout.readline())["profile"])
        assert profile.is_file() and tmp_path in profile.parents
        process.terminate()
        assert process.wait(20) == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


def test_wrong_use_is_told(tmp_path: Path) -> None:
    fault = _kgtool("sandbox", "--port", "0", "--fault", "nonsense=0.5")
    assert (fault.returncode, "no fault “nonsense”" in fault.stderr) == (2, True)
    rate = _kgtool("sandbox", "--port", "0", "--fault", "maxlag=often")
    assert (rate.returncode, "KIND=RATE" in rate.stderr) == (2, True)
    nothing = _kgtool("sync", KGTOOL_HOME=str(tmp_path / "home"))
    assert (nothing.returncode, "kgtool sync Q190804" in nothing.stderr) == (2, True)


def test_the_help_says_what_each_fault_is() -> None:
    said = _kgtool("sandbox", "--help").stdout
    told = dict(re.findall(r"^  ([a-z-]+)  +(\S.*)$", said, re.MULTILINE))
    assert {kind: told.get(kind) for kind in KINDS} == KINDS
