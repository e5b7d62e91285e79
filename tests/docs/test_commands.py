"""Every command that the documentation shows is run, page by page, in the order of the page."""

from __future__ import annotations

import gzip
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgtool import sample
from kgtool.entities import to_json
from kgtool.settings import Settings
from kgtool.wiring import build
from tests.conftest import ROOT
from tests.docs.pages import PAGES, blocks, steps
from tests.docs.shell import Shell

_DONE_ELSEWHERE = {"tutorial.md"}  # step by step, with its answers
_TABLES = {
    "museums.csv": "key,qid,name,also_known_as,place,place_name,country,country_name,founded,"
    "website,isil,ror,coordinates,objects,number,city,id\n"
    "1,,Rehearsal Museum of Lund,,,Lund,,Sweden,1882,https://example.org/lund,SE-R1,,,,1,Lund,M1\n"
    "2,,Rehearsal Museum of Kiruna,,,Kiruna,,Sweden,1953,,SE-R2,,,,2,Kiruna,M2\n"
    "3,,Rehearsal Museum of Visby,,,Visby,,Sweden,1875,,SE-R3,,,,3,Visby,M3\n",
    "visitors.csv": "visit,museum\n1,Rehearsal Museum of Lund\n2,Rijksmuseum\n",
}
_MAPPING = """
name = "museums"
title = "Museums"
key = "key"
[source]
title = "A register"
[license]
name = "CC0-1.0"
[notability]
ground = "museums are clearly identifiable"
[[labels]]
column = "name"
language = "en"
[[references]]
[[references.snaks]]
property = "P854"
type = "url"
template = "https://example.org/{key}"
"""


def _pages_with_commands() -> list[Path]:
    return [
        page
        for page in PAGES
        if page.name not in _DONE_ELSEWHERE
        and any(block.kind == "console" for block in blocks(page))
    ]


def _fill(folder: Path) -> None:
    """What the pages take for granted: a partner's tables, a dump, entities."""
    for name, text in _TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "museums.toml").write_text(_MAPPING, encoding="utf-8")
    lines = [to_json(entity) for entity in sample.entities()]
    (folder / "entities.jsonl").write_bytes(b"\n".join(lines))
    with gzip.open(folder / "dump.json.gz", "wb", compresslevel=1) as dump:
        dump.write(b"[\n" + b",\n".join(lines) + b"\n]\n")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A reader's shell with the sample loaded and a wiki to rehearse on."""
    _fill(tmp_path)
    wiki = subprocess.Popen(
        [
            *(sys.executable, "-m", "kgtool", "sandbox", "--sample", "--port", "0"),
            *("--home", str(tmp_path / "wiki"), "--password", "rehearsal-only-1", "--json"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert wiki.stdout is not None
    try:
        assert wiki.stdout.readline()
        made = Shell(
            tmp_path,
            KGTOOL_HOME=str(tmp_path / "home"),
            KGTOOL_WIKIBASE=str(tmp_path / "wiki/profile.toml"),
            KGTOOL_WIKI_USER="Rehearsal@kgtool",
            KGTOOL_WIKI_PASSWORD="rehearsal-only-1",
            KGTOOL_CONTACT="docs@example.org",
        )
        made.run("kgtool demo --no-serve")
        for home in ("home", "kgtool-home"):  # an operator's page makes its own
            build(Settings(home=tmp_path / home)).accounts.sign_in("Example")
        yield made
        made.close()
    finally:
        wiki.send_signal(signal.SIGTERM)
        wiki.wait()
        wiki.stdout.close()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", _pages_with_commands(), ids=lambda page: page.stem)
def test_commands_of_a_page_work(shell: Shell, page: Path, tmp_path: Path) -> None:
    elsewhere = re.compile(r"https://query\.wikidata\.org/sparql")
    profile = (tmp_path / "wiki/profile.toml").read_text(encoding="utf-8")
    endpoint = re.search(r'"(http://127\.0\.0\.1:\d+/sparql)"', profile)
    assert endpoint
    ran = 0
    for block in blocks(page):
        if block.saved:
            (tmp_path / block.saved).write_text(block.text, encoding="utf-8")
        for step in steps(block) if block.kind == "console" else ():
            command = elsewhere.sub(endpoint[1], step.command)
            if command.startswith("kgtool serve"):
                command = f"timeout --signal=INT 15 {command.split('#')[0]} --port 0 || true"
            said = shell.run(command)
            # 1 is no error: something was found.
            assert said.code in (0, 1), f"{page.name}:{block.line}: {command}\n{said.text}"
            ran += 1
    assert ran


def test_no_command_stands_where_it_is_not_run() -> None:
    hidden = [
        f"{page.relative_to(ROOT)}:{block.line}: {line.strip()}"
        for page in PAGES
        for block in blocks(page)
        if block.kind != "console"
        for line in block.text.splitlines()
        if re.match(r"\s*\$?\s*kgtool ", line)
    ]
    assert hidden == []


def test_what_cannot_be_run_here_is_shell_at_least() -> None:
    """Blocks of ``sh`` install, or speak to systemd, podman or Toolforge."""
    wrong, read = [], 0
    for page in PAGES:
        for block in blocks(page):
            if block.kind == "sh":
                said = subprocess.run(
                    ["bash", "-n"], input=block.text, capture_output=True, text=True
                )
                read += 1
                if said.returncode or said.stderr:
                    wrong.append(f"{page.relative_to(ROOT)}:{block.line}: {said.stderr}")
    assert wrong == [] and read > 3


def test_files_that_shell_blocks_name_are_there() -> None:
    named = re.compile(r"\b(?:deploy/[\w./*-]+|requirements[\w-]*\.lock)")
    for page in PAGES:
        for block in blocks(page):
            for name in named.findall(block.text) if block.kind == "sh" else ():
                assert list(ROOT.glob(name)), f"{page.name}:{block.line}: {name}"


def test_targets_of_make_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {
        target
        for page in PAGES
        for target in re.findall(
            r"\bmake ([a-z][a-z-]+)\b", _code(page.read_text(encoding="utf-8"))
        )
    }
    assert {"demo", "test", "check"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def _code(text: str) -> str:
    return "\n".join(re.findall(r"^```.*?^```$|`[^`\n]+`", text, re.MULTILINE | re.DOTALL))
