"""Dates as people write them → Wikibase times with precision and calendar."""

from __future__ import annotations

import calendar
import re
from functools import lru_cache
from typing import Literal, NamedTuple

from kgtool.drafts.words import Unreadable
from kgtool.entities import Time

Calendar = Literal["auto", "gregorian", "julian"]

GREGORIAN = "http://www.wikidata.org/entity/Q1985727"
JULIAN = "http://www.wikidata.org/entity/Q1985786"

DAY, MONTH, YEAR, DECADE, CENTURY, MILLENNIUM = 11, 10, 9, 8, 7, 6

_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name} | {
    name.lower(): n for n, name in enumerate(calendar.month_abbr) if name
}
_CIRCA = re.compile(
    r"^(?:circa|ca\.?|c\.?|about|around|approximately|etwa|um|omkring|cirka|vers|environ|hacia)\s*(?=\d)",
    re.I,
)
_ERA = re.compile(r"\s*\b(BCE?|B\.C\.(?:E\.)?|CE|AD|A\.D\.)$", re.I)
_WIKIBASE = re.compile(
    r"^([+-])0*(\d{1,16})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z(?:/(\d{1,2}))?(/J)?$"
)
_ISO = re.compile(r"^(-?)(\d{1,6})(?:-(\d\d)(?:-(\d\d))?)?$")
_DAY_FIRST = re.compile(r"^(\d{1,2})\.?\s+([A-Za-z]{3,9})\.?,?\s+(\d{1,4})$")
_MONTH_FIRST = re.compile(r"^([A-Za-z]{3,9})\.?\s+(?:(\d{1,2}),?\s+)?(\d{1,4})$")
_DECADE = re.compile(r"^(\d{1,3}0)s$")
_CENTURY = re.compile(r"^(\d{1,2})(?:st|nd|rd|th|\.)\s*(?:c\.?|cent\.?|century)$", re.I)


class Parsed(NamedTuple):
    """A time, and whether the text called it approximate (“circa”)."""

    time: Time
    circa: bool


class Span(NamedTuple):
    """From one time to another: ``value`` covers both, or is ``None`` where no precision does."""

    value: Time | None
    earliest: Time
    latest: Time


@lru_cache(maxsize=4096)
def parse_date(text: str, calendar: Calendar = "auto") -> Parsed:
    """One date.

    Understands ``1479``, ``1479-03``, ``1479-03-21``, ``21 March 1479``, ``March 21, 1479``,
    ``March 1479``, ``1470s``, ``15th century``, ``44 BC``, ``-0044``, ``circa 1479`` and the form
    of QuickStatements, ``+1479-00-00T00:00:00Z/9`` (``/J`` for Julian). Forms like ``03/04/1479``
    are refused: they mean two things. Precision is what the text states.

    *auto* takes the Julian calendar for what is before 15 October 1582, whole years through 1582
    included, as Wikibase's own parser does, else the Gregorian.

    :raises Unreadable: no date is in the text, or one that does not exist.
    """
    text = " ".join(text.split()).rstrip(".")
    wikibase = _WIKIBASE.match(text)
    if wikibase:
        return Parsed(_from_wikibase(wikibase, text, calendar), False)
    body, circa = without_circa(text)
    era = _ERA.search(body)
    negative = bool(era and era.group(1).upper().startswith("B"))
    body = _ERA.sub("", body)
    year, month, day, precision = _parts(body, text)
    if body.startswith("-"):
        negative = True
    if year == 0:
        raise Unreadable("no-year-0", text)
    return Parsed(_time(-year if negative else year, month, day, precision, calendar, text), circa)


def without_circa(text: str) -> tuple[str, bool]:
    """The text without *circa* before it, and whether that stood there."""
    body = _CIRCA.sub("", text)
    return body, body != text


def parse_span(earliest: str, latest: str, calendar: Calendar = "auto") -> Span:
    """A span from two dates, for example ``1400^1499``.

    The value is the smallest of year, decade, century and millennium that has both in it (a century
    is let begin with its round year: 1400 to 1499 and 1400 to 1500 are the 15th, as catalogues mean
    it), else
    ``None``, which is written as *unknown value* with its limits.

    :raises Unreadable: one is no date, or the first is after the second.
    """
    first, last = parse_date(earliest, calendar).time, parse_date(latest, calendar).time
    if order(first) > order(last):
        raise Unreadable("span-order", earliest, latest)
    if first == last:
        return Span(first, first, last)
    begin, end = year_of(first), year_of(last)
    if begin < 0:
        return Span(None, first, last)
    value = None
    for precision, size in ((DECADE, 10), (CENTURY, 100), (MILLENNIUM, 1000)):
        # A decade is named by its first year, a century by its last: the 15th is +1500.
        last_year = end if precision == DECADE else end - 1
        if begin // size != last_year // size:
            continue
        named = begin // size * size + (0 if precision == DECADE else size)
        value = Time(_iso(named, 0, 0), precision, _model(named, 0, 0, precision, calendar))
        break
    return Span(value, first, last)


def year_of(time: Time) -> int:
    """The year that a time begins with; negative before our era."""
    sign, rest = time.time[0], time.time[1:]
    year = int(rest.split("-")[0])
    return -year if sign == "-" else year


def order(time: Time) -> tuple[int, int, int]:
    """Sorts times: (year, month, day), with 0 for what is not known."""
    _, month, day = time.time[1:].split("T")[0].split("-")
    return year_of(time), int(month), int(day)


def _parts(body: str, text: str) -> tuple[int, int, int, int]:
    if match := _ISO.match(body):
        year, month, day = match.group(2), match.group(3), match.group(4)
        if len(year) < 3 and not (match.group(1) or month) and text == body:
            raise Unreadable("short-year", text)
        precision = DAY if day else MONTH if month else YEAR
        return int(year), int(month or 0), int(day or 0), precision
    if match := _DAY_FIRST.match(body):
        return int(match.group(3)), _month(match.group(2), text), int(match.group(1)), DAY
    if match := _MONTH_FIRST.match(body):
        day = match.group(2)
        month_number = _month(match.group(1), text)
        return int(match.group(3)), month_number, int(day or 0), DAY if day else MONTH
    if match := _DECADE.match(body):
        return int(match.group(1)), 0, 0, DECADE
    if match := _CENTURY.match(body):
        return int(match.group(1)) * 100, 0, 0, CENTURY
    raise Unreadable("unread-date", text)


def _month(name: str, text: str) -> int:
    number = _MONTHS.get(name.lower())
    if number is None:
        raise Unreadable("no-month-name", text, name)
    return number


def _from_wikibase(match: re.Match[str], text: str, calendar: Calendar) -> Time:
    sign, year, month, day = match.group(1), int(match.group(2)), match.group(3), match.group(4)
    precision = int(match.group(8) or DAY)
    if precision > 14:
        raise Unreadable("no-such-precision", text, precision)
    # Wikibase refuses times finer than a day; real QuickStatements batches still have them.
    precision = min(precision, DAY)
    signed = -year if sign == "-" else year
    chosen: Calendar = "julian" if match.group(9) else calendar
    if precision == DAY and (month == "00" or day == "00"):
        raise Unreadable("unknown-day", text)
    if precision < YEAR and year == 0:
        raise Unreadable("no-year-0", text)
    _exists(signed, int(month), int(day), chosen, text)
    # Month and day stay as given even where precision makes them void: bit by bit the same.
    return Time(
        f"{sign}{year:04d}-{month}-{day}T00:00:00Z",
        precision,
        _model(signed, int(month), int(day), precision, chosen),
    )


def _time(year: int, month: int, day: int, precision: int, calendar: Calendar, text: str) -> Time:
    _exists(year, month, day, calendar, text)
    return Time(_iso(year, month, day), precision, _model(year, month, day, precision, calendar))


def _exists(year: int, month: int, day: int, chosen: Calendar, text: str) -> None:
    if day and not month:
        raise Unreadable("day-no-month", text)
    if month > 12:
        raise Unreadable("no-month", text, month)
    if day:
        model = _model(year, month, day, DAY, chosen)
        counted = year + 1 if year < 0 else year  # 1 BC is the year 0 of the leap-year rule
        leap = counted % 4 == 0 if model == JULIAN else calendar.isleap(counted)
        days = 29 if month == 2 and leap else calendar.monthrange(2001, month)[1] if month else 31
        if day > days:
            raise Unreadable("few-days", text, days)


def _iso(year: int, month: int, day: int) -> str:
    return f"{'-' if year < 0 else '+'}{abs(year):04d}-{month:02d}-{day:02d}T00:00:00Z"


def _model(year: int, month: int, day: int, precision: int, calendar: Calendar) -> str:
    if calendar == "julian":
        return JULIAN
    if calendar == "gregorian":
        return GREGORIAN
    if precision >= DAY:
        return JULIAN if (year, month, day) < (1582, 10, 15) else GREGORIAN
    if precision == MONTH:
        return JULIAN if (year, month) <= (1582, 10) else GREGORIAN
    return JULIAN if year <= 1582 else GREGORIAN
