"""One revision of an item, and what is known of its page."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from kgtool.entities import Item, parse_entity
from kgtool.errors import InputError


class Revision(Struct, frozen=True):
    """One revision; ``content`` is its JSON, none where the wiki hides it. ``at`` is ISO 8601."""

    id: int
    item: str
    parent: int
    at: str
    user: str
    comment: str
    content: bytes | None


class Page(Struct, frozen=True):
    """What is known of an item's page.

    ``latest`` is the revision that stood when it was ``seen``, made at ``changed``; all revisions
    from ``back_to`` to the one numbered ``read_to`` are kept (0: none had to be). A page that is
    not there any more has ``latest`` 0 and, if the log told, who deleted it when.
    """

    item: str
    latest: int
    changed: str
    back_to: str = ""
    read_to: int = 0
    seen: str = ""
    gone_by: str = ""
    gone_at: str = ""


def item_of(revision: Revision) -> Item | None:
    """The item as it was; none for a redirect, hidden content, or another kind of entity."""
    if revision.content is None or redirect_of(revision):
        return None
    try:
        entity = parse_entity(revision.content)
    except InputError:
        return None
    return entity if isinstance(entity, Item) else None


def redirect_of(revision: Revision) -> str:
    """The item that a redirect leads to; empty where the revision is none."""
    if revision.content is None or b'"redirect"' not in revision.content:
        return ""
    raw = msgspec.json.decode(revision.content)
    target = raw.get("redirect") if isinstance(raw, dict) and "labels" not in raw else None
    return str(target) if target else ""


def revisions_in(answer: dict[str, Any]) -> list[Revision]:
    """The revisions in a part of the answer to ``prop=revisions``, with or without contents."""
    found = []
    for page in answer.get("pages", []):
        id = str(page.get("title", "")).rpartition(":")[2]
        for raw in page.get("revisions", []):
            content = raw.get("slots", {}).get("main", {}).get("content")
            found.append(
                Revision(
                    int(raw["revid"]),
                    id,
                    int(raw.get("parentid", 0)),
                    str(raw.get("timestamp", "")),
                    str(raw.get("user", "")),
                    str(raw.get("comment", "")),
                    None if content is None else str(content).encode(),
                )
            )
    return found
