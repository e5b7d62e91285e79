"""Labels for a reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.entities.language import fallback, label, serves
from tests.builders import item


@pytest.mark.parametrize(
    ("labels", "language", "shown"),
    [
        ({"sv": "Nattvakten", "en": "The Night Watch"}, "sv", "Nattvakten"),
        ({"de": "Die Nachtwache", "en": "The Night Watch"}, "gsw", "Die Nachtwache"),
        ({"zh-hans": "夜巡", "en": "The Night Watch"}, "zh-tw", "夜巡"),
        ({"mul": "De Nachtwacht", "en": "The Night Watch"}, "sv", "De Nachtwacht"),
        ({"en": "The Night Watch"}, "sv", "The Night Watch"),
        ({"en": "colour", "en-gb": "colour, too"}, "en-gb", "colour, too"),
        ({"fr": "La Ronde de nuit"}, "sv", None),
        ({}, "en", None),
    ],
)
def test_the_nearest_label_is_shown(
    labels: dict[str, str], language: str, shown: str | None
) -> None:
    found = label(item("Q1", labels=labels), language)
    assert (None if found is None else found.value) == shown


@given(st.text("abcdehnorstz-", min_size=2, max_size=8))
def test_every_chain_begins_with_itself_and_ends_in_english(code: str) -> None:
    chain = fallback(code)
    assert chain[0] == code
    assert set(chain) >= {"mul", "en"}
    assert len(set(chain)) == len(chain)


def test_mul_serves_those_who_read_its_script() -> None:
    assert serves("Douglas Adams", "sv")
    assert not serves("Douglas Adams", "ja")
