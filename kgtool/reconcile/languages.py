"""Language codes, as catalogues write them where a language is asked."""

from __future__ import annotations

import re
from functools import cache

_CODE = re.compile(r"^[a-z]{2,3}$")


@cache
def _codes() -> tuple[dict[str, str], dict[str, str]]:
    from babel import Locale
    from babel.core import get_global

    names = {code: str(name) for code, name in Locale("en").languages.items()}
    return names, {old: str(new) for old, new in get_global("language_aliases").items()}


def language_names(text: str) -> tuple[str, ...]:
    """Names of the language whose ISO 639 code *text* is, in lower case; mostly none.

    Names and codes are those of the Unicode CLDR. ``tur`` gives Turkish, ``fro`` Old French.
    """
    code = text.strip(" ;,.|")
    if not _CODE.match(code):
        return ()
    names, aliases = _codes()
    name = names.get(aliases.get(code, code)) or names.get(code)
    return (name,) if name else ()
