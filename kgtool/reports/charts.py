"""Charts as SVG without colours of their own: the page's style sheet gives them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from xml.etree import ElementTree

import leather

Point = tuple[datetime.datetime, int]
_WIDE, _HIGH = 640, 240


def line_chart(
    points: Sequence[Point],
    number: Callable[[int], str],
    day: Callable[[datetime.date], str],
) -> str:
    """An SVG drawing of counts over time, from zero up; empty below two moments.

    ``number`` and ``day`` write the ticks. Time runs from left to right in every language.
    """
    first, last = points[0][0] if points else None, points[-1][0] if points else None
    if first is None or first == last:
        return ""
    chart = leather.Chart()
    top = max(count for _, count in points)
    chart.add_y_scale(0, top or 1)
    # Times without a zone, as the library compares them with such.
    chart.add_line([(at.replace(tzinfo=None), count) for at, count in points], width=2.5)
    chart.add_x_axis(
        [at.replace(tzinfo=None) for at in _some(points)],
        lambda value, place, count: day(value.date()),
    )
    chart.add_y_axis(
        tick_formatter=lambda value, place, count: (
            number(int(value)) if float(value).is_integer() else ""
        )
    )
    drawing = ElementTree.tostring(chart.to_svg_group(_WIDE, _HIGH), encoding="unicode")
    return (
        f'<svg class="lines" viewBox="0 0 {_WIDE} {_HIGH}" aria-hidden="true" focusable="false">'
        f"{drawing}</svg>"
    )


def sparkline(counts: Sequence[tuple[datetime.datetime, int]]) -> str:
    """The ``points`` of a polyline in a drawing of 100 × 24; empty below two moments.

    From the least to the most of these counts; a line that stays level lies in the middle.
    """
    if len(counts) < 2 or counts[0][0] == counts[-1][0]:
        return ""
    begin, end = counts[0][0].timestamp(), counts[-1][0].timestamp()
    values = [count for _, count in counts]
    low, high = min(values), max(values)

    def height(count: int) -> float:
        return 12 if low == high else 22 - 20 * (count - low) / (high - low)

    return " ".join(
        f"{2 + 96 * (at.timestamp() - begin) / (end - begin):.1f},{height(count):.1f}"
        for at, count in counts
    )


def _some(points: Sequence[Point]) -> list[datetime.datetime]:
    """Four moments at most to write below the axis: the first, the last and some between."""
    first, last = points[0][0], points[-1][0]
    count = min(4, (last - first).days + 1)
    if count < 2:
        return [first]
    return [first + (last - first) * n / (count - 1) for n in range(count)]
