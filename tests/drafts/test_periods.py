"""Periods and measures as catalogues write them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.drafts import Draft, Row, build_drafts, parse_mapping
from kgtool.drafts.dates import year_of
from kgtool.drafts.periods import parse_period
from kgtool.drafts.words import Unreadable
from kgtool.entities import Statement, load_profile

WIKIDATA = load_profile("wikidata")
MAPPING = """
name = "m"
title = "M"
key = "id"
[[statements]]
property = "P571"
type = "time"
column = "made"
otherwise = "doubt"
{0}
[[statements]]
property = "P2049"
type = "quantity"
column = "width"
decimal = ","
units = {{ cm = "Q174728", mm = "Q174789" }}
otherwise = "doubt"
"""


def draft(made: str = "", width: str = "", more: str = "", unit: str = "") -> Draft:
    rows = [Row(1, {"id": "a", "made": made, "width": width})]
    [found] = build_drafts(rows, parse_mapping(MAPPING.format(more) + unit), WIKIDATA)
    return found


def qualifiers(statement: Statement) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for property, [snak] in statement.qualifiers.items():
        value: Any = snak.datavalue
        found[property] = value.value.id if property == "P1480" else year_of(value.value)
    return found


@pytest.mark.parametrize(
    ("text", "precision", "told"),
    [
        ("c. 1650", 9, {"P1480": "Q5727902"}),
        ("1650–1660", 7, {"P1319": 1650, "P1326": 1660}),
        ("1650-1660", 7, {"P1319": 1650, "P1326": 1660}),
        ("1650 – 1655", 8, {"P1319": 1650, "P1326": 1655}),
        ("between 1650 and 1660", 7, {"P1319": 1650, "P1326": 1660}),
        ("mellan 1650 och 1660", 7, {"P1319": 1650, "P1326": 1660}),
        ("zwischen 1650 und 1660", 7, {"P1319": 1650, "P1326": 1660}),
        ("entre 1650 et 1660", 7, {"P1319": 1650, "P1326": 1660}),
        ("de 1650 a 1660", 7, {"P1319": 1650, "P1326": 1660}),
        ("ca. 1650–1655", 8, {"P1319": 1650, "P1326": 1655, "P1480": "Q5727902"}),
        ("before 1700", None, {"P1326": 1700}),
        ("före 1700", None, {"P1326": 1700}),
        ("after 1650", None, {"P1319": 1650}),
        ("not before circa 1650", None, {"P1319": 1650, "P1480": "Q5727902"}),
        ("17th century", 7, {}),
        ("1950–2050", None, {"P1319": 1950, "P1326": 2050}),
        ("950–1050", None, {"P1319": 950, "P1326": 1050}),
    ],
)
def test_a_period_is_the_value_that_covers_it_with_its_limits(
    text: str, precision: int | None, told: dict[str, Any]
) -> None:
    found = draft(text)
    assert not [one for one in found.findings if one.level in ("doubt", "refuse")]
    [statement] = found.wanted.claims["P571"]
    value: Any = statement.mainsnak.datavalue
    assert (value.value.precision if value else None) == precision
    assert qualifiers(statement) == told


@pytest.mark.parametrize(
    "text", ["1650 or 1651", "1650/1651", "1650 and 1651", "late 1650", "1650?"]
)
def test_what_may_mean_either_is_for_a_person(text: str) -> None:
    found = draft(text)
    assert "P571" not in found.wanted.claims
    assert [one.level for one in found.findings if one.where == "P571"] == ["doubt"]


def test_nothing_of_a_text_is_dropped_where_there_is_nothing_to_say_it_with() -> None:
    for text, more in (("c. 1650", 'circa = ""'), ("1650–1660", 'earliest = ""\nlatest = ""')):
        found = draft(text, more=more)
        assert "P571" not in found.wanted.claims and found.findings[0].level == "doubt"


@given(st.integers(100, 2500), st.integers(0, 900))
def test_limits_are_the_years_that_were_written(first: int, more: int) -> None:
    period = parse_period(f"{first}–{first + more}")
    assert period is not None and period.earliest and period.latest
    assert (year_of(period.earliest), year_of(period.latest)) == (first, first + more)


@given(st.text(max_size=40))
def test_any_text_is_a_period_or_none_or_unreadable(text: str) -> None:
    try:
        period = parse_period(text)
    except Unreadable:
        return
    assert period is None or period.earliest or period.latest


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [("12,5 cm", "+12.5", "Q174728"), ("3 mm", "+3", "Q174789")],
)
def test_a_unit_in_the_cell_is_that_of_the_number(text: str, amount: str, unit: str) -> None:
    [statement] = draft(width=text).wanted.claims["P2049"]
    value: Any = statement.mainsnak.datavalue
    assert value.value.amount == amount
    assert value.value.unit.rpartition("/")[2] == unit


def test_a_number_whose_unit_was_forgotten_is_no_mere_number() -> None:
    """The others of its column have one; only the mapping can say what a bare number means."""
    lacking = draft(width="12,5")
    [found] = lacking.findings
    assert "P2049" not in lacking.wanted.claims and found.level == "doubt"
    assert found.message.startswith("“12,5” has no unit: add it in the cell, or name the one")
    for unit, meant in (("Q174728", "Q174728"), ("1", "1")):
        [statement] = draft(width="12,5", unit=f'unit = "{unit}"').wanted.claims["P2049"]
        value: Any = statement.mainsnak.datavalue
        assert value.value.unit.rpartition("/")[2] == meant


def test_a_unit_that_the_mapping_does_not_name_is_told() -> None:
    [found] = draft(width="12,5 tum").findings
    assert found.message == "“12,5 tum” has the unit “tum”: name it in the mapping, under units"
