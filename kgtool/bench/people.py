"""Made-up persons of any number, and questions for them; the same ones every time."""

from __future__ import annotations

import random
from collections.abc import Iterator

from kgtool.reconcile.query import Condition, Query
from kgtool.views.names.record import NameRecord

_HUMAN = "Q5"
_IDENTIFIER = "P214"
_SYLLABLES = [
    "al",
    "an",
    "ar",
    "as",
    "ba",
    "bel",
    "ber",
    "bo",
    "bra",
    "can",
    "car",
    "che",
    "chi",
    "cor",
    "da",
    "de",
    "del",
    "der",
    "di",
    "do",
    "dor",
    "du",
    "el",
    "en",
    "er",
    "es",
    "fa",
    "fer",
    "fi",
    "fo",
    "fran",
    "ga",
    "ge",
    "ger",
    "gi",
    "go",
    "gra",
    "gu",
    "ha",
    "har",
    "hel",
    "hen",
    "her",
    "hi",
    "ho",
    "hu",
    "in",
    "ja",
    "je",
    "jo",
    "ka",
    "kel",
    "ker",
    "ki",
    "ko",
    "kra",
    "la",
    "lan",
    "le",
    "len",
    "li",
    "lin",
    "lo",
    "lu",
    "ma",
    "man",
    "mar",
    "me",
    "mel",
    "mi",
    "mo",
    "mon",
    "mu",
    "na",
    "ne",
    "ni",
    "no",
    "nor",
    "o",
    "ol",
    "or",
    "os",
    "pa",
    "pe",
    "per",
    "pi",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "ros",
    "ru",
    "sa",
    "san",
    "sch",
    "se",
    "sel",
    "si",
    "so",
    "sta",
    "ste",
    "su",
    "ta",
    "te",
    "ter",
    "ti",
    "to",
    "tor",
    "tra",
    "u",
    "ul",
    "un",
    "va",
    "van",
    "ve",
    "ver",
    "vi",
    "vo",
    "wa",
    "we",
    "wi",
    "win",
    "wo",
    "ya",
    "ye",
    "za",
    "ze",
    "zi",
    "zo",
]


def people(count: int) -> Iterator[NameRecord]:
    """Made-up persons with years and an identifier; the same ones every time."""
    for number in range(count):
        forename, surname = _name(number)
        born = 1400 + number * 7919 % 600
        yield NameRecord(
            f"Q{number + 1}",
            {"en": f"{forename} {surname}"},
            types=[_HUMAN],
            begin=[born],
            end=[born + 30 + number % 50],
            ids={_IDENTIFIER: [str(10_000_000 + number)]},
        )


def queries(size: int, count: int) -> Iterator[tuple[Query, str]]:
    """Queries for some of the :func:`people`, with the id that is meant."""
    chance = random.Random(size)
    for _ in range(count):
        number = chance.randrange(size)
        forename, surname = _name(number)
        if chance.random() < 0.5:
            surname = _mistyped(surname, chance)
        name = f"{surname}, {forename}" if chance.random() < 0.33 else f"{forename} {surname}"
        born = 1400 + number * 7919 % 600
        years = (
            Condition("P569", (str(born),)),
            Condition("P570", (str(born + 30 + number % 50),)),
        )
        yield Query(name=name, types=(_HUMAN,), properties=years), f"Q{number + 1}"


def _name(number: int) -> tuple[str, str]:
    chance = random.Random(number)
    surname = "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(2, 4)))
    # Given names come from few, the common ones often, as in life.
    rank = int(3000 * chance.random() ** 3)
    again = random.Random(-rank - 1)
    forename = "".join(again.choice(_SYLLABLES) for _ in range(again.randint(2, 3)))
    return forename.capitalize(), surname.capitalize()


def _mistyped(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word))
    match chance.randrange(3):
        case 0:
            return word[:place] + word[place + 1 :]
        case 1:
            return word[:place] + chance.choice("aeiounrstl") + word[place:]
        case _:
            return word[:place] + chance.choice("aeiounrstl") + word[place + 1 :]
