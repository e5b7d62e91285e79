"""Requests as a CSV table, in and out."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable

from msgspec.structs import replace

from kgtool.errors import InputError, UsageError
from kgtool.partners import request as rules
from kgtool.partners.partner import link_url, one_of, qid
from kgtool.partners.request import Request, RequestEvent
from kgtool.partners.table import harmless, original

COLUMNS = (
    *("title", "description", "state", "kind", "material", "outcome", "justification"),
    *("community", "partner", "country", "language", "links", "related", "priority", "advice"),
    *("result", "made", "moved", "meeting", "published"),
)
NUMBER = "id"  # written, and passed over when read
_LISTS = ("links", "related", "published")
_NEEDED = ("title", "description")


def to_csv(requests: Iterable[Request]) -> str:
    """A table of requests; without contacts, comments and names of people."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([NUMBER, *COLUMNS])
    for one in requests:
        cells = [str(one.id)]
        for column in COLUMNS:
            value = getattr(one, column)
            if column in _LISTS:
                value = " ".join(sorted(value) if column == "published" else value)
            elif isinstance(value, datetime.datetime):
                value = value.date()
            cells.append("" if value is None else str(value))
        writer.writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def from_csv(text: str, by: str, now: datetime.datetime) -> list[Request]:
    """Requests from a table, as new ones; columns in any order, title and description are needed.

    :raises InputError: the table is not right; names every wrong row, so that one pass mends all.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InputError(f"Line {reader.line_num} is not CSV: {error}.") from None
    columns = [(name or "").strip().lower() for name in reader.fieldnames or []]
    problems = [f"there is no column “{name}”" for name in _NEEDED if name not in columns]
    problems += [
        f"the column “{name[:40]}” is not known"
        for name in columns
        if name not in (NUMBER, *COLUMNS)
    ]
    if problems:
        raise InputError(
            f"The table cannot be read: {', '.join(problems)}.",
            hint=f"Columns: {', '.join(COLUMNS)}.",
        )
    found, wrong = [], []
    for line, row in enumerate(rows, start=2):
        cells = {
            (name or "").strip().lower(): original(cell).strip()
            for name, cell in row.items()
            if isinstance(cell, str)
        }
        try:
            found.append(_request(cells, by, now))
        except UsageError as error:
            wrong.append(f"row {line}: {error.message}")
    if wrong:
        more = f"\n… and {len(wrong) - 20} more" if len(wrong) > 20 else ""
        raise InputError(
            "Nothing was taken in, because some rows are not right:\n"
            + "\n".join(wrong[:20])
            + more
        )
    return found


def _request(cells: dict[str, str], by: str, now: datetime.datetime) -> Request:
    for needed in _NEEDED:
        if not cells.get(needed):
            raise UsageError(f"The {needed} is empty.")
    made = _moment(cells.get("made", ""), now)
    moved = _moment(cells.get("moved", ""), made)
    state = one_of("state", cells.get("state") or "new", rules.STATES)
    published = {
        one_of("publishable field", word, rules.PUBLISHABLE)
        for word in cells.get("published", "").split()
    }
    events = [RequestEvent(made, by, "moved", "new")]
    if state != "new":
        events.append(RequestEvent(moved, by, "moved", state))
    texts = ("material", "outcome", "justification", "community", "advice", "result")
    one = Request(
        title=cells["title"],
        description=cells["description"],
        made=made,
        moved=moved,
        state=state,
        kind=one_of("kind", cells.get("kind") or "other", rules.KINDS),
        partner=qid(cells["partner"]) if cells.get("partner") else None,
        country=qid(cells["country"]) if cells.get("country") else None,
        language=(cells.get("language") or "en")[:40],
        links=[link_url(word) for word in cells.get("links", "").split()],
        related=[rules.related(word) for word in cells.get("related", "").split()],
        priority=one_of("priority", cells["priority"], rules.PRIORITIES)
        if cells.get("priority")
        else "",
        meeting=_moment(cells["meeting"], now).date() if cells.get("meeting") else None,
        replied=state != "new",
        published=frozenset(published | {"listed"} if published else published),
        events=events,
    )
    one = replace(one, **{name: cells.get(name, "") for name in texts})
    rules.bounded(one)
    return one


def _moment(text: str, default: datetime.datetime) -> datetime.datetime:
    if not text:
        return default
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"“{text[:40]}” is not a date.", hint="Write it as 2026-10-31.") from None
    return datetime.datetime.combine(day, datetime.time(12), datetime.UTC)
