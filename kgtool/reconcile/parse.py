"""What a person wrote as a name → words to look for, and the years that stand beside them."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from kgtool.views.names.script import has_other_script, is_abjad, romanise, variants
from kgtool.views.names.text import MAX_TOKENS, tokens

MAX_QUERY = 500  # characters that are looked at


class Word(NamedTuple):
    """A word of a query: how far it counts (0–1), other ways to spell it, whether it stood in
    another script, and in one that writes few vowels."""

    text: str
    part: float
    spellings: tuple[str, ...] = ()
    foreign: bool = False
    abjad: bool = False


class Parsed(NamedTuple):
    """A name as it is looked for.

    ``forward`` is the folded name in reading order ("Monet, Claude" → ``claude monet``), ``head``
    how many of the first words stand before the first comma, ``begin`` and ``end`` years of birth
    and death (or founding and end), ``active`` a span in which the person lived.
    """

    words: tuple[Word, ...]
    forward: str
    head: int
    begin: int | None = None
    end: int | None = None
    active: tuple[int, int] | None = None
    acronym: str = ""


_ABOUT = (
    r"(?:approximately|approx\.?|about|circa|ca?\.|c|ca|um|vers|verso|or|(?:not )?"
    r"(?:after|before)|\?)?"
    r"\s*"
)
_YEAR = r"(\d{3,4})\??(?:\s*(?:or|/)\s*\d{1,4})?"
_SPAN = re.compile(rf"(?<![\d]){_ABOUT}{_YEAR}\s*[-–—]\s*{_ABOUT}{_YEAR}(?![\d])", re.I)
_UNTIL = re.compile(
    rf"(?:(?<=[\s,(])[-–—]\s*{_ABOUT}{_YEAR}|\b(?:d\.|died|gest\.|m\.|†)\s*{_ABOUT}{_YEAR})(?!\d)",
    re.I,
)
_SINCE = re.compile(
    rf"{_ABOUT}(?<!\d){_YEAR}\s*[-–—](?=\s*(?:$|[,.;)\]]))|\b(?:b\.|born|geb\.)\s*{_ABOUT}{_YEAR}(?!\d)",
    re.I,
)
_CENTURY = re.compile(
    r"(?:\b(?:active|fl\.?|flourished|act\.)\s*)?\b(?:\d{1,2}(?:st|nd|rd|th)?\s*[/-]\s*)?"
    r"(\d{1,2})(?:st|nd|rd|th)\.?\s*(?:cent(?:ury|\.)?|c\.)",
    re.I,
)
_ACTIVE = re.compile(
    rf"\b(?:active|fl\.?|flourished|act\.)\s*{_ABOUT}{_YEAR}(?:\s*[-–—]\s*{_ABOUT}{_YEAR})?(?!\d)",
    re.I,
)
_BRACKETS = re.compile(r"[(\[{<][^)\]}>]*[)\]}>]?")
_LETTERS = re.compile(r"[^\W\d_]")
# Which of two of one name: German, Dutch, Danish, Swedish. Initials of given names are capitals.
_SHORTENED = [
    (re.compile(r"\bd\. ?(?:Ä|Ae)\."), "der Ältere"),
    (re.compile(r"\bd\. ?J\."), "der Jüngere"),
    (re.compile(r"\bd\. ?O\."), "de Oude"),
    (re.compile(r"\bd\. ?[äæ]\."), "den äldre"),
    (re.compile(r"\bd\. ?y\."), "den yngre"),
]


@cache
def _tables() -> dict[str, dict[str, float]]:
    return tomllib.loads(
        files("kgtool.reconcile").joinpath("cataloguing.toml").read_text(encoding="utf-8")
    )


@lru_cache(maxsize=16384)
def parse(name: str) -> Parsed:
    """Take a name apart. Any text is a name; none is read as query syntax."""
    text = name[:MAX_QUERY].replace("،", ",")
    text, begin, end, active = _dates(text)
    words: list[Word] = []
    head = 0
    forward: list[str] = []
    plain = _BRACKETS.sub(" ", text)
    if not _LETTERS.search(plain):
        plain, aside = text, ""
    else:
        aside = " ".join(_BRACKETS.findall(text))
    first, comma, rest = plain.partition(",")
    counting = _tables()["words"]
    for part, segment in enumerate((first, rest)):
        found = _words(segment, counting, 1.0)
        words += found
        if part == 0:
            head = len(found)
            forward = [word.text for word in found]
        else:
            middle, _, tail = rest.partition(",")
            given = tokens(middle)
            forward = given + forward + tokens(tail)
    words += _words(aside, counting, _tables()["parts"]["in_brackets"])
    letters = "".join(tokens(plain))
    acronym = letters if 1 < len(letters) < 11 and " " not in plain.strip() else ""
    return Parsed(
        tuple(words[:MAX_TOKENS]),
        " ".join(forward),
        head if comma else 0,
        begin,
        end,
        active,
        acronym,
    )


def written_out(name: str) -> tuple[str, ...]:
    """The name with “the Elder” or “the Younger” in whole words, where it is shortened."""
    if "d." not in name:
        return ()
    text = name
    for pattern, whole in _SHORTENED:
        text = pattern.sub(whole, text)
    return (text,) if text != name else ()


@lru_cache(maxsize=16384)
def asides(name: str) -> tuple[str, ...]:
    """What stands in brackets, where it may be a name of its own: ``Canaletto`` in “Bellotto,
    Bernardo (Canaletto)”, ``Trent`` in “Gresta (Trent)”."""
    text = _dates(name[:MAX_QUERY])[0]
    if not _LETTERS.search(_BRACKETS.sub(" ", text)):
        return ()
    inside = (found.strip("()[]{}<> .,;?") for found in _BRACKETS.findall(text))
    counting = _tables()["words"]
    return tuple(
        dict.fromkeys(
            one
            for one in inside
            if any(len(word) > 2 and counting.get(word, 1.0) > 0.5 for word in tokens(one))
        )
    )


_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]{2,4}")


def han_names(name: str) -> tuple[str, ...]:
    """A name of two to four Han letters with the family name apart, as it is romanised: 凌 雲翰
    (Ling Yunhan); and letter by letter."""
    if name.isascii():
        return ()
    text = _dates(name[:MAX_QUERY])[0].strip(" ,.;")
    if not _HAN.fullmatch(text):
        return ()
    return tuple(dict.fromkeys((f"{text[0]} {text[1:]}", " ".join(text))))


def _words(text: str, counting: dict[str, float], part: float) -> list[Word]:
    if not text.strip():
        return []
    first = tokens(text)
    if not has_other_script(text):
        return [Word(token, part * counting.get(token, 1.0)) for token in first]
    abjad = is_abjad(text)
    others = [tokens(other) for other in variants(text)]
    others = [other for other in others if len(other) == len(first)]
    return [
        Word(
            token,
            part,
            tuple(dict.fromkeys(o[i] for o in others if o[i] != token)),
            True,
            abjad,
        )
        for i, token in enumerate(first)
    ]


def _dates(text: str) -> tuple[str, int | None, int | None, tuple[int, int] | None]:
    if not any(char.isdigit() for char in text):
        return text, None, None, None
    text = _decimal(text)
    begin = end = None
    active: tuple[int, int] | None = None
    if found := _ACTIVE.search(text):
        years = [int(year) for year in found.groups() if year]
        active = (min(years), max(years))
    elif found := _SPAN.search(text):
        begin, end = int(found[1]), int(found[2])
        if begin > end:
            begin = end = None
    elif found := _UNTIL.search(text):
        end = int(found[1] or found[2])
    elif found := _SINCE.search(text):
        begin = int(found[1] or found[2])
    elif found := _CENTURY.search(text):
        century = int(found[1])
        active = (100 * (century - 1), 100 * century)
    if found:
        text = text[: found.start()] + " , " + text[found.end() :]
        text = re.sub(r"\s*,\s*(?=,|$)", "", text)
    return text, begin, end, active


def _decimal(text: str) -> str:
    """Arabic-Indic and other decimal digits as 0–9."""
    if text.isascii():
        return text
    import unicodedata

    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


__all__ = ["Parsed", "Word", "asides", "parse", "romanise"]
