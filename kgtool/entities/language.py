"""Which term serves a reader: MediaWiki's fallback languages, then ``mul``, then English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from kgtool.entities.model import Entity, Term
from kgtool.entities.scripts import letters

# Language → languages that its readers read, nearest first, as MediaWiki has them.
_NEARER: dict[str, str] = {
    "ab": "ru", "ace": "id", "aln": "sq", "an": "es", "anp": "hi", "arn": "es", "ary": "ar",
    "arz": "ar", "atj": "fr", "av": "ru", "awa": "hi", "ay": "es", "azb": "fa", "ba": "ru",
    "ban": "id", "bar": "de", "bcl": "tl", "be-tarask": "be", "be-x-old": "be-tarask be",
    "bjn": "id", "bm": "fr", "bpy": "bn", "bqi": "fa", "bug": "id", "bxr": "ru", "ce": "ru",
    "co": "it", "crh": "crh-latn", "crh-cyrl": "ru", "cs": "sk", "csb": "pl", "cv": "ru",
    "dsb": "hsb de", "dtp": "ms", "dty": "ne", "egl": "it", "eml": "it", "ext": "es",
    "ff": "fr", "fit": "fi", "fo": "da", "frc": "fr", "frp": "fr", "frr": "de", "fur": "it",
    "gag": "tr", "gan": "gan-hant zh-hant zh-hans", "gcr": "fr", "gl": "pt", "glk": "fa",
    "gn": "es", "gor": "id", "gsw": "de", "hak": "zh-hant", "hif": "hif-latn", "hrx": "de",
    "hsb": "dsb de", "ht": "fr", "hyw": "hy", "ii": "zh-cn zh-hans", "inh": "ru", "jut": "da",
    "jv": "id", "kaa": "kk-latn kk-cyrl", "kab": "fr", "kk": "kk-cyrl", "kl": "da",
    "koi": "ru", "krc": "ru", "krl": "fi", "ks": "ks-arab", "ksh": "de", "ku": "ku-latn",
    "kv": "ru", "lad": "es", "lb": "de", "lez": "ru", "li": "nl", "lij": "it", "liv": "et",
    "lld": "it", "lmo": "it", "ln": "fr", "lrc": "fa", "ltg": "lv", "lzh": "zh-hant",
    "lzz": "tr", "mai": "hi", "map-bms": "jv id", "mdf": "myv ru", "mg": "fr", "mhr": "ru",
    "min": "id", "mo": "ro", "mrj": "ru", "mwl": "pt", "myv": "ru", "mzn": "fa", "nah": "es",
    "nan": "zh-hant", "nap": "it", "nb": "no nn da sv", "nds": "de", "nds-nl": "nl",
    "nia": "id", "nn": "nb no da sv", "no": "nb nn da sv", "nrm": "fr", "oc": "ca fr",
    "olo": "fi", "os": "ru", "pcd": "fr", "pdc": "de", "pfl": "de", "pms": "it", "pnt": "el",
    "pt": "pt-br", "pt-br": "pt", "qu": "es", "qug": "qu es", "rgn": "it", "rm": "de",
    "rmy": "ro", "roa-tara": "it", "rue": "uk ru", "rup": "ro", "sa": "hi", "sah": "ru",
    "sc": "it", "scn": "it", "sdc": "it", "se": "nb fi", "sg": "fr", "sgs": "lt",
    "sh": "bs sr-el hr", "shi": "fr", "sk": "cs", "sli": "de", "smn": "fi", "sms": "fi",
    "sr": "sr-ec", "sr-ec": "sr", "sr-el": "sr", "srn": "nl", "stq": "de", "su": "id",
    "szl": "pl", "tcy": "kn", "tet": "pt", "tg": "tg-cyrl", "tt": "tt-cyrl ru", "ty": "fr",
    "tyv": "ru", "udm": "ru", "ug": "ug-arab", "vec": "it", "vep": "et", "vls": "nl",
    "vmf": "de", "vot": "fi", "vro": "et", "wa": "fr", "wo": "fr", "wuu": "zh-hans",
    "xal": "ru", "xmf": "ka", "yi": "he", "yue": "zh-hk zh-hant", "za": "zh-hans",
    "zea": "nl", "zh": "zh-hans zh-hant zh-cn zh-tw zh-hk", "zh-cn": "zh-hans zh",
    "zh-hans": "zh-cn zh zh-hant", "zh-hant": "zh-tw zh-hk zh zh-hans",
    "zh-hk": "zh-hant zh-tw zh zh-hans", "zh-mo": "zh-hk zh-hant zh-tw zh zh-hans",
    "zh-my": "zh-sg zh-hans zh-cn zh", "zh-sg": "zh-hans zh-cn zh",
    "zh-tw": "zh-hant zh-hk zh zh-hans",
}  # fmt: skip


@cache
def fallback(language: str) -> tuple[str, ...]:
    """Languages to try in turn for a term: itself, nearer ones, ``mul``, English."""
    codes = [language, *_NEARER.get(language, "").split()]
    codes += [code.partition("-")[0] for code in codes if "-" in code]
    return tuple(dict.fromkeys([*codes, "mul", "en"]))


def label(entity: Entity, language: str) -> Term | None:
    """The label to show to a reader of the language, which says its own language; or ``None``."""
    return _nearest(entity.labels, language)


def description(entity: Entity, language: str) -> Term | None:
    """The description to show to a reader of the language, in the same way."""
    return _nearest(entity.descriptions, language)


def _nearest(terms: Mapping[str, Term], language: str) -> Term | None:
    return next((terms[code] for code in fallback(language) if code in terms), None)


def serves(text: str, language: str) -> bool:
    """Whether a text in ``mul`` serves the readers of a language: its script is one of theirs."""
    import re2  # 15 ms, which showing labels does not need

    return re2.fullmatch(letters(language), text) is not None
