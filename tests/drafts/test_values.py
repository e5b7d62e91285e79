"""Texts as values, exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.drafts.values import (
    decimal_text,
    parse_coordinate,
    parse_entity_id,
    parse_media,
    parse_quantity,
    parse_string,
    parse_url,
)
from kgtool.entities import Quantity


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_a_number_keeps_every_digit(number: Decimal) -> None:
    assert Decimal(decimal_text(number)) == number
    assert parse_quantity(decimal_text(number)).value.amount == decimal_text(number)


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("12345678901234567891", Quantity("+12345678901234567891")),
        ("1e-7", Quantity("+0.0000001")),
        ("3.0", Quantity("+3.0")),
        ("14.5±0.5", Quantity("+14.5", "1", "+15.0", "+14.0")),
        ("14.5[14,15]", Quantity("+14.5", "1", "+15", "+14")),
        ("−3", Quantity("-3")),
    ],
)
def test_quantities(text: str, quantity: Quantity) -> None:
    assert parse_quantity(text).value == quantity


def test_a_decimal_comma_and_thousands_are_stated_not_guessed() -> None:
    assert parse_quantity("1.234,5", decimal=",", thousands=".").value.amount == "+1234.5"
    for text in ("1,5", "12 cm", "", "1.2.3"):
        with pytest.raises(ValueError):
            parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "latitude", "longitude", "precision"),
    [
        ("59.3287, 18.0786", 59.3287, 18.0786, 0.0001),
        ("-33.9 151.21", -33.9, 151.21, 0.1),
        ("@59.3287/18.0786", 59.3287, 18.0786, 0.0001),
        ("59°20′N 18°4′30″E", 59.333333333333336, 18.075, 1 / 60),
    ],
)
def test_coordinates_are_as_precise_as_they_are_written(
    text: str, latitude: float, longitude: float, precision: float
) -> None:
    place = parse_coordinate(text).value
    assert (place.latitude, place.longitude) == (latitude, longitude)
    assert place.precision == pytest.approx(precision)


@pytest.mark.parametrize("text", ["95, 18", "59", "18°E 59°N", "a, b", "", "1,2,3"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_coordinate(text)


def test_names_of_media_files() -> None:
    assert parse_media("File:anselm_Feuerbach 001.jpg").value == "Anselm Feuerbach 001.jpg"
    address = "http://commons.wikimedia.org/wiki/Special:FilePath/A%20b.jpg?width=300"
    assert parse_media(address).value == "A b.jpg"
    for text in ("no suffix", "a|b.jpg", ""):
        with pytest.raises(ValueError):
            parse_media(text)


def test_urls_are_not_mended() -> None:
    assert parse_url(" https://example.org/x?y=1 ").value == "https://example.org/x?y=1"
    for text in ("www.example.org", "not a url", "https://", "javascript:alert(1)", "http://a:b/"):
        with pytest.raises(ValueError):
            parse_url(text)


def test_strings_lose_what_the_wiki_refuses() -> None:
    assert parse_string(" EMA\t2 \n").value == "EMA 2"
    with pytest.raises(ValueError):
        parse_string(" ")


def test_items_by_id_or_address() -> None:
    assert parse_entity_id("http://www.wikidata.org/entity/Q42").value.id == "Q42"
    with pytest.raises(ValueError):
        parse_entity_id("Douglas Adams")
