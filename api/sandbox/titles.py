"""Titles of pages that are no entities: their namespaces, and how a wiki writes them."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAMES = {
    1: "Talk",
    2: "User",
    3: "User talk",
    4: "Project",
    5: "Project talk",
    10: "Template",
    11: "Template talk",
    12: "Help",
    13: "Help talk",
    14: "Category",
    15: "Category talk",
    121: "Property talk",
}
# Wikidata calls its project namespace by its own name; here both lead there.
_ALIASES = {"wikidata": 4, "wikidata talk": 5, "wd": 4}
_NUMBERS = {name.lower(): number for number, name in _NAMES.items()} | _ALIASES
_BAD = re.compile(r"[\[\]{}|<>#\x00-\x1f\x7f]|~~~")
_LONGEST = 255


class Title(NamedTuple):
    """A namespace and the whole title in its usual form."""

    ns: int
    text: str


def title(given: str) -> Title | None:
    """The title as the wiki writes it; ``None`` where it cannot be one of a text page.

    Spaces for underscores, the namespace's own name, a capital first (MediaWikiTitleCodec).
    """
    text = " ".join(given.replace("_", " ").split())
    prefix, colon, rest = text.partition(":")
    number = _NUMBERS.get(prefix.strip().lower()) if colon else None
    name = rest.strip() if number is not None else text
    if number is None or not name or _BAD.search(name) or len(name.encode()) > _LONGEST:
        return None
    return Title(number, f"{_NAMES[number]}:{name[0].upper()}{name[1:]}")


def is_impossible(given: str) -> bool:
    """Whether no page at all can have that title."""
    return not given.strip() or _BAD.search(given) is not None
