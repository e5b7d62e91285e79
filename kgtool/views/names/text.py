"""Names as tokens, tokens as sounds: the one place that says when two texts are the same."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgtool.views.names.script import romanise

_WORD = re.compile(r"[a-z0-9]+")
_DROPPED = re.compile("[\u02b0-\u02ff`´]")  # ʻ ʼ ʹ and the like: half letters of romanisations
_ELIDED = re.compile(r"\b(d|l|o|un|qu|dell|nell|all|sant)['’‘](?=\w)", re.IGNORECASE)
_APOSTROPHE = re.compile(r"(?<=\w)['’‘](?=\w)")

MAX_TOKENS = 24  # of one name; longer ones are notes, whose end says little
MAX_TOKEN = 40  # letters


def fold(text: str) -> str:
    """*text* in lower-case ASCII words: no accents, no punctuation, one blank between words.

    >>> fold("Œuvre d'art, Łódź")
    'oeuvre d art lodz'
    """
    return " ".join(tokens(text))


def tokens(text: str) -> list[str]:
    """The words of *text*, folded, in order; at most :data:`MAX_TOKENS`."""
    return [word[:MAX_TOKEN] for word in _WORD.findall(latin(text).lower())[:MAX_TOKENS]]


def latin(text: str) -> str:
    """*text* in ASCII, before it is cut into words."""
    if not text.isascii():
        text = _DROPPED.sub("", text)
    if "'" in text or "’" in text or "‘" in text:
        text = _APOSTROPHE.sub("", _ELIDED.sub(r"\1 ", text))
    return romanise(text)


_VOWELS = "aeiouyjh"  # and what sounds like one, or not at all
_SPELLINGS = [
    (re.compile(pattern), sound)
    for pattern, sound in [
        ("ph", "f"),
        ("gn(?=[aeiou])", "n"),
        ("t?sch|sh|zh|sz", "s"),
        ("ck|kh|gh|ch|qu|q", "k"),
        ("c(?=[eiy])", "s"),
        ("c", "k"),
        ("x", "ks"),
        ("tz|ts|dz", "s"),
    ]
]
_SOUNDS = str.maketrans(
    {
        **dict.fromkeys("bpfvw", "P"),
        **dict.fromkeys("td", "T"),
        **dict.fromkeys("sz", "S"),
        **dict.fromkeys("kg", "K"),
        **dict.fromkeys(_VOWELS, ""),
        "m": "M",
        "n": "N",
        "l": "L",
        "r": "R",
    }
)
_FRONT = re.compile(f"^(?=[{_VOWELS}])", re.MULTILINE)
_DOUBLED = re.compile(r"(.)\1+")


def sounds(token: str) -> str:
    """The consonants of a folded token by class (P T S K M N L R), with A for a vowel in front.

    Spellings of one name in several languages and scripts mostly share it:

    >>> sounds("baudelaire"), sounds("bodler")
    ('PTLR', 'PTLR')
    """
    if not token.isalpha():
        return token
    plain = token
    for pattern, sound in _SPELLINGS:
        plain = pattern.sub(sound, plain)
    front = "A" if plain[0] in _VOWELS else ""
    return front + _DOUBLED.sub(r"\1", _DOUBLED.sub(r"\1", plain).translate(_SOUNDS))


def sounds_many(words: Sequence[str]) -> list[str]:
    """What :func:`sounds` says of each of *words*."""
    spoken = [word.isalpha() for word in words]
    text = "\n".join([word for word, letters in zip(words, spoken, strict=True) if letters])
    for pattern, sound in _SPELLINGS:
        text = pattern.sub(sound, text)
    text = _DOUBLED.sub(r"\1", _FRONT.sub("A", text))
    heard = iter(_DOUBLED.sub(r"\1", text.translate(_SOUNDS)).split("\n"))
    return [next(heard) if letters else word for word, letters in zip(words, spoken, strict=True)]


def initial(token: str) -> int:
    """The first letter or digit of a folded token as a number from 0 to 35."""
    return int(token[0], 36)
