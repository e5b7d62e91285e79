"""Requests as a CSV table, in and out."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from kgtool import spreadsheet
from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.partners import request as rules
from kgtool.partners.partner import link_url, one_of, qid
from kgtool.partners.request import Request, RequestEvent

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
    return spreadsheet.csv_text((NUMBER, *COLUMNS), map(_cells, requests))


def _cells(one: Request) -> list[object]:
    cells: list[object] = [one.id]
    for column in COLUMNS:
        value = getattr(one, column)
        if column in _LISTS:
            value = " ".join(sorted(value) if column == "published" else value)
        elif isinstance(value, datetime.datetime):
            value = value.date()
        cells.append(value)
    return cells


def from_csv(
    text: str, by: str, now: datetime.datetime, country: Callable[[str], str] = qid
) -> list[Request]:
    """Requests from a table, as new ones; columns in any order, title and description are needed.

    ``country`` gives the QID of a country as people name it.

    :raises InputError: the table is not right; names every wrong row, so that one pass mends all.
    """
    return spreadsheet.from_csv(
        text,
        COLUMNS,
        lambda cells: _request(cells, by, now, country),
        needed=_NEEDED,
        passed_over=(NUMBER,),
    )


def _request(
    cells: dict[str, str], by: str, now: datetime.datetime, country: Callable[[str], str]
) -> Request:
    for needed in _NEEDED:
        if not cells.get(needed):
            raise UsageError(Words("error-cell-empty", (needed,)))
    made = _moment(cells.get("made", ""), now)
    moved = _moment(cells.get("moved", ""), made)
    state = one_of(cells.get("state") or "new", rules.STATES)
    published = {one_of(word, rules.PUBLISHABLE) for word in cells.get("published", "").split()}
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
        kind=one_of(cells.get("kind") or "other", rules.KINDS),
        partner=qid(cells["partner"]) if cells.get("partner") else None,
        country=country(cells["country"]) if cells.get("country") else None,
        language=(cells.get("language") or "en")[:40],
        links=[link_url(word) for word in cells.get("links", "").split()],
        related=[rules.related(word) for word in cells.get("related", "").split()],
        priority=one_of(cells["priority"], rules.PRIORITIES) if cells.get("priority") else "",
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
        raise UsageError(Words("error-date", (text[:40],)), hint=Words("error-date-form")) from None
    return datetime.datetime.combine(day, datetime.time(12), datetime.UTC)
