"""``kgtool requests``: what comes in and goes out on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from kgtool.cli import root
from kgtool.errors import InputError, UsageError

TABLE = (
    "title,description,state,country,made,moved,published\r\n"
    "Plates,Negatives,agenda,Norway,2026-08-01,2026-09-10,description\r\n"
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("KGTOOL_HOME", str(tmp_path))
    return CliRunner()


def test_a_table_comes_in_and_papers_go_out(run: CliRunner) -> None:
    taken = run.invoke(root, ["requests", "import", "-"], input=TABLE)
    assert taken.exit_code == 0 and "1 requests taken in" in taken.stdout, taken.output
    table = run.invoke(root, ["requests", "export"]).stdout
    assert "Plates,Negatives,agenda," in table and ",Q20," in table
    words = ["requests", "export", "--format", "wikitext", "--language", "sv"]
    agenda = run.invoke(root, [*words, "--state", "agenda"]).stdout
    assert "'''Plates''' [[d:Q20|Norge]]" in agenda
    notes = run.invoke(root, [*words, "--quarter", "2026Q3"]).stdout
    assert "2026Q3" in notes and "Plates" in notes
    assert "Plates" not in run.invoke(root, [*words, "--quarter", "2026Q1"]).stdout


@pytest.mark.parametrize(
    "words",
    [
        ["export", "--quarter", "2026Q3"],
        ["export", "--format", "wikitext", "--quarter", "soon"],
        ["import", "none.csv"],
    ],
)
def test_what_is_wrong_is_told(run: CliRunner, words: list[str]) -> None:
    assert isinstance(run.invoke(root, ["requests", *words]).exception, UsageError)


def test_a_wrong_table_is_told_row_by_row(run: CliRunner) -> None:
    wrong = TABLE + "A,B,lost,Atlantis,,,\r\n"
    refused = run.invoke(root, ["requests", "import", "-"], input=wrong)
    assert isinstance(refused.exception, InputError) and "row 3" in str(refused.exception)
    assert run.invoke(root, ["requests", "list"]).stdout.count("Plates") == 0
