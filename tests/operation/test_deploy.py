"""The files for running it elsewhere name what there is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from kgtool.cli import root
from kgtool.settings import unknown
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())


def commands() -> list[str]:
    """Every kgtool command that a file of deployment runs."""
    lines = [
        line
        for path in (*UNITS, DEPLOY / "toolforge/Procfile")
        for line in path.read_text().splitlines()
    ]
    lines.append(" ".join(re.findall(r'"([^"]+)"', _last_cmd())))
    found = [
        line.split("kgtool ", 1)[1] for line in lines if re.search(r"(bin/|: |^)kgtool ", line)
    ]
    return sorted({one for one in found if not one.startswith(":")})


def _last_cmd() -> str:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    return [line for line in lines if line.startswith("CMD")][-1]


@pytest.mark.parametrize("command", commands())
def test_every_command_is_understood(command: str) -> None:
    words = shlex.split(command)
    told = CliRunner().invoke(root, [words[0], "--help"])
    assert told.exit_code == 0
    for option in (word for word in words if word.startswith("--")):
        assert re.search(rf"{option}\b", told.output), option


def test_there_are_commands() -> None:
    assert {one.split()[0] for one in commands()} == {"serve", "worker", "backup", "gc"}


def test_every_setting_is_one() -> None:
    names = re.findall(r"^(KGTOOL_\w+)=", (DEPLOY / "kgtool.env").read_text(), re.M)
    assert len(names) > 5
    assert unknown(dict.fromkeys(names, "")) == []


def test_the_folder_is_named_by_what_runs_it() -> None:
    """The same settings serve units and container, whose folders are not the same."""
    assert "KGTOOL_HOME" not in (DEPLOY / "kgtool.env").read_text()
    for unit in (unit.read_text() for unit in UNITS if unit.suffix == ".service"):
        [home] = re.findall(r"^Environment=KGTOOL_HOME=(\S+)$", unit, re.M)
        assert f"ReadWritePaths={home}\n" in unit
    container = (DEPLOY / "Containerfile").read_text()
    [home] = re.findall(r"KGTOOL_HOME=(\S+)", container)
    assert f"VOLUME {home}\n" in container


def test_the_units_are_as_systemd_wants_them(
    tmp_path: Path, need_program: Callable[..., str]
) -> None:
    analyze = need_program("systemd-analyze", package="systemd")
    for unit in UNITS:
        # The program is not installed here, which is all that may be said of a unit.
        text = unit.read_text().replace("/opt/kgtool/bin/kgtool", str(shutil.which("true")))
        (tmp_path / unit.name).write_text(text)
    told = subprocess.run(
        [analyze, "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)],
        capture_output=True,
        text=True,
    )
    ours = [line for line in told.stderr.splitlines() if "kgtool" in line]
    assert ours == []


def test_jobs_run_what_the_procfile_has() -> None:
    procfile = (DEPLOY / "toolforge/Procfile").read_text()
    processes = set(re.findall(r"^(\w+):", procfile, re.M))
    jobs = set(
        re.findall(r"^  command: (\w+)$", (DEPLOY / "toolforge/jobs.yaml").read_text(), re.M)
    )
    assert jobs and jobs <= processes and processes - jobs == {"web"}


def test_the_image_copies_what_the_package_is_made_of() -> None:
    copied = re.findall(r"^COPY ([\w. -]+) \S+$", (DEPLOY / "Containerfile").read_text(), re.M)
    parts = {part for line in copied for part in line.split()}
    assert {"kgtool", "api", "queries", "shapes", "pyproject.toml", "requirements.lock"} <= parts
    assert all((ROOT / part).exists() for part in parts)
