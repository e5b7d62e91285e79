"""What is left of a word without its vowels: how Arabic and Hebrew write it.

Both scripts write consonants and few vowels, so a romanised name (``muhammad``) and the letters
of the script (``mhmd``) agree in these alone. Classes of letters are finer than those of
:func:`kgtool.views.names.text.sounds`: as vowels tell nothing, consonants must tell more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_DIGRAPHS = [
    (re.compile(pattern, re.MULTILINE), bone)
    for pattern, bone in [
        ("ph", "f"),
        ("sch|sh|zh|ch", "X"),
        ("kh|gh|ck|qu", "k"),
        ("th|dh", "t"),
        ("ts|tz", "s"),
        ("dj", "j"),
        ("x", "ks"),
        ("h$", ""),
        ("^(?=[aeiou])", "A"),
    ]
]
_CLASSES = str.maketrans(
    {
        **dict.fromkeys("bpfv", "P"),
        **dict.fromkeys("td", "T"),
        **dict.fromkeys("sz", "S"),
        **dict.fromkeys("kgqc", "K"),
        **dict.fromkeys("aeiouyw", ""),
        **{letter: letter.upper() for letter in "jhmnlr"},
    }
)
_DOUBLED = re.compile(r"(.)\1+")


def bones(words: Sequence[str]) -> list[str]:
    """The consonants of folded words by class, with A for a vowel in front.

    >>> bones(["mhmd", "muhammad", "qasim", "kasem", "mutawalli", "mtuli"])
    ['MHMT', 'MHMT', 'KSM', 'KSM', 'MTL', 'MTL']
    """
    spoken = [word.isalpha() for word in words]
    text = "\n".join([word for word, letters in zip(words, spoken, strict=True) if letters])
    for pattern, bone in _DIGRAPHS:
        text = pattern.sub(bone, text)
    found = iter(_DOUBLED.sub(r"\1", text.translate(_CLASSES)).split("\n"))
    return [next(found) if letters else word for word, letters in zip(words, spoken, strict=True)]
