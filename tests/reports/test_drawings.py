"""Line charts, sparklines and the map."""

from __future__ import annotations

import datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.reports.charts import line_chart, sparkline
from kgtool.reports.worldmap import HIGH, WIDE, project, spots
from tests.conftest import ROOT

DAY = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC)


def after(days: int, count: int) -> tuple[datetime.datetime, int]:
    return DAY + datetime.timedelta(days=days), count


def test_a_line_chart_says_its_figures_in_the_readers_words() -> None:
    drawn = line_chart([after(0, 0), after(30, 1000)], lambda n: f"<{n}>", lambda d: f"day {d.day}")
    texts = [one.text for one in ElementTree.fromstring(drawn).iter() if one.text]
    assert {"<0>", "<1000>", "day 1", "day 31"} <= set(texts)
    assert "style=" not in drawn and "<script" not in drawn


@pytest.mark.parametrize("points", [[], [after(0, 3)], [after(0, 3), after(0, 4)]])
def test_there_is_no_line_through_less_than_two_moments(points: list[object]) -> None:
    assert line_chart(points, str, str) == ""  # type: ignore[arg-type]  # any of them
    assert sparkline(points) == ""  # type: ignore[arg-type]


counts = st.lists(st.tuples(st.integers(1, 900), st.integers(0, 10**9)), min_size=1, max_size=40)


@given(counts)
def test_lines_stay_in_their_drawing(moves: list[tuple[int, int]]) -> None:
    points, day = [after(0, 5)], 0
    for step, count in moves:
        day += step
        points.append(after(day, count))
    for pair in sparkline(points).split():
        x, y = map(float, pair.split(","))
        assert 0 <= x <= 100 and 0 <= y <= 24
    ElementTree.fromstring(line_chart(points, str, str))


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_on_earth_is_in_the_drawing(latitude: float, longitude: float) -> None:
    x, y = project(latitude, longitude)
    assert -0.1 <= x <= WIDE + 0.1 and y >= -0.1
    assert y <= HIGH or latitude < -56


def test_the_map_is_where_the_outlines_are() -> None:
    assert project(0, 0) == pytest.approx((500, 243.4), abs=0.1)
    assert project(0, 180)[0] == pytest.approx(1000, abs=0.1)
    drawing = (ROOT / "api/static/world.svg").read_text(encoding="utf-8")
    assert f'viewBox="0 0 {WIDE} {HIGH}"' in drawing and 'id="world"' in drawing


def test_neighbours_of_one_group_share_a_spot() -> None:
    found = spots(
        [("a", "Q55", (52.36, 4.88)), ("b", "Q55", (52.35, 4.88)), ("c", "Q30", (38.9, -77.0))]
    )
    assert [spot.members for spot in found] == [["a", "b"], ["c"]]
    assert found[0].radius > found[1].radius
