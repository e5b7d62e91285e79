"""Workbooks that would run or fetch something: nothing is run, nothing is fetched, no file read."""

from __future__ import annotations

import io
import re
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from kgtool.drafts import read_table
from kgtool.errors import InputError

SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


def workbook(**changed: Callable[[bytes], bytes]) -> bytes:
    """A table of one row, with parts of its archive changed or added."""
    book, made, out = Workbook(), io.BytesIO(), io.BytesIO()
    for row in (["number", "title"], ["KG-1", "One"]):
        book.worksheets[0].append(row)
    book.save(made)
    with zipfile.ZipFile(made) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            after.writestr(name, changed.pop(name, bytes)(before.read(name)))
        for name, make in changed.items():
            after.writestr(name, make(b""))
    return out.getvalue()


def with_entities(declared: str, used: str) -> Callable[[bytes], bytes]:
    """A part whose first text comes from entities."""

    def change(part: bytes) -> bytes:
        text = re.sub(
            r"<(worksheet|sst)\b", rf"<!DOCTYPE x [{declared}]><\1", part.decode(), count=1
        )
        return re.sub(r">(One|KG-1)<", f">{used}<", text).encode()

    return change


def with_formulas(address: str) -> Callable[[bytes], bytes]:
    """Cells with a DDE call, a fetched value and a link to another workbook."""
    cells = [
        '<c r="A2" t="str"><f>cmd|\'/c calc\'!A0</f><v>KG-1</v></c>',
        f'<c r="B2" t="str"><f>WEBSERVICE("{address}")&amp;[1]Sheet1!A1</f><v>One</v></c>',
    ]
    row = f'<row r="2">{"".join(cells)}</row>'

    def change(part: bytes) -> bytes:
        head, found, rest = part.partition(b'<row r="2"')
        assert found
        return head + row.encode() + rest.partition(b"</row>")[2]

    return change


def link_to(address: str) -> Callable[[bytes], bytes]:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath"
    told = f'<Relationship Id="rId1" Type="{kind}" Target="{address}" TargetMode="External"/>'
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return lambda _: f'<Relationships xmlns="{space}">{told}</Relationships>'.encode()


@pytest.mark.parametrize(
    "kind", ["entities", "shared entities", "laughs", "formulas", "external link", "macros"]
)
def test_nothing_is_run_fetched_or_read(tmp_path: Path, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/x"
        outside = f'<!ENTITY e SYSTEM "{address}"><!ENTITY f SYSTEM "file:///etc/passwd">'
        entities = with_entities(outside, "&amp;e;&e;&f;")
        parts: dict[str, dict[str, Callable[[bytes], bytes]]] = {
            "entities": {SHEET: entities},
            "shared entities": {"xl/sharedStrings.xml": entities},
            "laughs": {SHEET: with_entities(LAUGHS, "&l9;")},
            "formulas": {SHEET: with_formulas(address)},
            "external link": {"xl/externalLinks/_rels/externalLink1.xml.rels": link_to(address)},
            "macros": {"xl/vbaProject.bin": lambda _: b'Sub Auto_Open()\nShell "calc"\nEnd Sub'},
        }
        path = tmp_path / "table.xlsx"
        path.write_bytes(workbook(**parts[kind]))
        try:
            told = repr([row.cells for row in read_table(path)])
        except InputError as error:
            told = str(error)
            assert kind in ("entities", "shared entities", "laughs")
        assert "root:" not in told and "haha" not in told
        if kind in ("formulas", "external link", "macros"):
            assert told == "[{'number': 'KG-1', 'title': 'One'}]", "what the cells show is read"
        with pytest.raises(BlockingIOError):
            listening.accept()  # nobody came


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="999999999"><c r="A999999999"><v>1</v></c></row>',
        "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 2000)),
    ],
    ids=["far down", "far to the right"],
)
def test_a_small_file_of_a_vast_sheet_is_refused(tmp_path: Path, cells: str) -> None:
    path = tmp_path / "vast.xlsx"
    end = b"</sheetData>"
    path.write_bytes(workbook(**{SHEET: lambda part: part.replace(end, cells.encode() + end)}))
    with pytest.raises(InputError, match="larger than is read"):
        list(read_table(path))


def test_a_text_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "torn.xlsx"
    cell = b'<row r="3"><c r="A3" t="s"><v>99</v></c></row></sheetData>'
    path.write_bytes(workbook(**{SHEET: lambda part: part.replace(b"</sheetData>", cell)}))
    with pytest.raises(InputError, match="not an Excel file"):
        list(read_table(path))
