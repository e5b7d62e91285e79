"""Excel files → rows of texts: what a person sees in the first visible sheet, and nothing else.

What a person sees and a file does not say is refused with its place: merged cells, hidden rows,
formulas whose result was not saved. Macros and links to other files are never followed.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any
from zipfile import BadZipFile

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from kgtool.errors import InputError
from kgtool.messages.words import Words

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.read_only import ReadOnlyCell

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # Compound File Binary: Excel 97-2003, or encrypted
_DIGITS = 15  # that Excel shows and keeps of a number
_SHOWN = 3  # places that are named
_MOST_ROWS = 1 << 20  # of a sheet of Excel
_MOST_CELLS = 20_000_000  # those without a value included, up to the last one of each row
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def excel_rows(file: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """(number, texts) of every row that has any, the header among them.

    Dates come as exact as the cell shows them (1882, 1882-03, 1882-03-21), numbers with the fifteen
    digits that Excel keeps, whole ones with the zeros that their format puts before them.

    :raises InputError: it is no such file, or a sheet holds what is not what it shows; says where.
    """
    from openpyxl import load_workbook

    if file.read(len(_OLE)) == _OLE:
        raise InputError(
            Words("error-excel-locked"),
            hint=Words("error-save-unlocked"),
        )
    file.seek(0)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        yield from _rows(book)
    except (
        *(BadZipFile, ParseError, DefusedXmlException),
        *(KeyError, IndexError, ValueError, OSError),
    ) as error:
        raise InputError(Words("error-this-not-excel", (str(error),))) from None


def _rows(book: Workbook) -> Iterator[tuple[int, list[str]]]:
    sheet: Any = next((s for s in book.worksheets if s.sheet_state == "visible"), None)
    if sheet is None:
        raise InputError(Words("error-no-sheet"))
    # openpyxl reads cells as a stream only without what stands around them.
    with sheet._get_source() as source:
        _check(source, sheet.title)
    sheet.reset_dimensions()  # some programs state them wrongly
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [_text(cell) for cell in cells]
        if any(texts):
            yield number, texts
    book.close()


def _check(source: IO[bytes], title: str) -> None:
    """Refuse a sheet of which a person sees something else than its cells hold."""
    merged: list[str] = []
    hidden: list[str] = []
    empty: list[str] = []
    row = cells = 0
    for _, element in iterparse(source):
        match element.tag.rpartition("}")[2]:
            case "mergeCell":
                merged.append(element.get("ref", ""))
            case "c":
                inside = {child.tag.rpartition("}")[2] for child in element}
                if "f" in inside and not inside & {"v", "is"}:
                    empty.append(element.get("r", ""))
            case "row":
                row = int(element.get("r", row + 1))
                cells += _width(element[-1].get("r", "")) if len(element) else 0
                if row > _MOST_ROWS or cells > _MOST_CELLS:
                    raise InputError(
                        Words("error-sheet-large", (title, str(row))),
                        hint=Words("error-delete-far"),
                    )
                if element.get("hidden") in ("1", "true") and len(element):
                    hidden.append(element.get("r", ""))
                element.clear()
    for places, problem, hint in (
        (merged, "error-sheet-merged", "error-unmerge"),
        (hidden, "error-sheet-hidden", "error-unhide"),
        (empty, "error-sheet-formulas", "error-recalculate"),
    ):
        if places:
            shown: str | Words = ", ".join(places[:_SHOWN])
            if len(places) > _SHOWN:
                shown = Words("error-and-more", (shown, len(places) - _SHOWN))
            raise InputError(Words(problem, (title, shown)), hint=Words(hint))


def _width(place: str) -> int:
    """The number of the column of a cell that is called so: ``AB7`` is in the 28th."""
    from openpyxl.utils import column_index_from_string

    letters = place.rstrip("0123456789")
    return column_index_from_string(letters) if letters else 0


def _text(cell: ReadOnlyCell) -> str:
    match value := cell.value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case datetime.datetime():
            return _date(value, cell.number_format)
        case int() | float():
            return _number(value, cell.number_format)
    if cell.data_type == "e":
        raise InputError(
            Words("error-cell-error", (cell.coordinate, str(value))),
            hint=Words("error-mend-formula"),
        )
    return str(value).strip()


def _date(value: datetime.datetime, format: str) -> str:
    """As exact as it is shown: a format without days or months states none."""
    signs = _QUOTED.sub("", format).lower()
    if value.time() != datetime.time() and "h" in signs:
        return value.isoformat()
    if "d" in signs or "y" not in signs:
        return value.date().isoformat()
    return f"{value.year:04d}-{value.month:02d}" if "m" in signs else f"{value.year:04d}"


def _number(value: float, format: str) -> str:
    text = _decimal(value) if isinstance(value, float) else str(value)
    return text.zfill(len(format)) if re.fullmatch("0+", format) and text.isdecimal() else text


def _decimal(number: float) -> str:
    """A number with the digits that Excel keeps, without an exponent: ``0.3``, not ``0.30…04``."""
    exact = Decimal(f"{number:.{_DIGITS}g}")
    return f"{exact:f}" if exact != exact.to_integral_value() else str(int(exact))
