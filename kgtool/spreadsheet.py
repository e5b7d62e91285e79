"""Tables as CSV (RFC 4180), such that no spreadsheet takes a cell for a formula, out and in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

from kgtool.errors import InputError, UsageError
from kgtool.messages.words import Words, listed, worded

T = TypeVar("T")

_PIECE = 500  # rows written at a time
_SHOWN = 20  # wrong rows named in one error
_formula = re.compile(r"[=+\-@\t\r\n＝＋－＠]")  # in the wide forms of East Asia too
_guarded = re.compile(rf"'{_formula.pattern}")


def harmless(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection); numbers stay."""
    return f"'{cell}" if isinstance(cell, str) and _formula.match(cell) else cell


def original(cell: str) -> str:
    """What :func:`harmless` was given."""
    return cell[1:] if _guarded.match(cell) else cell


def csv_pieces(
    columns: Sequence[str], rows: Iterable[Iterable[object]], end: str = "\r\n"
) -> Iterator[str]:
    """A table as pieces of text, for answers that are sent while they are made."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    for number, row in enumerate(chain([columns], rows)):
        writer.writerow(map(harmless, row))
        if number and number % _PIECE == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def csv_text(columns: Sequence[str], rows: Iterable[Iterable[object]], end: str = "\r\n") -> str:
    """A table as one text."""
    return "".join(csv_pieces(columns, rows, end))


def from_csv(
    text: str,
    columns: Sequence[str],
    take: Callable[[dict[str, str]], T],
    *,
    needed: Sequence[str],
    passed_over: Sequence[str] = (),
) -> list[T]:
    """What *take* makes of each row, given as column → text; columns may be in any order.

    :raises InputError: the table is not CSV, has other columns, lacks one that is *needed*, or
        *take* raised UsageError; names every wrong row, so that one pass mends all.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InputError(Words("error-line-csv", (str(reader.line_num), str(error)))) from None
    given = [(name or "").strip().lower() for name in reader.fieldnames or []]
    problems = [Words("error-no-column", (name,)) for name in needed if name not in given]
    problems += [
        Words("error-column-unknown", (name[:40],))
        for name in given
        if name not in columns and name not in passed_over
    ]
    if problems:
        raise InputError(
            Words("error-columns", (listed(problems),)),
            hint=Words("error-columns-are", (", ".join(columns),)),
        )
    found: list[T] = []
    wrong: list[Words] = []
    for line, row in enumerate(rows, start=2):
        cells = {
            (name or "").strip().lower(): original(cell).strip()
            for name, cell in row.items()
            if isinstance(cell, str)
        }
        try:
            found.append(take(cells))
        except UsageError as error:
            wrong.append(Words("error-row", (str(line), worded(error))))
    if wrong:
        shown = wrong[:_SHOWN]
        if len(wrong) > _SHOWN:
            shown.append(Words("error-more-rows", (len(wrong) - _SHOWN,)))
        whole = shown[0]
        for one in shown[1:]:
            whole = Words("words-lines", (whole, one))
        raise InputError(Words("error-rows-wrong", (whole,)))
    return found
