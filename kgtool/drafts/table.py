"""Tables as partners send them → rows: CSV, TSV, Excel, JSON lines and LIDO."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from kgtool.drafts.excel import excel_rows
from kgtool.drafts.lido import lido_rows
from kgtool.errors import InputError, MappingError, NotFound, UsageError
from kgtool.messages.words import Words

if TYPE_CHECKING:
    from _csv import Reader

    from kgtool.drafts.rules import Mapping

    _File: TypeAlias = io.BufferedReader[Any]

Cell: TypeAlias = str | list[str]

csv.field_size_limit(10_000_000)


class Row(msgspec.Struct, frozen=True):
    """One row; ``number`` is the line, row or record in the file, counted from 1."""

    number: int
    cells: dict[str, Cell]

    def text(self, column: str) -> str:
        """The cell as one text; a list is joined by bars."""
        cell = self.cells.get(column, "")
        return "|".join(cell) if isinstance(cell, list) else cell


def read_table(path: Path) -> Iterator[Row]:
    """Rows of a file, one by one; what it is shows in its name (``.gz`` may follow).

    :raises NotFound: there is no such file.
    :raises UsageError: the name does not say what it is.
    :raises InputError: the file is broken; says in which row.
    """
    if not path.is_file():
        raise NotFound(Words("error-no-file-at", (str(path),)))
    packed = path.name.lower().endswith(".gz")
    kind = Path(path.name[:-3] if packed else path.name).suffix.lower()
    readers = {
        ".csv": _csv,
        ".tsv": _tsv,
        ".tab": _tsv,
        ".xlsx": _excel,
        ".xlsm": _excel,
        ".jsonl": _json_lines,
        ".ndjson": _json_lines,
        ".xml": _lido,
    }
    if kind == ".xls":
        raise UsageError(Words("error-excel-old", (path.name,)), hint=Words("error-save-xlsx-csv"))
    if kind not in readers:
        given = (path.name, ", ".join(readers))
        raise UsageError(
            Words("error-table-kind", (*given, kind))
            if kind
            else Words("error-table-nameless", given)
        )
    try:
        with (
            gzip.open(path) if packed else path.open("rb", buffering=0) as raw,
            io.BufferedReader(raw) as file,
        ):
            yield from readers[kind](file)
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise InputError(Words("error-unread-file", (path.name, str(error)))) from None


def read_lookups(mapping: Mapping, folder: Path) -> dict[str, dict[str, str]]:
    """A mapping's second tables, by name, from files in ``folder``: texts → what they mean.

    :raises MappingError: one is not there.
    """
    found = {}
    for name, rule in mapping.lookups.items():
        path = folder / rule.file
        if not path.is_file():
            raise MappingError(
                f"lookups.{name}.file",
                Words("error-none-beside", (rule.file,)),
                hint=Words("error-put-into", (str(folder),)),
            )
        found[name] = {row.text(rule.key): row.text(rule.value) for row in read_table(path)}
    return found


def _csv(file: _File) -> Iterator[Row]:
    first = file.peek(4096).split(b"\n")[0]
    # Spreadsheets of many countries write semicolons; the header tells.
    delimiter = ";" if first.count(b";") > first.count(b",") else ","
    yield from _delimited(file, delimiter)


def _tsv(file: _File) -> Iterator[Row]:
    yield from _delimited(file, "\t")


def _delimited(file: _File, delimiter: str) -> Iterator[Row]:
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            yield from _records(reader)
        except csv.Error as error:
            raise InputError(Words("error-line-said", (str(reader.line_num), str(error)))) from None


def _records(reader: Reader) -> Iterator[Row]:
    header = next(reader, None)
    if header is None:
        raise InputError(Words("error-table-bare"))
    _check_header(header)
    for cells in reader:
        if not any(cells):
            continue
        if len(cells) != len(header):
            raise InputError(Words("error-cells", (str(reader.line_num), len(cells), len(header))))
        yield Row(reader.line_num, dict(zip(header, cells, strict=True)))


def _check_header(header: list[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1 and name})
    if twice:
        raise InputError(Words("error-header-twice", (", ".join(twice),)))


def _excel(file: _File) -> Iterator[Row]:
    header: list[str] = []
    for number, texts in excel_rows(file):
        if not header:
            header = texts
            _check_header(header)
            continue
        yield Row(number, {name: t for name, t in zip(header, texts, strict=False) if name})
    if not header:
        raise InputError(Words("error-sheet-bare"))


def _json_lines(file: _File) -> Iterator[Row]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            raw = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(Words("error-line-json", (str(number), str(error)))) from None
        if not isinstance(raw, dict):
            raise InputError(Words("error-line-object", (str(number),)))
        yield Row(number, {str(name): _json_cell(cell) for name, cell in raw.items()})


def _json_cell(cell: object) -> Cell:
    if cell is None:
        return ""
    if isinstance(cell, list):
        return [str(one) for one in cell if one is not None]
    return str(cell)


def _lido(file: _File) -> Iterator[Row]:
    for number, cells in enumerate(lido_rows(file), start=1):
        yield Row(number, cells)
