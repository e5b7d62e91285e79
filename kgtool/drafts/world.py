"""What planning must know of the wiki, as questions; where the answers come from is handed in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from kgtool.entities import EntityIdValue, Item, Property, StringValue
from kgtool.entities.web import site_of


class World(Protocol):
    """Answers about a wiki, each for many things at once.

    ``complete`` says whether what is not found does not exist: so for the wiki itself, not so for a
    workspace that holds a part of it.
    """

    complete: bool

    def items(self, ids: Collection[str]) -> dict[str, Item]:
        """Items by the id asked for; for a redirect, the item that it leads to."""
        ...

    def properties(self, ids: Collection[str]) -> dict[str, Property]:
        """Properties by id, those that are known."""
        ...

    def holders(self, property: str, texts: Collection[str]) -> dict[str, list[str]]:
        """Items that have a statement with this string, identifier, URL or item: text → ids."""
        ...

    def on_site(self, property: str, sites: Collection[str]) -> dict[str, list[str]]:
        """Items whose address in the property is on this website: site → ids.

        Sites are as :func:`kgtool.entities.web.site_of` gives them.
        """
        ...

    def named(self, texts: Collection[str], languages: Collection[str]) -> dict[str, list[str]]:
        """Items with this label or alias, in one of the languages or in ``mul``: text → ids."""
        ...

    def linked(self, site: str, titles: Collection[str]) -> dict[str, str]:
        """Items with this sitelink: title → id."""
        ...


class MemoryWorld:
    """A world of entities in memory; the whole of it if ``complete``."""

    def __init__(
        self,
        items: Iterable[Item] = (),
        properties: Iterable[Property] = (),
        *,
        redirects: dict[str, str] | None = None,
        complete: bool = False,
    ) -> None:
        self.complete = complete
        self._items = {item.id: item for item in items}
        self._properties = {property.id: property for property in properties}
        self._redirects = dict(redirects or {})
        self._values: dict[tuple[str, str], list[str]] = {}
        self._names: dict[str, list[str]] = {}
        self._links: dict[tuple[str, str], str] = {}
        for item in self._items.values():
            self._index(item)

    def items(self, ids: Collection[str]) -> dict[str, Item]:
        found = {id: self._items.get(self._redirects.get(id, id)) for id in ids}
        return {id: item for id, item in found.items() if item is not None}

    def properties(self, ids: Collection[str]) -> dict[str, Property]:
        return {id: self._properties[id] for id in ids if id in self._properties}

    def holders(self, property: str, texts: Collection[str]) -> dict[str, list[str]]:
        pairs = ((text, self._values.get((property, text), [])) for text in texts)
        return {text: ids for text, ids in pairs if ids}

    def on_site(self, property: str, sites: Collection[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for (stated, text), ids in self._values.items():
            if stated == property and (site := site_of(text)) in sites:
                found.setdefault(site, []).extend(ids)
        return {site: sorted(set(ids)) for site, ids in found.items()}

    def named(self, texts: Collection[str], languages: Collection[str]) -> dict[str, list[str]]:
        pairs = ((text, self._names.get(text.casefold(), [])) for text in texts)
        return {text: ids for text, ids in pairs if ids}

    def linked(self, site: str, titles: Collection[str]) -> dict[str, str]:
        return {t: self._links[site, t] for t in titles if (site, t) in self._links}

    def _index(self, item: Item) -> None:
        for property, statements in item.claims.items():
            for statement in statements:
                text = ""
                match statement.mainsnak.datavalue:
                    case StringValue(value):
                        text = value
                    case EntityIdValue(value):
                        text = value.id
                if text:
                    ids = self._values.setdefault((property, text), [])
                    if item.id not in ids:
                        ids.append(item.id)
        names = {t.value for t in item.labels.values()}
        names |= {t.value for terms in item.aliases.values() for t in terms}
        for name in {n.casefold() for n in names}:
            self._names.setdefault(name, []).append(item.id)
        for link in item.sitelinks.values():
            self._links[link.site, link.title] = item.id
