"""Which languages a Wikibase has terms in: those of CLDR, and those that wikis have besides."""

from __future__ import annotations

from functools import cache, lru_cache

# Codes that wikis use and CLDR has not, or that Wikibase takes for labels besides CLDR's.
_OF_WIKIS = {
    *("als", "aln", "bar", "bcc", "bjn", "bqi", "bxr", "cbk", "cdo", "cps", "dty", "diq", "dtp"),
    *("egl", "eml", "fiu", "frc", "gag", "gbm", "glk", "gor", "guc", "hak", "hif", "inh", "jut"),
    *("kbd", "kbp", "kiu", "koi", "krj", "kri", "ksh", "lad", "lbe", "lez", "lfn", "lij", "liv"),
    *("lld", "lmo", "lrc", "lzh", "lzz", "mdf", "mhr", "mrj", "mwl", "myv", "nan", "nah", "nrm"),
    *("olo", "pam", "pcd", "pdc", "pfl", "pms", "pnb", "pnt", "rgn", "rmf", "rmy", "rue", "roa"),
    *("sat", "sdc", "sei", "sgs", "skr", "stq", "szl", "szy", "tay", "tcy", "tly", "tyv", "udm"),
    *("vec", "vep", "vls", "vmf", "vot", "vro", "wuu", "xmf", "yue", "zea", "zh", "bat", "be"),
    *("map", "sh", "mo", "no", "bh", "simple", "mul", "tokipona"),
}


@lru_cache(4096)
def is_term_language(code: str) -> bool:
    """Whether labels may be in a language: ``en``, ``zh-hant``, ``be-tarask``, ``mul``."""
    main, _, rest = code.partition("-")
    if not code.isascii() or not main.islower() or main == "und" or main not in _mains():
        return False
    return all(part.isalnum() and len(part) > 1 for part in rest.split("-") if rest)


@cache
def _mains() -> frozenset[str]:
    from babel import Locale
    from babel.localedata import locale_identifiers

    codes = (*Locale("en").languages, *locale_identifiers())
    return frozenset(str(code).partition("_")[0] for code in codes) | _OF_WIKIS
