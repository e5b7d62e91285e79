"""Dates as people write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.drafts.dates import GREGORIAN, JULIAN, Parsed, order, parse_date, parse_span
from kgtool.entities import Time

DATES = [
    ("1479", "+1479-00-00T00:00:00Z", 9, JULIAN),
    ("1582", "+1582-00-00T00:00:00Z", 9, JULIAN),
    ("1583", "+1583-00-00T00:00:00Z", 9, GREGORIAN),
    ("1479-03", "+1479-03-00T00:00:00Z", 10, JULIAN),
    ("1582-10-04", "+1582-10-04T00:00:00Z", 11, JULIAN),
    ("1582-10-15", "+1582-10-15T00:00:00Z", 11, GREGORIAN),
    ("21 March 1685", "+1685-03-21T00:00:00Z", 11, GREGORIAN),
    ("March 21, 1685", "+1685-03-21T00:00:00Z", 11, GREGORIAN),
    ("Mar 1685", "+1685-03-00T00:00:00Z", 10, GREGORIAN),
    ("1470s", "+1470-00-00T00:00:00Z", 8, JULIAN),
    ("15th century", "+1500-00-00T00:00:00Z", 7, JULIAN),
    ("44 BC", "-0044-00-00T00:00:00Z", 9, JULIAN),
    ("-0044", "-0044-00-00T00:00:00Z", 9, JULIAN),
    ("+1479-03-21T00:00:00Z/11/J", "+1479-03-21T00:00:00Z", 11, JULIAN),
    ("+00000002015-07-28T19:28:24Z/13", "+2015-07-28T00:00:00Z", 11, GREGORIAN),
    ("29 February 1500", "+1500-02-29T00:00:00Z", 11, JULIAN),
]


@pytest.mark.parametrize(("text", "time", "precision", "calendar"), DATES)
def test_a_date_has_the_precision_and_calendar_it_states(
    text: str, time: str, precision: int, calendar: str
) -> None:
    assert parse_date(text) == Parsed(Time(time, precision, calendar), False)


def test_circa_is_told() -> None:
    assert parse_date("circa 1479") == Parsed(parse_date("1479").time, True)


@pytest.mark.parametrize(
    "text",
    ["", "03/04/1479", "sometime", "1479-13", "1479-02-30", "1700-02-29", "0", "17", "1479-00-12"],
)
def test_what_would_have_to_be_guessed_or_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_date(text)


@pytest.mark.parametrize(
    ("earliest", "latest", "value", "precision"),
    [
        ("1479", "1479", "+1479", 9),
        ("1470", "1479", "+1470", 8),
        ("1400", "1499", "+1500", 7),
        ("1401", "1500", "+1500", 7),
        ("1450", "1500", "+1500", 7),
        ("1100", "1200", "+1200", 7),
        ("1000", "1500", "+2000", 6),
    ],
)
def test_a_span_takes_the_smallest_precision_that_covers_it(
    earliest: str, latest: str, value: str, precision: int
) -> None:
    span = parse_span(earliest, latest)
    assert span.value is not None
    assert (span.value.time[:5], span.value.precision) == (value, precision)
    assert (span.earliest, span.latest) == (parse_date(earliest).time, parse_date(latest).time)


def test_a_span_over_millennia_is_an_unknown_value_with_limits() -> None:
    assert parse_span("900", "1938").value is None


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before"):
        parse_span("1500", "1400")


@given(st.dates())
def test_every_iso_date_is_read_as_itself(day) -> None:  # type: ignore[no-untyped-def]  # a date
    time = parse_date(day.isoformat()).time
    assert order(time) == (day.year, day.month, day.day)
    assert time.precision == 11


@given(st.text(max_size=20))
def test_any_other_text_is_read_or_refused_but_never_fails(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse_date(text)
