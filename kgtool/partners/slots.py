"""What of an item can have a fate, in each of its versions.

A *slot* is a statement by its GUID, or a term or sitelink that a batch wrote (``Lsv``, ``Dsv``,
``Asv:text``, ``Senwiki``).
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from kgtool.entities import Item, Statement, value_text

Content: TypeAlias = Statement | str


class Version(Struct, frozen=True):
    """One state of an item: who made it when (ISO 8601), as which revision, after which.

    ``item`` is none where there is none to see: a redirect (``redirect`` says to where), or a page
    that was deleted. ``user`` is empty where nobody knows.
    """

    revision: int
    parent: int
    at: str
    user: str
    item: Item | None
    comment: str = ""
    redirect: str = ""


def slots(item: Item | None) -> dict[str, Content]:
    """Everything of an item that can have a fate."""
    found: dict[str, Content] = {}
    if item is None:
        return found
    for statements in item.claims.values():
        found.update({one.id: one for one in statements if one.id})
    found.update({f"L{code}": term.value for code, term in item.labels.items()})
    found.update({f"D{code}": term.value for code, term in item.descriptions.items()})
    for code, terms in item.aliases.items():
        found.update({f"A{code}:{term.value}": term.value for term in terms})
    found.update({f"S{site}": link.title for site, link in item.sitelinks.items()})
    return found


def written_slots(before: Item | None, after: Item | None) -> frozenset[str]:
    """The slots that one edit made or altered."""
    was, now = slots(before), slots(after)
    return frozenset(
        slot for slot, content in now.items() if slot not in was or was[slot] != content
    )


def text(content: Content | None) -> str:
    """A slot's value in short."""
    if content is None:
        return ""
    return content if isinstance(content, str) else value_text(content.mainsnak)
