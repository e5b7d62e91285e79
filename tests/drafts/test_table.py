"""Tables in every form give the same rows."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from openpyxl import Workbook

from kgtool.drafts import read_table
from kgtool.errors import InputError, NotFound, UsageError

CELLS = [{"id": "1", "name": "Åsa; “x”", "year": "1479"}, {"id": "2", "name": "", "year": "1500"}]


def _write(folder: Path, kind: str) -> Path:
    path = folder / f"table.{kind}"
    match kind:
        case "csv":
            text = 'id,name,year\n1,"Åsa; “x”",1479\n\n2,,1500\n'
        case "semicolon.csv":
            text = 'id;name;year\n1;"Åsa; “x”";1479\n2;;1500\n'
        case "tsv":
            text = "id\tname\tyear\n1\tÅsa; “x”\t1479\n2\t\t1500\n"
        case "jsonl":
            text = '{"id": 1, "name": "Åsa; “x”", "year": 1479}\n{"id":2,"name":null,"year":1500}\n'
        case "csv.gz":
            path.write_bytes(gzip.compress(_write(folder, "csv").read_bytes()))
            return path
        case _:
            book = Workbook()
            sheet = book.active
            assert sheet is not None
            sheet.append(["id", "name", "year"])
            sheet.append([1, "Åsa; “x”", 1479])
            sheet.append([2, None, 1500.0])
            book.save(path)
            return path
    path.write_text(("\ufeff" if kind == "csv" else "") + text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["csv", "semicolon.csv", "csv.gz", "tsv", "jsonl", "xlsx"])
def test_rows_are_the_same_in_every_form(kind: str, tmp_path: Path) -> None:
    assert [row.cells for row in read_table(_write(tmp_path, kind))] == CELLS


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"id,name\n1\n", "Line 2 has 1 cells, the header 2"),
        ("a.csv", b"id,id\n1,2\n", "twice"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"id\n\xff\n", "cannot be read"),
        ("a.jsonl", b'{"id": 1}\n[]\n', "Line 2"),
        ("a.jsonl", b"{\n", "Line 1"),
        ("a.xlsx", b"no", "Excel"),
        ("a.xml", b"<a/>", "LIDO"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "safe"),
        ("a.csv.gz", b"no", "cannot be read"),
    ],
)
def test_a_broken_file_is_told_with_the_place(
    name: str, content: bytes, told: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=told):
        list(read_table(path))


def test_a_file_that_is_not_there_or_not_a_table(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        list(read_table(tmp_path / "none.csv"))
    (tmp_path / "a.pdf").touch()
    with pytest.raises(UsageError, match="pdf"):
        list(read_table(tmp_path / "a.pdf"))


def test_real_lido_records_are_rows(shared: Path) -> None:
    rows = list(read_table(shared / "partners" / "nationalmuseum_lido_sample.xml.gz"))
    assert len(rows) == 304
    first = rows[0].cells
    assert first["inventory_number"] == "NMGrh 11" and first["record_id"] == "14680"
    assert first["title_sv"] == "Maria Elisabet, prinsessa av Holstein-Gottorp"
    assert (first["width"], first["height"], first["width_unit"]) == ("121", "140", "cm")
    assert first["creator"] == "David Klöcker Ehrenstrahl" and first["creator_id"] == "10611"
    assert first["attribution"] == "Tillskriven"
