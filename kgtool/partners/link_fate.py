"""Sitelinks that an item gained or lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from kgtool.partners.slots import Version


class LinkFate(Struct, frozen=True):
    """A sitelink that was gained or lost."""

    item: str
    site: str
    title: str
    what: Literal["gained", "lost"]
    by: str
    at: str
    revision: int
    parent: int


def link_fates(id: str, versions: Sequence[Version], *, base: bool = True) -> list[LinkFate]:
    """Sitelinks gained and lost on balance, each with the last edit that did it."""
    if not versions or versions[-1].item is None:
        return []
    links = [
        {site: link.title for site, link in version.item.sitelinks.items()} if version.item else {}
        for version in versions
    ]
    before = links[0] if base else {}
    found = []
    for site in sorted(before.keys() | links[-1].keys()):
        was, now = before.get(site), links[-1].get(site)
        if was == now:
            continue
        turns = [
            place
            for place in range(1 if base else 0, len(links))
            if links[place].get(site) != (links[place - 1].get(site) if place else None)
        ]
        version = versions[turns[-1] if turns else -1]
        for what, title in (("lost", was), ("gained", now)):
            if title is not None:
                found.append(
                    LinkFate(
                        id,
                        site,
                        title,
                        "gained" if what == "gained" else "lost",
                        version.user,
                        version.at,
                        version.revision,
                        version.parent,
                    )
                )
    return found
