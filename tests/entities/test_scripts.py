"""A text in ``mul`` serves a language whose script it is written in."""

from __future__ import annotations

import pytest
import re2

from kgtool.entities.scripts import letters


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
