"""A text in ``mul`` serves a language whose script it is written in."""

from __future__ import annotations

import pytest
import re2

from kgtool.entities.scripts import letters, letters_spelled
from tests.short import short


@pytest.mark.parametrize(
    ("text", "language", "serves"),
    [
        ("Nachtwacht", "sv", True),
        ("Ängsö, 1894 №3", "sv", True),
        ("Nachtwacht", "ru", False),
        ("Ночной дозор", "ru", True),
        ("Ночной дозор", "be-x-old", True),
        ("Nachtwacht", "ja", False),
        ("夜警", "ja", True),
        ("夜警", "zh-hant", True),
        ("やけい", "zh-hant", False),
        ("1894", "ar", True),
        ("دورية الليل", "ar", True),
        ("Beograd", "sr", True),
        ("Beograd", "sr-ec", False),
        ("Beograd", "xx-unknown", True),
    ],
)
def test_whether_a_text_serves(text: str, language: str, serves: bool) -> None:
    assert bool(re2.fullmatch(letters(language), text)) is serves


@pytest.mark.parametrize("language", short(3, ["sv", "ru", "ja", "ar", "zh-hant", "sr", "ko"]))
def test_letters_that_are_spelled_are_those_of_the_scripts(language: str) -> None:
    spelled = letters_spelled(language)
    assert r"\p{" not in spelled
    every = [chr(code) for code in range(0x32000) if not 0xD800 <= code < 0xE000]
    named, own = re2.compile(letters(language)), re2.compile(spelled)
    assert [c for c in every if bool(named.fullmatch(c)) is not bool(own.fullmatch(c))] == []
