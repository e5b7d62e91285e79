"""The answer to the question that partners ask: what happened to our data?"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from kgtool.partners.fate import Fate
from kgtool.partners.link_fate import LinkFate


class Reach(Struct, frozen=True):
    """How far back and how wholly the answer knows.

    ``source`` is *wiki* where revisions were read, else *workspace*: then the oldest state that is
    kept is compared with today's, and nobody knows who changed what. ``begins`` is from when that
    is; ``unread`` counts items of which the wiki was not asked yet, ``hidden`` revisions that the
    wiki does not show, ``deleted`` items that are not there any more.
    """

    source: Literal["wiki", "workspace"]
    begins: str
    complete: bool
    unread: int = 0
    hidden: int = 0
    deleted: int = 0


# Of each state, so many statements stand in an answer; all can be had one after the other.
SHOWN = 200


class Told(Struct, frozen=True):
    """The answer. ``items`` were followed, ``touched`` were edited, by ``people`` accounts.

    ``counts`` are of all statements by state, ``gained`` and ``lost`` of all sitelinks;
    ``statements`` and ``sitelinks`` are the first SHOWN of each state, by item.
    """

    selection: str
    since: str
    as_of: str
    reach: Reach
    items: int
    touched: int
    people: int
    counts: dict[str, int]
    gained: int
    lost: int
    statements: list[Fate]
    sitelinks: list[LinkFate]
