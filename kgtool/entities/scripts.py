"""Which script a language is written in: whether a text in ``mul`` can serve its readers."""

from __future__ import annotations

import sys
from functools import cache
from itertools import chain

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
    return rf"[\P{{L}}{_scripts(language)}]*"


@cache
def letters_spelled(language: str) -> str:
    r"""The same with the letters themselves: ``[\P{L}A-Za-zª-ªº-ºÀ-ʸ…]*``.

    For engines that know scripts by other names, such as Java's (``\p{IsLatin}``), on which
    query.wikidata.org runs.
    """
    import re2

    texts = map(chr, chain(range(0xD800), range(0xE000, sys.maxunicode + 1)))
    every = "".join(re2.findall(r"\p{L}+", "".join(texts)))
    served = re2.compile(rf"[{_scripts(language)}]+").finditer(every)
    # What lies between two letters is none, and so no matter.
    return r"[\P{L}" + "".join(f"{run[0][0]}-{run[0][-1]}" for run in served) + "]*"


def _scripts(language: str) -> str:
    names = " ".join(_SCRIPTS.get(code, "Latin") for code in _codes(language)).split()
    return "".join(rf"\p{{{name}}}" for name in names)


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
