"""``kgtool check``: reports in every form, exit codes, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kgtool.cli import root
from kgtool.entities import to_json
from kgtool.errors import InputError, KgtoolError, NotFound, NotInWorkspace, UsageError
from tests.builders import item
from tests.coverage.worlds import World

MUSEUM = "Q190804"
SCHEMA = """
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
start = @<has-image>
<has-image> { wdt:P18 . + }
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    World(
        tmp_path,
        [
            item("Q910000001", P195=MUSEUM, P31="Q3305213", P18="1.jpg", labels={"en": "A [b]"}),
            item("Q910000002", P195=MUSEUM, P31="Q3305213"),
            item(MUSEUM, labels={"en": "Rijksmuseum"}),
        ],
    )
    (tmp_path / "image.shex").write_text(SCHEMA)
    monkeypatch.setenv("KGTOOL_HOME", str(tmp_path))
    return tmp_path


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(root, ["check", *words], input=stdin, catch_exceptions=False)


def test_a_partners_items_are_judged_and_findings_told() -> None:
    result = run("painting", MUSEUM, "--json")
    assert result.exit_code == 1
    report = json.loads(result.output)
    assert (report["shape"], report["checked"], report["conforming"]) == ("painting", 2, 0)
    assert report["engine"] == {"compiled": 2, "pyrudof": 0}
    image = [one for one in report["findings"] if one["property"] == "P18"]
    assert [one["node"] for one in image] == ["Q910000002"]
    assert image[0]["path"] == ["wdt:P18"]
    assert image[0]["severity"] == "recommended"
    assert image[0]["message"].startswith("Missing: image.")
    assert image[0]["link"] == "https://www.wikidata.org/wiki/Q910000002#P18"


def test_sentences_are_in_the_readers_language() -> None:
    report = json.loads(run("painting", MUSEUM, "--language", "sv", "--json").output)
    assert any(one["message"].startswith("Saknas: bild.") for one in report["findings"])


def test_a_file_of_a_schema_and_a_file_of_entities(home: Path) -> None:
    file = home / "some.jsonl"
    file.write_bytes(to_json(item("Q1", P18="x.jpg")) + b"\n" + to_json(item("Q2")) + b"\n")
    report = json.loads(run(str(home / "image.shex"), "--file", str(file), "--json").output)
    assert (report["checked"], report["conforming"]) == (2, 1)
    conforming = run(
        str(home / "image.shex"), "--file", "-", stdin=to_json(item("", P18="x")).decode()
    )
    assert conforming.exit_code == 0


def test_csv_wikitext_and_table() -> None:
    rows = list(csv.DictReader(io.StringIO(run("painting", MUSEUM, "--format", "csv").output)))
    assert {"node", "property", "severity", "message", "link"} <= rows[0].keys()
    wikitext = run("painting", MUSEUM, "--format", "wikitext", "--language", "de").output
    assert "[[d:Q910000001|A &#91;b&#93;]]" in wikitext
    assert "\n| wünschenswert\n| [[d:Property:P180|Motiv]]\n| Es fehlt: Motiv." in wikitext
    assert "painting: 2 checked (2 by compiled), 0 conform" in run("painting", MUSEUM).output


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        (["nothing", MUSEUM], NotFound, "no shape named"),
        (["painting"], UsageError, "Check what?"),
        (["painting", "Q42"], NotInWorkspace, "Q42"),
        (["painting", "--item", "Q42"], NotInWorkspace, "Q42"),
        (["painting", MUSEUM, "--role", "located"], UsageError, "selection is empty"),
        (["nowhere.shex", MUSEUM], NotFound, "no file"),
    ],
)
def test_what_cannot_be_checked_is_said(
    words: list[str], kind: type[KgtoolError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        run(*words)


def test_a_broken_schema_names_line_and_column(home: Path) -> None:
    (home / "broken.shex").write_text("start = @<a>\n<a> { <p> . ; }\n<b> [1 2 }")
    with pytest.raises(InputError, match=r"Line 3, column \d+"):
        run(str(home / "broken.shex"), MUSEUM)


def test_a_broken_line_of_a_file_is_named(home: Path) -> None:
    (home / "some.jsonl").write_bytes(to_json(item("Q1")) + b"\n{oops\n")
    with pytest.raises(InputError, match="Line 2"):
        run("painting", "--file", str(home / "some.jsonl"))
    (home / "empty.jsonl").write_bytes(b"")
    with pytest.raises(UsageError, match="nothing to check"):
        run("painting", "--file", str(home / "empty.jsonl"))
