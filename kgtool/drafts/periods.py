"""Periods as catalogues write them: from one date to another, before one, after one."""

from __future__ import annotations

import re
from typing import NamedTuple

from kgtool.drafts.dates import Calendar, parse_date, parse_span, without_circa
from kgtool.entities import Time

# English, German, Swedish, French, Spanish.
_BETWEEN = re.compile(
    r"^(?:between\s+(?P<a>.+?)\s+and|from\s+(?P<b>.+?)\s+to|zwischen\s+(?P<c>.+?)\s+und"
    r"|von\s+(?P<d>.+?)\s+bis|mellan\s+(?P<e>.+?)\s+och|från\s+(?P<f>.+?)\s+till"
    r"|entre\s+(?P<g>.+?)\s+(?:et|y)|de\s+(?P<h>.+?)\s+(?:à|a)|desde\s+(?P<i>.+?)\s+hasta)\s+(?P<last>.+)$",
    re.I,
)
_DASH = re.compile(r"^(.+?)(?:\s*[–—]\s*|\s+-\s+|\s+(?:to|bis|till|hasta)\s+)(.+)$", re.I)
_HYPHEN = re.compile(r"^(\d{3,4})-(\d{4})$")
_BEFORE = re.compile(
    r"^(?:before|until|not after|no later than|vor|bis|före|senast|avant|antes de|ante)\s+(.+)$",
    re.I,
)
_AFTER = re.compile(
    r"^(?:after|since|not before|no earlier than|nach|seit|efter|tidigast|après|depuis|después de"
    r"|desde|post)\s+(.+)$",
    re.I,
)


class Period(NamedTuple):
    """``value`` covers it, or is ``None`` where no precision does; a limit may be open."""

    value: Time | None
    earliest: Time | None
    latest: Time | None
    circa: bool


def parse_period(text: str, calendar: Calendar = "auto") -> Period | None:
    """A period; ``None`` where the text is none, but perhaps a date.

    Understands ``1650–1660``, ``1650-1660``, ``between 1650 and 1660``, ``from 1650 to 1660``,
    ``before 1700``, ``after 1650``, with *circa* before it, and the same in German, Swedish, French
    and Spanish. ``1650 or 1651`` and ``1650/1651`` are none: they may mean either.

    :raises Unreadable: one of its dates is none, or the first is after the second.
    """
    body, circa = without_circa(" ".join(text.split()))
    for pattern, is_latest in ((_BEFORE, True), (_AFTER, False)):
        match = pattern.match(body)
        if match:
            limit = parse_date(match.group(1), calendar)
            vague = circa or limit.circa
            if is_latest:
                return Period(None, None, limit.time, vague)
            return Period(None, limit.time, None, vague)
    ends_of = _ends(body)
    if ends_of is None:
        return None
    first, last = ends_of
    span = parse_span(first, last, calendar)
    vague = circa or any(parse_date(one, calendar).circa for one in ends_of)
    return Period(span.value, span.earliest, span.latest, vague)


def _ends(body: str) -> tuple[str, str] | None:
    between = _BETWEEN.match(body)
    if between:
        *firsts, last = between.groups()
        return next(one for one in firsts if one), last
    dash = _HYPHEN.match(body) or _DASH.match(body)
    return (dash.group(1), dash.group(2)) if dash else None
