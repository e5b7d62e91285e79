"""``kgtool coverage`` and ``kgtool gaps``."""

from __future__ import annotations

import csv
import datetime
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kgtool.cli import root
from kgtool.errors import KgtoolError, NotInWorkspace, UsageError
from tests.builders import item
from tests.coverage.worlds import World

MUSEUM, OTHER = "Q190804", "Q900000001"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    World(
        tmp_path,
        [
            item("Q910000001", P195=MUSEUM, P31="Q3305213", P18="1.jpg", labels={"en": "A [b]"}),
            item("Q910000002", P195=MUSEUM, P31="Q3305213"),
            item("Q910000003", P195=OTHER),
            item(MUSEUM, labels={"en": "Rijksmuseum"}),
        ],
    )
    monkeypatch.setenv("KGTOOL_HOME", str(tmp_path))
    return tmp_path


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(root, words, input=stdin, catch_exceptions=False)


def test_coverage_as_json() -> None:
    one = json.loads(run("coverage", MUSEUM, "--measure", "P18", "--json").output)
    assert one["partner"] == MUSEUM
    assert one["groups"][0]["measures"]["P18"]["share"] == 0.5
    two = json.loads(run("coverage", MUSEUM, OTHER, "--measure", "P18", "--json").output)
    assert [matrix["groups"][0]["items"] for matrix in two] == [2, 1]


def test_without_measures_those_of_the_shapes_are_told() -> None:
    found = json.loads(run("coverage", MUSEUM, "--json").output)["groups"][0]["measures"]
    assert found["P170"]["missing"] == 2
    assert found["P407"]["not_expected"] == 2
    table = run("coverage", MUSEUM).output
    assert "Rijksmuseum (Q190804): 2 items" in table
    assert "P170" in table
    assert "P407" not in table


def test_coverage_in_other_forms() -> None:
    rows = list(csv.DictReader(io.StringIO(run("coverage", MUSEUM, "--format", "csv").output)))
    assert {row["partner"] for row in rows} == {MUSEUM}
    wiki = run("coverage", MUSEUM, "--measure", "P18", "--by", "type", "--format", "wikitext")
    assert "[[Q3305213|Q3305213]] || 2 ||" in wiki.output
    drawn = run("coverage", MUSEUM, "--measure", "P18", "--format", "svg").output
    assert drawn.startswith("<svg")
    assert "50.0%" in drawn
    assert "all" in run("coverage", MUSEUM, "--measure", "P18", "--by", "type").output


def test_gaps_in_each_form() -> None:
    words = ["gaps", MUSEUM, OTHER, "--missing", "P571", "--format"]
    assert run(*words, "ids").output.split() == ["Q910000001", "Q910000002", "Q910000003"]
    told = json.loads(run(*words, "json", "--limit", "1").output)
    assert datetime.datetime.fromisoformat(told.pop("as_of")).tzinfo
    assert told == {
        "count": 3,
        "items": [{"id": "Q910000001", "label": "A [b]"}],
        "next": "Q910000001",
    }
    assert run(*words, "quickstatements").output.splitlines()[0] == "Q910000001\tP571\t"
    assert "# [[Q910000001|A &#91;b&#93;]]" in run(*words, "wikitext").output
    assert run(*words, "csv").output.splitlines()[:2] == ["id,label", "Q910000001,A [b]"]
    assert "More: --after Q910000001" in run(*words, "table", "--limit", "1").output


def test_where_to_begin() -> None:
    words = ["gaps", MUSEUM, "--together", "--missing", "P18", "--missing", "P571"]
    assert json.loads(run(*words, "--json").output)["lacking"] == [[1, 1], [1, 2]]
    assert run(*words, "--format", "csv").output.splitlines()[0] == "missing,P18,P571"
    assert json.loads(run("gaps", OTHER, "--suggest", "--json").output) == {"suggestions": []}
    assert "usual" in run("gaps", MUSEUM, "--suggest").output


def test_items_from_standard_input() -> None:
    given = run("gaps", "--items", "-", "--missing", "P18", "--format", "ids", stdin="Q910000003\n")
    assert given.output == "Q910000003\n"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["coverage"], UsageError),
        (["coverage", "Q42"], NotInWorkspace),
        (["coverage", MUSEUM, "--focus", "Q5"], UsageError),
        (["coverage", MUSEUM, "--role", "friend"], UsageError),
        (["coverage", "--items", "/no/such/file"], KgtoolError),
        (["gaps", MUSEUM], UsageError),
        (["gaps", MUSEUM, "--missing", "P18 nad"], UsageError),
    ],
)
def test_what_is_wrong_is_an_error_of_ours(words: list[str], kind: type[KgtoolError]) -> None:
    with pytest.raises(kind):
        run(*words)


def test_a_history_of_what_is_not_there_is_an_error() -> None:
    assert run("history", MUSEUM).output.startswith("Nothing is recorded yet.")
    with pytest.raises(NotInWorkspace):
        run("history", "Q999999999")
    with pytest.raises(UsageError, match="position 1"):
        run("history", MUSEUM, "--measure", "P18x")


def test_a_measure_that_nothing_meets_is_warned_of_beside_the_answer() -> None:
    for words in (("coverage", MUSEUM, "--measure"), ("gaps", MUSEUM, "--missing")):
        told = run(*words, "P9999999", "--format", "csv")
        assert told.stderr.startswith("Warning: No item of this workspace has P9999999")
        assert "Warning" not in told.stdout
        assert json.loads(run(*words, "P9999999", "--json").output)["warnings"]
        for known in ("P18", "P571"):  # which nobody here has, but shapes expect
            assert not run(*words, known).stderr
