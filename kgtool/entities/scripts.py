"""Which script a language is written in: whether a text in ``mul`` can serve its readers."""

from __future__ import annotations

from functools import cache

# ISO 15924 → scripts as Unicode and regular expressions name them, where a language needs several
# or is named otherwise (Unicode Standard Annex 24; CLDR knows the usual script of each language).
_SCRIPTS = {
    "Arab": "Arabic",
    "Armn": "Armenian",
    "Beng": "Bengali",
    "Cyrl": "Cyrillic",
    "Deva": "Devanagari",
    "Ethi": "Ethiopic",
    "Geor": "Georgian",
    "Grek": "Greek",
    "Gujr": "Gujarati",
    "Guru": "Gurmukhi",
    "Hans": "Han",
    "Hant": "Han",
    "Hebr": "Hebrew",
    "Jpan": "Han Hiragana Katakana",
    "Khmr": "Khmer",
    "Knda": "Kannada",
    "Kore": "Hangul Han",
    "Laoo": "Lao",
    "Latn": "Latin",
    "Mlym": "Malayalam",
    "Mong": "Mongolian",
    "Mymr": "Myanmar",
    "Nkoo": "Nko",
    "Olck": "Ol_Chiki",
    "Orya": "Oriya",
    "Sinh": "Sinhala",
    "Syrc": "Syriac",
    "Taml": "Tamil",
    "Telu": "Telugu",
    "Tfng": "Tifinagh",
    "Thaa": "Thaana",
    "Thai": "Thai",
    "Tibt": "Tibetan",
}
# Codes of MediaWiki that CLDR does not know, and languages written in two scripts.
_OTHERWISE = {
    "be-x-old": ["Cyrl"],
    "be-tarask": ["Cyrl"],
    "sr": ["Cyrl", "Latn"],
    "sr-ec": ["Cyrl"],
    "sr-el": ["Latn"],
}


@cache
def letters(language: str) -> str:
    r"""A regular expression: texts whose letters are all of the language's scripts match it whole.

    Written so that RE2, Rust's ``regex`` and PCRE read it alike: ``[\P{L}\p{Latin}]*`` for ``sv``.
    A text without letters serves every language; ``language`` is a code as Wikibase writes it.
    """
    names = " ".join(_SCRIPTS.get(code, "Latin") for code in _codes(language)).split()
    return r"[\P{L}" + "".join(rf"\p{{{name}}}" for name in names) + "]*"


def _codes(language: str) -> list[str]:
    if language in _OTHERWISE:
        return _OTHERWISE[language]
    from babel.core import get_global  # 20 ms, which most commands never need

    for subtag in language.split("-")[1:]:
        if len(subtag) == 4 and subtag.title() in _SCRIPTS:
            return [subtag.title()]
    likely = get_global("likely_subtags")
    for known in (language.replace("-", "_"), language.partition("-")[0]):
        if known in likely:
            return [likely[known].split("_")[1]]
    return ["Latn"]
