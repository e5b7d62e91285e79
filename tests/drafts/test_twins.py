"""Rows of one table that describe the same thing."""

from __future__ import annotations

import pytest

from kgtool.drafts import Draft
from kgtool.drafts.twins import Twins
from kgtool.entities import Item, load_profile
from tests.builders import item, statement

WIKIDATA = load_profile("wikidata")
NAMED = item("", labels={"en": "Lund  Museum"}, P17="Q34")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (item("", labels={"sv": "lund museum"}), True),
        (item("", labels={"sv": "X"}, aliases={"en": ["Lund Museum"]}), True),
        (item("", labels={"en": "Lund Museum"}, P17="Q39"), False),
        (item("", labels={"en": "Malmö Museum"}), False),
    ],
)
def test_rows_of_one_name_and_nothing_to_tell_them_apart(other: Item, same: bool) -> None:
    twins = Twins(WIKIDATA)
    assert twins.of(Draft("a", 1, NAMED)) == ""
    assert twins.of(Draft("b", 2, other)) == ("a" if same else "")


def test_identifiers_tell_rows_of_one_name_apart_but_only_where_both_have_one() -> None:
    twins = Twins(WIKIDATA)
    for key in "ab":
        wanted = item("", statement("P791", f"SE-{key}"), labels={"en": "Missal"})
        assert twins.of(Draft(key, 1, wanted, keys=["P791"])) == ""
    assert twins.of(Draft("c", 3, item("", labels={"en": "Missal"}))) == "a"


def test_a_website_is_one_however_its_address_is_written() -> None:
    twins = Twins(WIKIDATA)
    for key, address, twin in (
        ("a", "https://www.lund.example/", ""),
        ("b", "http://lund.example/sv", "a"),
        ("c", "https://lund.example/observatory/", ""),
    ):
        wanted = item("", statement("P856", address), labels={"en": key})
        assert twins.of(Draft(key, 1, wanted, keys=["P856"])) == twin


def test_two_rows_about_one_item() -> None:
    twins = Twins(WIKIDATA)
    assert twins.of(Draft("a", 1, item("", labels={"en": "a"})), "Q5") == ""
    assert twins.of(Draft("b", 2, item("", labels={"en": "b"})), "Q5") == "a"
