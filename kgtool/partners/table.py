"""Partners as a CSV table, in and out."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterable, Sequence

from kgtool.errors import InputError, UsageError
from kgtool.partners.partner import KINDS, Link, Partner, link_url, published, qid, status

COLUMNS = ("qid", "name", "kind", "status", "country", "affiliate", "summary", "links", "published")
COUNTED = ("size", "size_counted", "size_source", "items")  # written, and passed over when read
_NEEDED = ("qid", "name")


def to_csv(
    partners: Iterable[Partner], counts: Callable[[Partner], Sequence[object]] = lambda one: ()
) -> str:
    """A table of partners with the columns of ``COLUMNS`` and ``COUNTED``; without contacts.

    ``counts`` gives the cells of ``COUNTED``, from the workspace.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *COUNTED])
    for one in partners:
        row = [
            one.qid,
            one.name,
            one.kind,
            one.status,
            one.country or "",
            one.affiliate,
            one.summary,
            " ".join(link.url for link in one.links),
            " ".join(sorted(one.published)),
        ]
        cells = ["" if cell is None else str(cell) for cell in counts(one)]
        cells += [""] * (len(COUNTED) - len(cells))
        writer.writerow([harmless(cell) for cell in (*row, *cells)])
    return out.getvalue()


def from_csv(text: str, now: datetime.datetime) -> list[Partner]:
    """Partners from a table; columns in any order, ``qid`` and ``name`` are needed.

    What a row leaves empty is ``prospect``, ``other`` or nothing.

    :raises InputError: the table is not right; names every wrong row, so that one pass mends all.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InputError(f"Line {reader.line_num} is not CSV: {error}.") from None
    columns = [(name or "").strip().lower() for name in reader.fieldnames or []]
    unknown = [name for name in columns if name not in (*COLUMNS, *COUNTED)]
    lacking = [name for name in _NEEDED if name not in columns]
    if unknown or lacking:
        problems = [f"there is no column “{name}”" for name in lacking]
        problems += [f"the column “{name[:40]}” is not known" for name in unknown]
        raise InputError(
            f"The table cannot be read: {', '.join(problems)}.",
            hint=f"Columns: {', '.join(COLUMNS)}.",
        )
    found: dict[str, Partner] = {}
    wrong: list[str] = []
    for line, row in enumerate(rows, start=2):
        cells = {
            (k or "").strip().lower(): original(v).strip()
            for k, v in row.items()
            if isinstance(v, str)
        }
        try:
            one = _partner(cells, now)
            if one.qid in found:
                raise UsageError(f"{one.qid} stands in the table twice.")
            found[one.qid] = one
        except UsageError as error:
            wrong.append(f"row {line}: {error.message}")
    if wrong:
        more = f"\n… and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise InputError(
            "Nothing was taken in, because some rows are not right:\n"
            + "\n".join(wrong[:20])
            + more
        )
    return list(found.values())


def _partner(cells: dict[str, str], now: datetime.datetime) -> Partner:
    if not cells.get("name"):
        raise UsageError("The name is empty.")
    return Partner(
        qid=qid(cells["qid"]),
        name=cells["name"][:250],
        kind=cells.get("kind", "").lower()[:40] or KINDS[-1],
        status=status(cells.get("status", "") or "prospect"),
        country=qid(cells["country"]) if cells.get("country") else None,
        affiliate=cells.get("affiliate", "")[:120],
        summary=cells.get("summary", ""),
        links=[
            Link(re.sub(r"^https?://", "", url)[:250], link_url(url))
            for url in cells.get("links", "").split()
        ],
        published=published(cells.get("published", "").split()),
        updated=now,
    )


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def original(cell: str) -> str:
    """What :func:`harmless` was given."""
    return cell[1:] if re.match(r"'[=+\-@\t\r]", cell) else cell
