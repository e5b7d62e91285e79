"""How this wiki is set up: its limits, what it takes for missing, how far back it remembers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgtool.entities.term_languages import is_term_language

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
        return is_term_language(code)


def is_monolingual_language(code: str) -> bool:
    """Whether a monolingual text may be in a language (also ``mis``, ``zxx``; not ``und``)."""
    known = code in ("mis", "zxx", "mul") or is_term_language(code)
    return known and code not in _NOT_MONOLINGUAL
