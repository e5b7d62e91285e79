"""Other scripts in Latin letters: what a library would write, before accents are dropped.

:mod:`anyascii` romanises every script letter by letter. That is not enough where two letters make
one sound (Greek ``μπ`` is b) or where a letter is a consonant in one place and a vowel in another
(Arabic and Hebrew). These few tables say so; they follow the ALA-LC romanisation tables.
"""

from __future__ import annotations

import re

from anyascii import anyascii

_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_HEBREW = re.compile("[\u0590-\u05ff]")
_ARABIC = re.compile("[\u0600-\u06ff\ufb50-\ufeff]")
_KANA = re.compile("[\u3040-\u30ff]")

_SMALL_VOWELS = {
    "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o", "ャ": "ya", "ュ": "yu", "ョ": "yo",
    "ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o", "ゃ": "ya", "ゅ": "yu", "ょ": "yo",
}  # fmt: skip
_SMALL_KANA = re.compile(f"([\u3041-\u30fa])([{''.join(_SMALL_VOWELS)}])")

_GREEK_PAIRS = [
    ("ου", "u"),
    ("μπ", "b"),
    ("γκ", "g"),
    ("γγ", "ng"),
    ("τζ", "dz"),
    ("τσ", "ts"),
    ("αι", "e"),
    ("ει", "i"),
    ("οι", "i"),
    ("αυ", "av"),
    ("ευ", "ev"),
]
_GREEK_LETTERS = str.maketrans({"β": "v", "η": "i", "υ": "i", "χ": "ch", "φ": "f", "ω": "o"})
_CYRILLIC_LETTERS = str.maketrans({"ч": "tsh", "щ": "sh", "ь": "", "ъ": "", "ё": "e", "ц": "ts"})
_ARABIC_LETTERS = str.maketrans(
    {
        "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ٱ": "a", "ب": "b", "پ": "p", "ت": "t", "ث": "th",
        "ج": "j", "چ": "ch", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r", "ز": "z",
        "ژ": "zh", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "",
        "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ک": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n",
        "ه": "h", "ة": "h", "ء": "", "ئ": "i", "ؤ": "u", "ى": "i", "ي": "i", "ی": "i", "و": "u",
        "ـ": "", "،": ",", "؛": ";", "؟": "?",
    }
)  # fmt: skip
_HEBREW_LETTERS = str.maketrans(
    {
        "א": "a", "ב": "b", "ג": "g", "ד": "d", "ה": "h", "ו": "u", "ז": "z", "ח": "h", "ט": "t",
        "י": "i", "כ": "k", "ך": "k", "ל": "l", "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s",
        "ע": "", "פ": "p", "ף": "p", "צ": "ts", "ץ": "ts", "ק": "k", "ר": "r", "ש": "sh", "ת": "t",
        "״": "", "׳": "", "־": "-",
    }
)  # fmt: skip
_ARTICLE = re.compile(r"\bال(?=\w{2})")
_MARKS = re.compile("[\u064b-\u065f\u0670\u0591-\u05c7]")  # vowel signs, mostly not written
# Two letters, not the sound that Latin letters write with both: سحر is s-h-r, not sh-r.
_APART = re.compile("(?<=[سصتطدذكکقزگجסצתטדכקזג])(?=[هحהח])")
_FIRST_AIN = re.compile(r"\b[عע]")  # carries a vowel, mostly a
_FIRST_W = re.compile(r"\b[وו]")
_FIRST_Y = re.compile(r"\b[يیי]")


def has_other_script(text: str) -> bool:
    """Whether letters of *text* are not Latin, so that spelling tells less than sound."""
    return any(
        char > "\u036f" and not "\u1e00" <= char <= "\u1eff" for char in text if char.isalpha()
    )


def is_abjad(text: str) -> bool:
    """Whether *text* is in Arabic or Hebrew letters, which write few vowels."""
    return bool(_ARABIC.search(text) or _HEBREW.search(text))


def romanise(text: str) -> str:
    """*text* in ASCII; case is kept only where all letters are Latin."""
    if text.isascii():
        return text
    if _GREEK.search(text):
        text = _greek(text)
    if _CYRILLIC.search(text):
        text = text.lower().translate(_CYRILLIC_LETTERS)
    if _ARABIC.search(text):
        text = _FIRST_AIN.sub("a", _ARTICLE.sub("al ", _MARKS.sub("", text)))
        text = _APART.sub("ا", _FIRST_Y.sub("y", _FIRST_W.sub("w", text)))
        text = text.translate(_ARABIC_LETTERS)
    if _HEBREW.search(text):
        text = _FIRST_AIN.sub("a", _MARKS.sub("", text))
        text = _APART.sub("א", _FIRST_Y.sub("y", _FIRST_W.sub("w", text)))
        text = text.translate(_HEBREW_LETTERS)
    if _KANA.search(text):
        text = text.replace("ー", "").replace("・", " ").replace("＝", " ").replace("ッ", "")
        text = _SMALL_KANA.sub(_with_small_kana, text)
    return anyascii(text)


def _with_small_kana(found: re.Match[str]) -> str:
    """Two signs that make one syllable, as in Hepburn romanisation: ジョ is jo, ティ is ti."""
    before = anyascii(found[1]).lower()
    consonant = before[:-1] or "w" * (before == "u")
    small = _SMALL_VOWELS[found[2]]
    if len(small) > 1 and consonant in ("sh", "ch", "j"):
        small = small[1:]
    return consonant + small


def variants(text: str) -> list[str]:
    """Other ways to write *text* in Latin letters, where its script leaves a choice."""
    found: list[str] = []
    if _KANA.search(text):
        first = romanise(text)
        found += [first.replace("r", "l"), first.replace("b", "v")]
        found.append(found[0].replace("b", "v"))
    if _CYRILLIC.search(text):
        found.append(romanise(re.sub(r"\bг", "h", text.lower())))
        found.append(romanise(re.sub("х", "h", text.lower())))
    if _GREEK.search(text):
        found.append(romanise(_greek(text).replace("nt", "d")))
    if _ARABIC.search(text):  # Persian and Turkish read some letters otherwise
        found.append(romanise(text.replace("ض", "z")))
        found.append(romanise(re.sub(r"(?<=\w)و", "v", text)))
    if _HEBREW.search(text):
        found.append(romanise(re.sub(r"(?<=\w)ו", "v", text)))
    return found


def _greek(text: str) -> str:
    import unicodedata

    plain = "".join(
        char
        for char in unicodedata.normalize("NFD", text.lower())
        if not unicodedata.combining(char)
    )
    for pair, sound in _GREEK_PAIRS:
        plain = plain.replace(pair, sound)
    return re.sub(r"\bντ", "d", plain).translate(_GREEK_LETTERS)
