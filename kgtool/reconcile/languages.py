"""Language codes, as catalogues write them where a language is asked."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_CODE = re.compile(r"^[a-z]{2,3}$")


@cache
def _codes() -> tuple[dict[str, str], dict[str, str]]:
    from babel import Locale
    from babel.core import get_global

    names = {code: str(name) for code, name in Locale("en").languages.items()}
    return names, {old: str(new) for old, new in get_global("language_aliases").items()}


def language_names(text: str) -> tuple[str, ...]:
    """Names of the language whose ISO 639 code *text* is, in lower case; mostly none.

    Names and codes are those of the Unicode CLDR and of ISO 639-2 (``languages.toml``). ``tur``
    gives Turkish, ``fro`` Old French, ``sla`` Slavic languages.
    """
    code = text.strip(" ;,.|")
    if not _CODE.match(code):
        return ()
    names, aliases = _codes()
    name = names.get(aliases.get(code, code)) or names.get(code)
    found = [name] if name else []
    found += [one.strip() for one in _library_codes().get(code, "").split(";") if one]
    return tuple(dict.fromkeys(found))


@cache
def _library_codes() -> dict[str, str]:
    text = files("kgtool.reconcile").joinpath("languages.toml").read_text(encoding="utf-8")
    names: dict[str, str] = tomllib.loads(text)["names"]
    return names
