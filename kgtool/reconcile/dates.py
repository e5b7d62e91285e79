"""Dates as people write them in a column, compared no finer than either side knows them."""

from __future__ import annotations

import re
from typing import NamedTuple

_DATE = re.compile(r"^\s*([+-]?)(\d{1,6})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:T.*)?\s*$")
_DAY_FIRST = re.compile(r"^\s*(\d{1,2})[./](\d{1,2})[./](\d{3,4})\s*$")
_VAGUE = re.compile(r"^\s*(\d{1,3})(X{1,3})\s*$", re.IGNORECASE)
_WORDED = re.compile(r"(?<!\d)(\d{3,4})(?!\d)")


class Date(NamedTuple):
    """A date; ``month`` and ``day`` are 0 where not known, ``span`` how many years it may mean."""

    year: int
    month: int = 0
    day: int = 0
    span: int = 1


def parse_date(text: str, *, worded: bool = True) -> Date | None:
    """A date in ISO 8601, Wikibase or EDTF form, ``14.11.1840``, or with a year among words.

    :param worded: whether other words may stand there; an inventory number is no date.

    >>> parse_date("1840-11-14T00:00:00Z")
    Date(year=1840, month=11, day=14, span=1)
    >>> parse_date("c. 1840"), parse_date("18XX")
    (Date(year=1840, month=0, day=0, span=1), Date(year=1800, month=0, day=0, span=100))
    """
    if found := _DATE.match(text):
        sign = -1 if found[1] == "-" else 1
        month, day = int(found[3] or 0), int(found[4] or 0)
        if month > 12 or day > 31:
            return None
        return Date(sign * int(found[2]), month, day if month else 0)
    if found := _DAY_FIRST.match(text):
        day, month = int(found[1]), int(found[2])
        return Date(int(found[3]), month, day) if month <= 12 and day <= 31 else None
    if found := _VAGUE.match(text):
        span = 10 ** len(found[2])
        return Date(int(found[1]) * span, span=span)
    years = _WORDED.findall(text) if worded else []
    return Date(int(years[0])) if len(years) == 1 else None


def same_date(first: Date, second: Date) -> bool:
    """Whether both may mean the same day, as far as both say."""
    if not (first.year - second.span < second.year < first.year + first.span):
        return False
    if first.span > 1 or second.span > 1 or not (first.month and second.month):
        return True
    if first.month != second.month:
        return False
    return not (first.day and second.day) or first.day == second.day
