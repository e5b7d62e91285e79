"""The documentation as data: its blocks, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
_fence = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_saved = re.compile(r"[Ss]ave (?:it|this|them) as `([^`]+)`:\s*$")


class Block(NamedTuple):
    """A fenced block; ``saved`` is the file name that the sentence before it gives, or empty."""

    kind: str
    text: str
    saved: str
    line: int


class Step(NamedTuple):
    """A command that a reader types, and the lines that they then see."""

    command: str
    answer: list[str]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    for found in _fence.finditer(text):
        before = text[: found.start()].rstrip().rsplit("\n\n", 1)[-1].replace("\n", " ")
        saved = _saved.search(before)
        line = text.count("\n", 0, found.start()) + 1
        yield Block(found[1], found[2], saved[1] if saved else "", line)


def steps(block: Block) -> Iterator[Step]:
    """The commands of a ``console`` block: lines that begin with ``$``, each with its answer."""
    command, answer = "", list[str]()
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if command:
                yield Step(command, answer)
            command, answer = line[2:], []
        else:
            answer.append(line)
    if command:
        yield Step(command, answer)
