"""What kgtool says to people, in their language.

Texts lie in ``<language>.json`` beside this file, in the banana form that translatewiki.net uses:
``$1`` is the first parameter, ``{{PLURAL:$1|one|many}}`` chooses by number, in the order of the
language's CLDR plural forms (zero, one, two, few, many, other; the last given serves those left
out). ``qqq.json`` says of each text where it stands and what its parameters are.
"""

from __future__ import annotations

import datetime
import json
from functools import cache, lru_cache
from importlib.resources import files

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.numbers import format_decimal, format_percent

from kgtool.messages.banana import Message, parse

SOURCE = "en"

Param = str | int | float | datetime.date


def say(language: str, key: str, *params: Param) -> str:
    """The text of *key* in *language*, or in the nearest language that has it.

    Whole numbers and dates among the parameters are written as the language writes them; a text
    stands as it is (it is not escaped: the page's template does that).

    :raises KeyError: no language has the key.
    """
    for code in chain(language):
        message = _message(code, key)
        if message is not None:
            forms = [_plural(code, one) for one in params]
            return message.fill([_shown(code, one) for one in params], forms)
    raise KeyError(f"There is no message “{key}”.")


def known(language: str, key: str) -> tuple[str, str] | None:
    """The text of *key* and the language it is in, or none where no language has it.

    For keys made from data: names of things, which we have for some of them.
    """
    for code in chain(language):
        if key in texts(code):
            return texts(code)[key], code
    return None


@cache
def languages() -> tuple[str, ...]:
    """Codes of the languages that have texts, English first, then by code."""
    found = {f.name.removesuffix(".json") for f in files(__name__).iterdir() if ".json" in f.name}
    return (SOURCE, *sorted(found - {SOURCE, "qqq"}))


@cache
def chain(language: str) -> tuple[str, ...]:
    """Languages to try in turn for texts of kgtool: itself, without its region, English."""
    codes = [language]
    while "-" in codes[-1]:
        codes.append(codes[-1].rpartition("-")[0])
    return tuple(dict.fromkeys([*codes, SOURCE]))


@cache
def direction(language: str) -> str:
    """``rtl`` or ``ltr``: how the language is written."""
    return "rtl" if locale_of(language).text_direction == "rtl" else "ltr"


def autonym(language: str) -> str:
    """The language's name in itself: ``svenska``."""
    return locale_of(language).get_display_name(language) or language


def language_name(language: str, code: str) -> str:
    """What a language calls another, by CLDR: ``French`` for ``fr``; the code where it has none."""
    name = locale_of(language).languages.get(code.replace("-", "_"))
    return str(name) if name else code


def language_called(language: str, name: str) -> str:
    """The code of the language that *language* calls so; else the name as it is."""
    wanted = name.strip().casefold()
    named = locale_of(language).languages.items()
    return next((c.replace("_", "-") for c, one in named if one.casefold() == wanted), name.strip())


@lru_cache(maxsize=1 << 16)
def number(language: str, n: int | float) -> str:
    """A number as the language writes it: ``12,345``, ``12 345``."""
    return format_decimal(n, locale=locale_of(language))


def percent(language: str, share: float | None) -> str:
    """A share between 0 and 1 in whole percents; a dash where there is none.

    What is not quite nothing or not quite all is never rounded to it.
    """
    if share is None:
        return "–"
    whole = round(share * 100)
    if whole == 0 and share > 0:
        return "<" + _percent(language, 1)
    if whole == 100 and share < 1:
        whole = 99
    return _percent(language, whole)


@lru_cache(maxsize=1 << 12)
def _percent(language: str, whole: int) -> str:
    return format_percent(whole / 100, locale=locale_of(language))


@lru_cache(maxsize=1 << 12)
def day(language: str, date: datetime.date) -> str:
    """A date as the language writes it, month in letters: ``3 October 2026``."""
    return format_date(date, format="medium", locale=locale_of(language))


def moment(language: str, time: datetime.datetime) -> str:
    """A date and time of day (UTC) as the language writes it, to the minute."""
    locale = locale_of(language)
    pattern = str(get_datetime_format("medium", locale=locale))
    clock = format_time(time, format="short", locale=locale)
    return pattern.replace("{0}", clock).replace("{1}", day(language, time.date()))


def month(language: str, date: datetime.date) -> str:
    """Month and year, as a heading: ``October 2026``."""
    return format_skeleton("yMMMM", date, locale=locale_of(language))


def quarter(language: str, date: datetime.date) -> str:
    """Quarter and year: ``Q4 2026``."""
    return format_skeleton("yQQQ", date, locale=locale_of(language))


def negotiate(accept_language: str) -> str:
    """The language of ours that an ``Accept-Language`` header asks for first; else English.

    (RFC 9110, 12.5.4; a malformed part is passed over.)
    """
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:500].split(",")):
        code, _, rest = part.strip().partition(";")
        try:
            quality = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
        if quality > 0:
            wanted.append((-quality, place, code.strip().lower()))
    ours = languages()
    for _, _, code in sorted(wanted):
        for near in chain(code)[:-1]:
            if near in ours:
                return near
        if code == SOURCE:
            return SOURCE
    return SOURCE


def _shown(language: str, param: Param) -> str:
    match param:
        case int() | float():
            return number(language, param)
        case datetime.datetime():
            return moment(language, param)
        case datetime.date():
            return day(language, param)
        case _:
            return param


@lru_cache(maxsize=1 << 16)
def _plural(language: str, param: Param) -> int:
    """Which plural form goes with a number: its place in the order of the language's forms."""
    rule = locale_of(language).plural_form
    n = param if isinstance(param, int | float) else 0
    used = [tag for tag in _CLDR_ORDER if tag in rule.tags or tag == "other"]
    return used.index(rule(abs(n)))


_CLDR_ORDER = ("zero", "one", "two", "few", "many", "other")


@cache
def locale_of(language: str) -> Locale:
    """How a language writes things, by CLDR; that of English where it is not known."""
    for code in chain(language):
        try:
            return Locale.parse(code, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse(SOURCE)


@cache
def _message(language: str, key: str) -> Message | None:
    text = texts(language).get(key)
    return None if text is None else parse(text)


@cache
def texts(language: str) -> dict[str, str]:
    """Key → unparsed text of one language (or of ``qqq``, the documentation); empty if unknown."""
    if not language.replace("-", "").isalnum():
        return {}
    source = files(__name__).joinpath(f"{language}.json")
    if not source.is_file():
        return {}
    read: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    read.pop("@metadata", None)
    return read
