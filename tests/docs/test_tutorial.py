"""The tutorial is done, step by step, as it stands."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.pages import blocks, steps
from tests.docs.shell import Shell

# A command whose business it is to say that something is found.
_FINDS = re.compile(r"^kgtool check ")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path)
    yield made
    made.close()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_tutorial_says_what_happens(shell: Shell, tmp_path: Path) -> None:
    here = {"8181": _free_port(), "8000": _free_port(), "2026-11": f"{datetime.now(UTC):%Y-%m}"}
    done = 0
    for block in blocks(ROOT / "docs/tutorial.md"):
        if block.saved:
            (tmp_path / block.saved).write_text(block.text, encoding="utf-8")
        for step in steps(block) if block.kind == "console" else ():
            command = _with(here, step.command)
            said = shell.run(command)
            assert said.code == bool(_FINDS.match(command)), f"{command}\n{said.text}"
            wanted = [_with(here, line) for line in step.answer]
            assert _fits(wanted, said.text), f"{command}\nsaid:\n{said.text}\nnot:\n{wanted}"
            done += 1
    assert done > 20


def _with(here: dict[str, str], text: str) -> str:
    for stands, instead in here.items():
        text = text.replace(stands, instead)
    return text


def _fits(wanted: list[str], text: str) -> bool:
    """Whether a text is what the page shows; ``…`` is anything, alone on a line: any lines."""
    if not wanted:
        return True
    parts = [
        r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r"\s*\n"
        for line in wanted
    ]
    return re.fullmatch("".join(parts), text if text.endswith("\n") else text + "\n") is not None


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
