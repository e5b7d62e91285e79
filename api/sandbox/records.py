"""What the store keeps, as values: pages, revisions, and who made them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

Raw = dict[str, Any]


class Page(NamedTuple):
    """A page; ``entity`` is the id of an entity, or the title of a page with wikitext.

    ``redirect`` names the entity it leads to.
    """

    id: int
    entity: str
    ns: int
    latest: int
    redirect: str | None
    deleted: int
    protected: int

    @property
    def title(self) -> str:
        """The title, with its namespace."""
        return title_of(self.entity)

    @property
    def alive(self) -> bool:
        """Whether it stands and is no redirect."""
        return not self.deleted and self.redirect is None


class Revision(NamedTuple):
    """One state of a page; ``content`` is the JSON of the entity, or wikitext."""

    id: int
    page: int
    parent: int
    user_id: int
    user: str
    time: int
    comment: str
    tags: str
    content: bytes

    @property
    def entity(self) -> Raw:
        """The entity as JSON, decoded anew at each call."""
        raw: Raw = msgspec.json.decode(self.content)
        return raw

    @property
    def sha1(self) -> str:
        """The SHA-1 of the content, in hexadecimal digits."""
        return hashlib.sha1(self.content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Author:
    """Who makes an edit, and how it is to be marked."""

    id: int
    name: str
    comment: str = ""
    tags: tuple[str, ...] = ()
    bot: bool = False


# Content models by namespace; everything else is wikitext.
MODELS = {0: "wikibase-item", 120: "wikibase-property"}


def title_of(entity: str) -> str:
    """The page title of an entity id; that of a text page is its own."""
    return f"Property:{entity}" if entity[:1] == "P" and entity[1:].isdecimal() else entity


def entity_of(title: str) -> str:
    """The entity id of a page title."""
    return title.removeprefix("Property:").removeprefix("Item:").strip()


def terms_of(id: str, entity: Raw) -> list[tuple[str, str, str, str]]:
    """Rows of the term table; the kinds are L(abel), D(escription), A(lias)."""
    rows = [(id, "L", code, term["value"]) for code, term in entity.get("labels", {}).items()]
    rows += [
        (id, "D", code, term["value"]) for code, term in entity.get("descriptions", {}).items()
    ]
    rows += [
        (id, "A", code, term["value"])
        for code, terms in entity.get("aliases", {}).items()
        for term in terms
    ]
    return rows


def spliced(head: Raw, content: bytes) -> msgspec.Raw:
    """One JSON object of the fields of ``head`` and those of ``content``, without decoding it."""
    front = msgspec.json.encode(head)[:-1]
    return msgspec.Raw(front + (b"," if head else b"") + content[1:])
