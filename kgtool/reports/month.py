"""The month: what opened and closed, who came, what was asked and written. Facts only, no words."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from msgspec import Struct

from kgtool.coverage.trends import Move, Span
from kgtool.errors import UsageError
from kgtool.messages.words import Words


class Period(Struct, frozen=True):
    """One calendar month in UTC: from ``begin`` up to, but without, ``end``."""

    begin: datetime.datetime
    end: datetime.datetime

    def has(self, moment: datetime.datetime) -> bool:
        """Whether a moment lies in it."""
        return self.begin <= moment < self.end


class Selected(Struct, frozen=True):
    """What a month brought to one partner or selection.

    ``since`` is when the state that it is compared with was recorded; none where fewer than two
    states are known, and then nothing can be said of what moved. ``moved`` is by measure.
    """

    id: str
    items: int | None
    since: datetime.datetime | None
    until: datetime.datetime | None
    new_items: int = 0
    closed: int = 0
    opened: int = 0
    moved: dict[str, Move] = {}


class WrittenBatch(Struct, frozen=True):
    """What one batch wrote in the month: edits, and the items among them that were made."""

    id: str
    title: str
    edits: int
    created: int
    undone: int


class Named(Struct, frozen=True):
    """A partner or a request: its id and what it is called."""

    id: str
    name: str


class Handled(Struct, frozen=True):
    """The helpdesk's month: what is public of it, or all for coordinators."""

    new: int = 0
    moved: int = 0
    done: int = 0
    published: list[Named] = []


class Month(Struct, frozen=True):
    """The report; the overall figures count each item, and each gap of an item, once.

    Unless it tells ``everything``, only what is public is in it.
    """

    period: Period
    as_of: datetime.datetime
    selected: list[Selected]
    new_items: int
    closed: int
    opened: int
    new_partners: list[Named]
    requests: Handled
    batches: list[WrittenBatch] | None  # not told where the report is of some selections only
    everything: bool = False


def period(month: str) -> Period:
    """The month that ``YYYY-MM`` names.

    :raises UsageError: it names none.
    """
    try:
        begin = datetime.datetime.strptime(month, "%Y-%m").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise UsageError(
            Words("error-not-month", (month[:40],)), hint=Words("error-for-example", ("2026-10",))
        ) from None
    later = (begin + datetime.timedelta(days=32)).replace(day=1)
    return Period(begin, later)


def selected(id: str, span: Span | None) -> Selected:
    """What a span of recorded states says of a selection."""
    if span is None:
        return Selected(id, None, None, None)
    if span.began == span.ended:
        return Selected(id, span.items, None, span.ended)
    return Selected(
        id=id,
        items=span.items,
        since=span.began,
        until=span.ended,
        new_items=len(span.arrived),
        closed=sum(len(move.closed) for move in span.moved.values()),
        opened=sum(len(move.opened) for move in span.moved.values()),
        moved=span.moved,
    )


def overall(spans: Iterable[Span | None], parts: Iterable[Selected]) -> tuple[int, int, int]:
    """Distinct new items, gaps closed and gaps opened: an item may be in several selections."""
    new: set[int] = set()
    for span in spans:
        if span is not None and span.began != span.ended:
            new |= set(span.arrived)
    closed: set[tuple[str, int]] = set()
    opened: set[tuple[str, int]] = set()
    for part in parts:
        for measure, move in part.moved.items():
            closed |= {(measure, item) for item in move.closed}
            opened |= {(measure, item) for item in move.opened}
    return len(new), len(closed), len(opened)
