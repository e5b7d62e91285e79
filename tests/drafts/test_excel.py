"""Excel files as people make them by hand."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.packaging.relationship import Relationship
from openpyxl.workbook.external_link import ExternalLink
from openpyxl.workbook.external_link.external import ExternalBook

from kgtool.drafts import read_table
from kgtool.errors import InputError, UsageError


@pytest.fixture
def book() -> Workbook:
    """One sheet with the header a, b."""
    made = Workbook()
    sheet: Any = made.active
    sheet.append(["a", "b"])
    return made


def _rows(book: Workbook, folder: Path, name: str = "t.xlsx") -> list[dict[str, Any]]:
    book.save(folder / name)
    return [row.cells for row in read_table(folder / name)]


def _with_result(path: Path, formula: str, result: str) -> None:
    """Put the result of a formula beside it, as a spreadsheet program does when it saves."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    with_v = parts[name].replace(f"{formula}</f><v />".encode(), f"{formula}</f>{result}".encode())
    with_v = with_v.replace(f"{formula}</f><v/>".encode(), f"{formula}</f>{result}".encode())
    assert with_v != parts[name]
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, with_v if part == name else content)


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (datetime.date(1982, 3, 21), "yyyy-mm-dd", "1982-03-21"),
        (datetime.datetime(1982, 3, 21), "dd/mm/yyyy", "1982-03-21"),  # noqa: DTZ001 - as cells are
        (datetime.date(1982, 3, 1), "mmmm yyyy", "1982-03"),
        (datetime.date(1982, 1, 1), "yyyy", "1982"),
        (datetime.date(1982, 1, 1), '"anno" yyyy', "1982"),
        (12.5, "General", "12.5"),
        (0.1 + 0.2, "General", "0.3"),
        (1e-7, "General", "0.0000001"),
        (1500.0, "0.00", "1500"),
        (123456789012345, "General", "123456789012345"),
        (-3.25, "General", "-3.25"),
        (42, "00000", "00042"),
        (True, "General", "TRUE"),
        ("  text ", "General", "text"),
        ("007", "@", "007"),
        (None, "General", ""),
    ],
)
def test_a_cell_is_what_a_person_sees(
    value: object, format: str, text: str, book: Workbook, tmp_path: Path
) -> None:
    sheet: Any = book.active
    sheet.append(["1", value])
    sheet.cell(2, 2).number_format = format
    [row] = _rows(book, tmp_path)
    assert row.get("b", "") == text


def test_a_formula_counts_by_its_result(book: Workbook, tmp_path: Path) -> None:
    sheet: Any = book.active
    sheet.append(["1", "=A2+1"])
    book.save(tmp_path / "t.xlsx")
    _with_result(tmp_path / "t.xlsx", "A2+1", "<v>2</v>")
    assert [row.cells for row in read_table(tmp_path / "t.xlsx")] == [{"a": "1", "b": "2"}]


def test_a_formula_without_a_result_is_not_an_empty_cell(book: Workbook, tmp_path: Path) -> None:
    sheet: Any = book.active
    sheet.append(["1", "=A2+1"])
    book.save(tmp_path / "t.xlsx")
    _with_result(tmp_path / "t.xlsx", "A2+1", "")
    with pytest.raises(InputError, match="formulas have no result in the file: B2"):
        list(read_table(tmp_path / "t.xlsx"))


def test_an_error_in_a_cell_is_no_text(book: Workbook, tmp_path: Path) -> None:
    sheet: Any = book.active
    sheet.append(["1", "#N/A"])
    assert sheet["B2"].data_type == "e"
    with pytest.raises(InputError, match="Cell B2 has the error #N/A"):
        _rows(book, tmp_path)


def test_merged_cells_are_told(book: Workbook, tmp_path: Path) -> None:
    sheet: Any = book.active
    for n in range(4):
        sheet.append([n, "x"])
    sheet.merge_cells("B2:B4")
    with pytest.raises(InputError, match="Sheet “Sheet”: cells are merged: B2:B4"):
        _rows(book, tmp_path)


def test_hidden_rows_are_told_and_empty_ones_do_no_harm(book: Workbook, tmp_path: Path) -> None:
    sheet: Any = book.active
    for n in range(6):
        sheet.append([n, "x"])
    for n in (3, 4, 5, 6):
        sheet.row_dimensions[n].hidden = True
    with pytest.raises(InputError, match="rows are hidden: 3, 4, 5 and 1 more"):
        _rows(book, tmp_path)


def test_of_several_sheets_the_first_that_can_be_seen_counts(
    book: Workbook, tmp_path: Path
) -> None:
    sheet: Any = book.active
    sheet.append(["1", "hidden"])
    seen = book.create_sheet("Seen")
    seen.append(["a", "b"])
    seen.append(["1", "seen"])
    book.create_sheet("Notes").append(["not a table"])
    sheet.sheet_state = "hidden"
    assert _rows(book, tmp_path) == [{"a": "1", "b": "seen"}]


def test_rows_have_the_numbers_that_the_sheet_shows(book: Workbook, tmp_path: Path) -> None:
    sheet: Any = book.active
    sheet["A5"] = "1"
    book.save(tmp_path / "t.xlsx")
    assert [row.number for row in read_table(tmp_path / "t.xlsx")] == [5]


def test_macros_and_links_to_other_files_do_no_harm(book: Workbook, tmp_path: Path) -> None:
    sheet: Any = book.active
    sheet.append(["1", "=[1]Sheet1!A1"])
    link = ExternalLink(externalBook=ExternalBook())
    target = "file:///etc/passwd"
    made: Any = Relationship  # openpyxl has no types and no other way to make a link
    link.file_link = made(type="externalLinkPath", Target=target, TargetMode="External")
    links: list[Any] = vars(book)["_external_links"]
    links.append(link)
    book.save(tmp_path / "t.xlsm")
    with zipfile.ZipFile(tmp_path / "t.xlsm", "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Sub Auto_Open() ...")
    _with_result(tmp_path / "t.xlsm", "[1]Sheet1!A1", "<v>7</v>")
    assert [row.cells for row in read_table(tmp_path / "t.xlsm")] == [{"a": "1", "b": "7"}]


def test_older_and_encrypted_files_are_named(tmp_path: Path) -> None:
    old = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600
    (tmp_path / "t.xls").write_bytes(old)
    with pytest.raises(UsageError, match="older form") as raised:
        list(read_table(tmp_path / "t.xls"))
    assert "Save it as .xlsx" in str(raised.value.hint)
    (tmp_path / "t.xlsx").write_bytes(old)
    with pytest.raises(InputError, match="or one with a password"):
        list(read_table(tmp_path / "t.xlsx"))


def test_entities_in_a_sheet_are_refused(book: Workbook, tmp_path: Path) -> None:
    book.save(tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        for name, content in parts.items():
            bad = name == "xl/worksheets/sheet1.xml"
            archive.writestr(name, bomb + sheet if bad else content)
    with pytest.raises(InputError, match="not an Excel file"):
        list(read_table(tmp_path / "t.xlsx"))
