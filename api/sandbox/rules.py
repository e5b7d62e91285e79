"""How this wiki is set up: its limits, what it takes for missing, how far back it remembers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kgtool.entities.sites import site

# Codes that wikis use and CLDR has not, or that Wikibase takes for labels besides CLDR's.
_OF_WIKIS = {
    *("als", "aln", "bar", "bcc", "bjn", "bqi", "bxr", "cbk", "cdo", "cps", "dty", "diq", "dtp"),
    *("egl", "eml", "fiu", "frc", "gag", "gbm", "glk", "gor", "guc", "hak", "hif", "inh", "jut"),
    *("kbd", "kbp", "kiu", "koi", "krj", "kri", "ksh", "lad", "lbe", "lez", "lfn", "lij", "liv"),
    *("lld", "lmo", "lrc", "lzh", "lzz", "mdf", "mhr", "mrj", "mwl", "myv", "nan", "nah", "nrm"),
    *("olo", "pam", "pcd", "pdc", "pfl", "pms", "pnb", "pnt", "rgn", "rmf", "rmy", "rue", "roa"),
    *("sat", "sdc", "sei", "sgs", "skr", "stq", "szl", "szy", "tay", "tcy", "tly", "tyv", "udm"),
    *("vec", "vep", "vls", "vmf", "vot", "vro", "wuu", "xmf", "yue", "zea", "zh", "bat", "be"),
    *("map", "sh", "mo", "no", "bh", "simple", "mul"),
}
_NOT_MONOLINGUAL = {"simple", "de-formal", "zh-min-nan", "und"}
# OpenRefine marks its edits so; Wikidata has a tag for each version.
_OPENREFINE_TAG = re.compile(r"openrefine(-\d+\.\d+)?")


@dataclass(frozen=True)
class Limit:
    """So many actions in so many seconds."""

    hits: int
    seconds: int = 60


@dataclass(frozen=True)
class Rules:
    """The set-up of a sandbox.

    ``edits`` and ``creations`` limit every account without the right ``noratelimit``; a refused
    creation counts ``refused_creation_cost`` times. ``absent_files`` and ``absent_pages`` are those
    that Commons and the other wikis are to lack; they have every other. ``tags`` are change tags
    besides those of OpenRefine. ``recent_seconds`` is how far recent changes reach back.
    """

    site_name: str = "Sandbox"
    edits: Limit | None = None
    creations: Limit | None = None
    refused_creation_cost: int = 1
    absent_files: frozenset[str] = frozenset()
    absent_pages: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    mul: bool = True
    recent_seconds: int = 30 * 86400
    term_length: int = 250
    string_length: int = 1500
    url_length: int = 500
    summary_length: int = 500

    def knows_tag(self, tag: str) -> bool:
        """Whether edits may be marked with a tag."""
        return tag in self.tags or _OPENREFINE_TAG.fullmatch(tag) is not None

    def knows_language(self, code: str) -> bool:
        """Whether labels may be in a language."""
        if code == "mul":
            return self.mul
        return is_language(code)


@lru_cache(maxsize=4096)
def is_language(code: str) -> bool:
    """Whether a code is one of a language that wikis have terms in."""
    main, _, rest = code.partition("-")
    if not main.islower() or not main.isascii():
        return False
    if main not in _languages() or main == "und":
        return False
    return all(part.isalnum() and len(part) > 1 for part in rest.split("-") if rest)


def is_monolingual_language(code: str) -> bool:
    """Whether a monolingual text may be in a language (also ``mis``, ``zxx``; not ``und``)."""
    return code not in _NOT_MONOLINGUAL and (code in ("mis", "zxx", "mul") or is_language(code))


def is_site(id: str) -> bool:
    """Whether a site is one that sitelinks may lead to: ``enwiki``, ``be_x_oldwiki``."""
    found = site(id)
    return found is not None and is_language(found.language)


@lru_cache(maxsize=1)
def _languages() -> frozenset[str]:
    from babel import Locale

    return frozenset(str(code).partition("_")[0] for code in Locale("en").languages) | _OF_WIKIS
