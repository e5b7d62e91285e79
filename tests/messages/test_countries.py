"""Countries by their names in every language."""

from __future__ import annotations

import pytest

from kgtool.messages import language_called, language_name, languages
from kgtool.messages.countries import countries, countries_in, country, country_called


@pytest.mark.parametrize("language", languages())
def test_every_country_has_a_name_in_the_language_and_is_found_by_it(language: str) -> None:
    for qid in countries():
        named = country(language, qid)
        assert named is not None and named[1] == language, qid
        assert country_called(f" {named[0].upper()} ") == qid
    assert [qid for qid, _ in countries_in(language)].count("Q34") == 1


@pytest.mark.parametrize(
    ("name", "qid"),
    [
        ("Sverige", "Q34"),
        ("se", "Q34"),
        ("cote d'ivoire", "Q1008"),
        ("السويد", "Q34"),
        ("スウェーデン", "Q34"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_country_is_found_by_what_people_write(name: str, qid: str | None) -> None:
    assert country_called(name) == qid


def test_what_is_no_country_has_no_name() -> None:
    assert country("en", "Q190804") is None


@pytest.mark.parametrize("language", languages())
def test_languages_are_called_by_each_other(language: str) -> None:
    for code in languages():
        assert language_called(language, language_name(language, code)) == code
    assert language_called(language, " Klingonish ") == "Klingonish"
    assert language_name(language, "Klingonish") == "Klingonish"
