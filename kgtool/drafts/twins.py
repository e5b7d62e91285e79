"""Rows of one table that describe the same thing."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable

from kgtool.drafts.draft import Draft
from kgtool.drafts.sameness import items_and_texts, key_values, names_of, sites_of, values_of
from kgtool.entities import Profile, snak_key

# Rows of one name that a row is compared with: where there are more, it is no name.
_MOST = 50


class Twins:
    """Remembers rows in their order, and says which earlier one a row repeats."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._keys: dict[Hashable, str] = {}
        self._items: dict[str, str] = {}
        # Of each name, the rows that an identifier tells apart, and those that nothing does.
        self._named: dict[str, tuple[list[Draft], list[Draft]]] = {}

    def of(self, draft: Draft, item: str = "") -> str:
        """Key of the earlier row that describes the same, ``""`` if none does.

        It has an identifier, page, website or item (``item``, once that is known) of this one; or
        the same name and kind, where one of the two has nothing that could tell them apart.
        """
        keys = self._keys_of(draft)
        twin = next((self._keys[key] for key in keys if key in self._keys), "")
        for key in keys:
            self._keys.setdefault(key, draft.key)
        if item and not twin:
            first = self._items.setdefault(item, draft.key)
            twin = "" if first == draft.key else first
        name = self._same_name(draft, bool(keys))
        return twin or name

    def _keys_of(self, draft: Draft) -> list[Hashable]:
        wanted = draft.wanted
        keys: list[Hashable] = [
            (snak_key(s.mainsnak), frozenset(values_of(s.qualifiers.get(draft.per.get(p, ""), []))))
            for p, _, s in key_values(draft)
        ]
        keys += [(site, link.title) for site, link in wanted.sitelinks.items()]
        if self._profile.properties.official_website in draft.keys:
            keys += sorted(sites_of(wanted, self._profile))
        return [*keys, *([wanted.id] if wanted.id else [])]

    def _same_name(self, draft: Draft, told_apart: bool) -> str:
        found = ""
        for name in sorted({_plain(one) for one in names_of(draft)}):
            apart, alike = self._named.setdefault(name, ([], []))
            for other in alike if told_apart else [*apart, *alike]:
                if not found and not self._another(draft, other):
                    found = other.key
            known = apart if told_apart else alike
            if len(known) < _MOST:
                known.append(draft)
        return found

    def _another(self, draft: Draft, other: Draft) -> bool:
        """Whether two rows of one name say that they are different things.

        Where both have a description they do: of one label and one description the wiki takes one.
        """
        roles = self._profile.properties
        properties = (roles.instance_of, roles.country, roles.collection, *draft.keys)
        for property in properties:
            ours = items_and_texts(draft.wanted.claims.get(property, []))
            theirs = items_and_texts(other.wanted.claims.get(property, []))
            if ours and theirs and not ours & theirs:
                return True
        return bool(draft.wanted.descriptions.keys() & other.wanted.descriptions.keys())


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
