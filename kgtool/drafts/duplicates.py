"""Does the item exist already? By several keys, against the wiki and inside the batch.

Identifiers decide first, then sitelinks; a name only raises a doubt, and only where
country, identifiers and being human do not speak against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts.draft import Draft
from kgtool.drafts.words import Words, words
from kgtool.drafts.world import World
from kgtool.entities import (
    EntityIdValue,
    Item,
    Profile,
    Statement,
    StringValue,
    snak_key,
)


class Near(Struct, frozen=True):
    """An item that may be the one a row describes, and ``why`` in English, or in ``words``."""

    id: str
    label: str
    why: str
    words: Words | None = None


class Identity(Struct, frozen=True, omit_defaults=True):
    """What is known of a row's item.

    ``item`` is the item itself, found by ``why``; ``near`` are items that a person must look at;
    ``twin`` is an earlier row of the batch that describes the same; ``gone`` a QID in the table
    that the wiki does not have; ``searched`` what was looked for and not found.
    """

    item: Item | None = None
    why: str = ""
    near: list[Near] = []
    twin: str = ""
    gone: str = ""
    searched: list[str] = []


def identify(drafts: Sequence[Draft], world: World, profile: Profile) -> list[Identity]:
    """For each draft, which item it is; questions to the world are asked for all rows at once."""
    return _Finder(drafts, world, profile).run()


class _Finder:
    def __init__(self, drafts: Sequence[Draft], world: World, profile: Profile) -> None:
        self.drafts = drafts
        self.world = world
        self.profile = profile
        self.values: dict[tuple[str, str], list[str]] = {}
        self.links: dict[tuple[str, str], str] = {}
        self.names: dict[str, list[str]] = {}
        self.items: dict[str, Item] = {}

    def run(self) -> list[Identity]:
        self._ask()
        firsts: dict[Hashable, str] = {}
        claimed: dict[str, str] = {}
        found = []
        for draft in self.drafts:
            identity = self._identity(draft)
            twin = self._twin(draft, firsts)
            if identity.item is not None and not twin:
                twin = claimed.setdefault(identity.item.id, draft.key)
                twin = "" if twin == draft.key else twin
            if twin:
                identity = Identity(identity.item, identity.why, identity.near, twin)
            elif identity.item is None:
                identity = replace(identity, searched=self._not_found(draft))
            found.append(identity)
        return found

    def _ask(self) -> None:
        texts: dict[str, set[str]] = defaultdict(set)
        titles: dict[str, set[str]] = defaultdict(set)
        names: set[str] = set()
        ids: set[str] = set()
        for draft in self.drafts:
            for property, text, _ in _key_values(draft):
                texts[property].add(text)
            for site, link in draft.wanted.sitelinks.items():
                titles[site].add(link.title)
            names |= _names(draft)
            ids |= {draft.wanted.id} - {""}
        for property, wanted in texts.items():
            for text, holders in self.world.holders(property, wanted).items():
                self.values[property, text] = holders
                ids.update(holders)
        for site, wanted in titles.items():
            for title, id in self.world.linked(site, wanted).items():
                self.links[site, title] = id
                ids.add(id)
        languages = {code for draft in self.drafts for code in draft.wanted.labels}
        self.names = self.world.named(names, languages)
        ids.update(id for named in self.names.values() for id in named)
        self.items = self.world.items(ids)

    def _identity(self, draft: Draft) -> Identity:
        by_key: dict[str, Words] = {}
        for property, text, statement in _key_values(draft):
            for id in self.values.get((property, text), []):
                item = self.items.get(id)
                if item and self._holds(item, statement, draft.per.get(property)):
                    by_key.setdefault(item.id, words("has-key", property, text))
        for site, link in draft.wanted.sitelinks.items():
            id = self.links.get((site, link.title), "")
            if id in self.items:
                by_key.setdefault(self.items[id].id, words("has-page", site, link.title))
        if draft.wanted.id:
            return self._named_by_table(draft, by_key)
        if len(by_key) == 1:
            [(id, why)] = by_key.items()
            return Identity(self.items[id], str(why))
        if by_key:
            return Identity(near=[self._near(id, why) for id, why in by_key.items()])
        return Identity(near=self._same_name(draft))

    def _not_found(self, draft: Draft) -> list[str]:
        """The searches that found no item, in words."""
        asked = [
            f"{property} “{text}”"
            for property, text, _ in _key_values(draft)
            if not self.values.get((property, text))
        ]
        asked += [
            f"{site}:{link.title}"
            for site, link in draft.wanted.sitelinks.items()
            if (site, link.title) not in self.links
        ]
        return asked + [f"the name “{n}”" for n in sorted(_names(draft)) if not self.names.get(n)]

    def _named_by_table(self, draft: Draft, by_key: dict[str, Words]) -> Identity:
        item = self.items.get(draft.wanted.id)
        if item is None:
            return Identity(gone=draft.wanted.id)
        others = [self._near(id, why) for id, why in by_key.items() if id != item.id]
        if others:
            return Identity(near=[self._near(item.id, words("named-by-table")), *others])
        return Identity(item, str(words("named-by-table")))

    def _holds(self, item: Item, wanted: Statement, per: str | None) -> bool:
        """Whether the item has this value, in the same collection where that tells apart."""
        for statement in item.claims.get(wanted.mainsnak.property, []):
            if snak_key(statement.mainsnak) != snak_key(wanted.mainsnak):
                continue
            ours = _values(wanted.qualifiers.get(per or "", []))
            theirs = _values(statement.qualifiers.get(per or "", []))
            if not theirs and per:
                theirs = _values([s.mainsnak for s in item.claims.get(per, [])])
            if not (ours and theirs) or ours & theirs:
                return True
        return False

    def _same_name(self, draft: Draft) -> list[Near]:
        near = {}
        for name in sorted(_names(draft)):
            for id in self.names.get(name, []):
                item = self.items.get(id)
                if item is None or item.id in near or self._differs(draft, item):
                    continue
                near[item.id] = self._near(item.id, words("has-name", name))
        return list(near.values())[:10]

    def _differs(self, draft: Draft, item: Item) -> bool:
        """Whether country, an identifier or being human says that the item is another thing.

        Another class says nothing: one of the two may be a subclass of the other.
        """
        roles, human = self.profile.properties, self.profile.items.human

        def both(property: str) -> tuple[set[str], set[str]]:
            ours = _values([s.mainsnak for s in draft.wanted.claims.get(property, [])])
            return ours, _values([s.mainsnak for s in item.claims.get(property, [])])

        ours, theirs = both(roles.country)
        if ours and theirs and not ours & theirs:
            return True
        ours, theirs = both(roles.instance_of)
        if ours and theirs and (human in ours) != (human in theirs):
            return True
        for property, _, statement in _key_values(draft):
            if not item.claims.get(property):
                continue
            if self._holds(item, statement, draft.per.get(property)):
                return False
            per = draft.per.get(property)
            rivals = [
                s
                for s in item.claims[property]
                if per is None
                or _values(s.qualifiers.get(per, [])) & _values(statement.qualifiers.get(per, []))
            ]
            if rivals:
                return True
        return False

    def _twin(self, draft: Draft, firsts: dict[Hashable, str]) -> str:
        """The earlier row with an equal key; remembers the row's own."""
        keys: list[Hashable] = [
            (snak_key(s.mainsnak), frozenset(_values(s.qualifiers.get(draft.per.get(p, ""), []))))
            for p, _, s in _key_values(draft)
        ]
        keys += [(site, link.title) for site, link in draft.wanted.sitelinks.items()]
        twin = next((firsts[key] for key in keys if key in firsts), "")
        for key in keys:
            firsts.setdefault(key, draft.key)
        return twin

    def _near(self, id: str, why: Words) -> Near:
        labels = self.items[id].labels
        term = labels.get("en") or labels.get("mul") or next(iter(labels.values()), None)
        return Near(id, term.value if term else id, str(why), why)


def _key_values(draft: Draft) -> list[tuple[str, str, Statement]]:
    return [
        (property, statement.mainsnak.datavalue.value, statement)
        for property in draft.keys
        for statement in draft.wanted.claims.get(property, [])
        if isinstance(statement.mainsnak.datavalue, StringValue)
    ]


def _names(draft: Draft) -> set[str]:
    return {term.value for term in draft.wanted.labels.values()}


def _values(snaks: Sequence[object]) -> set[str]:
    found = set()
    for snak in snaks:
        value = getattr(snak, "datavalue", None)
        if isinstance(value, EntityIdValue):
            found.add(value.value.id)
        elif isinstance(value, StringValue):
            found.add(value.value)
    return found
