"""Countries, as catalogues write them: codes, and words for their people and things."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from kgtool.views.names.text import fold

_LANGUAGES = ("en", "fr", "de", "nl", "es", "it", "sv")


@cache
def _codes() -> dict[str, tuple[str, ...]]:
    table = tomllib.loads(
        files("kgtool.reconcile").joinpath("nationalities.toml").read_text(encoding="utf-8")
    )
    found: dict[str, list[str]] = {}
    for code, words in table.items():
        for word in words:
            found.setdefault(word, []).append(code)
    for code in all_countries():
        for word in {fold(name) for name in country_names(code)}:
            if code not in found.setdefault(word, []):
                found[word].append(code)
    return {word: tuple(codes) for word, codes in found.items()}


def country_codes(text: str) -> tuple[str, ...]:
    """ISO 3166 codes of the countries that a code, name or word may mean; mostly none.

    >>> country_codes("Française"), country_codes("Niederlande"), country_codes("SE")
    (('FR',), ('NL',), ('SE',))
    """
    if len(text) == 2 and text.isascii() and text.isalpha() and text.isupper():
        return (text,)
    return _codes().get(fold(text), ())


@cache
def country_names(code: str) -> tuple[str, ...]:
    """Names of a country in the languages of libraries, each once (Unicode CLDR)."""
    from babel import Locale

    names = (Locale(language).territories.get(code) for language in _LANGUAGES)
    return tuple(dict.fromkeys(str(name) for name in names if name))


@cache
def all_countries() -> tuple[str, ...]:
    """The codes of all countries and territories."""
    from babel import Locale

    return tuple(code for code in sorted(Locale("en").territories) if code.isalpha())
