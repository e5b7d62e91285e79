"""Names from files: what is understood, and what is said where something is wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from kgtool.entities import load_profile
from kgtool.errors import InputError
from kgtool.views.names.read import read_names
from kgtool.views.names.record import NameRecord, StatedName

KINDS = load_profile("wikidata").name_kinds


def test_reads_a_table(tmp_path: Path) -> None:
    path = tmp_path / "my.csv"
    path.write_text(
        "QID,Name,label:fr,Aliases,Type,Birth year,end,P214,country,note\n"
        "Q296,Claude Monet,Claude Monet,Oscar-Claude Monet|Monet,Q5,1840,1926-12-05,24605513,FR,x\n"
        "\n"
        'A-7,"Museum, Old",,,,,,,,\n',
        encoding="utf-8-sig",
    )
    assert list(read_names(path, KINDS)) == [
        NameRecord(
            "Q296",
            {"und": "Claude Monet", "fr": "Claude Monet"},
            {"und": ["Oscar-Claude Monet", "Monet"]},
            types=["Q5"],
            begin=[1840],
            end=[1926],
            ids={"P214": ["24605513"], "note": ["x"]},
            country=["FR"],
        ),
        NameRecord("A-7", {"und": "Museum, Old"}),
    ]


def test_columns_of_names_are_names(tmp_path: Path) -> None:
    path = tmp_path / "my.csv"
    path.write_text("id,name,Official name:nl,former names,P1448\nQ1,A,B,C|D,E\n")
    (found,) = read_names(path, KINDS)
    assert found.stated == [
        StatedName("official", "nl", "B"),
        StatedName("former", "und", "C"),
        StatedName("former", "und", "D"),
        StatedName("official", "und", "E"),
    ]
    assert found.ids == {"P1448": ["E"]}
    assert list(found.names()) == ["A", "B", "C", "D", "E"]


def test_reads_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "my.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(
            '{"id": "Q1", "labels": {"en": "x"}, "ids": {"P1": "a", "P2": ["b", 3]}, "begin": 1}\n'
        )
    assert list(read_names(path, KINDS)) == [
        NameRecord("Q1", {"en": "x"}, begin=[1], ids={"P1": ["a"], "P2": ["b", "3"]})
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "name,x\na,b\n", "column “id”"),
        ("a.csv", "id,name\nQ1,a,b\n", "line 2: 3 cells"),
        ("a.csv", "id,name,begin\nQ1,a,soon\n", "line 2: “soon” is no year"),
        ("a.csv", "id,name\n,a\n", "line 2: the id is missing"),
        ("a.csv", "id,name:not a code\n", "no language code"),
        ("a.csv", 'id,name\nQ1,"a\n', "line"),
        ("a.csv", "", "column “id”"),
        ("a.jsonl", '{"id": "Q1"}\n{"id": 2}\n', "line 2"),
        ("a.jsonl", "no json\n", "line 1"),
        ("a.xml", "<a/>", "neither"),
    ],
)
def test_tells_what_is_wrong(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        list(read_names(path, KINDS))


def test_a_file_that_is_not_there_is_told_before_its_kind() -> None:
    with pytest.raises(InputError, match="There is no file"):
        list(read_names(Path("nowhere"), KINDS))


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    whole = gzip.compress(b'{"id": "Q1", "labels": {"en": "x"}}\n' * 1000)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read"):
        list(read_names(path, KINDS))
