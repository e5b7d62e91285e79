"""The runner of validation manifests, on a suite like the public one in each of its forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.shextest.__main__ import answer, by_reference, main
from tests.shextest.lookalike import ENTRIES, Entry, write
from tests.shextest.manifest import Case, read_manifest
from tests.short import short

# Where pyrudof 0.3.35 is wrong, or does not know what is asked.
NOT_OF_PYRUDOF = {"greedy", "action-shape"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("suite"))


@pytest.fixture(scope="module")
def cases(folder: Path) -> dict[str, Case]:
    return {case.name: case for case in read_manifest(folder / "manifest.jsonld")}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_is_right_and_goes_where_it_should(
    entry: Entry, cases: dict[str, Case]
) -> None:
    found = answer(cases[entry.name])
    assert found.conforms is entry.conforms
    assert found.engine == entry.engine


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_reference_engine_says_the_same(entry: Entry, cases: dict[str, Case]) -> None:
    right = entry.name not in NOT_OF_PYRUDOF
    assert (by_reference(cases[entry.name]) is entry.conforms) is right


@pytest.mark.parametrize("form", short(1, ["jsonld", "ttl"]))
def test_a_manifest_is_run(folder: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder / f"manifest.{form}")]) == 0
    number = len(ENTRIES)
    assert f"{number} of {number} right" in capsys.readouterr().out


def test_every_form_says_the_same(folder: Path, cases: dict[str, Case]) -> None:
    in_turtle = {case.name: case for case in read_manifest(folder / "manifest.ttl")}
    later = {case.name: case for case in read_manifest(folder / "manifest-ld.jsonld")}
    assert in_turtle == cases
    assert len(later) > 100
    assert later == {name: cases[name] for name in later}


@pytest.mark.long
def test_a_wrong_verdict_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path) / "manifest.jsonld"
    path.write_text(path.read_text().replace("sht:ValidationFailure", "sht:ValidationTest"))
    assert main([str(path)]) == 1
    said = capsys.readouterr().out
    assert "wrong  dot-missing (compiled): False, not True" in said
    failing = sum(not entry.conforms for entry in ENTRIES)
    assert f"{len(ENTRIES) - failing} of {len(ENTRIES)} right" in said


@pytest.mark.long
def test_what_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path)
    (folder.parent / "schemas" / "dot.shex").write_text("<S> { <p> [ }")
    (folder.parent / "schemas" / "closed.shex").unlink()
    assert main([str(folder / "manifest.jsonld"), "--both"]) == 1
    said = capsys.readouterr().out
    assert "error  dot: Line 1" in said
    assert "error  closed: " in said
    assert "differ greedy: compiled False, pyrudof True" in said


def test_a_manifest_without_entries_is_not_right(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonld"
    path.write_text(json.dumps({"@graph": [{"entries": []}]}))
    assert main([str(path)]) == 1
