"""Does the item exist already? By several keys, against the wiki and inside the batch.

Identifiers decide first, then sitelinks; a website, a name, or one that the reconciler finds alike
only raises a doubt, and only where country, identifiers and being human do not speak against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kgtool.drafts.draft import Draft
from kgtool.drafts.matching import Matcher, Wanted, no_matcher
from kgtool.drafts.sameness import differs, holds, items_and_texts, key_values, names_of, sites_of
from kgtool.drafts.twins import Twins
from kgtool.drafts.words import words
from kgtool.drafts.world import World
from kgtool.entities import Item, Profile
from kgtool.messages.words import Words

_MOST = 10  # items that a person is asked about
_LIKELY = 50.0  # the score from which a candidate is more likely the one than not


class Near(Struct, frozen=True):
    """An item that may be the one a row describes, and why."""

    id: str
    label: str
    why: Words


class Identity(Struct, frozen=True, omit_defaults=True):
    """What is known of a row's item.

    ``item`` is the item itself, found by ``why``; ``near`` are items that a person must look at;
    ``twin`` is an earlier row of the batch that describes the same; ``gone`` a QID in the table
    that the wiki does not have; ``searched`` what was looked for and not found.
    """

    item: Item | None = None
    why: Words = Words()
    near: list[Near] = []
    twin: str = ""
    gone: str = ""
    searched: list[Words] = []


def identify(
    drafts: Sequence[Draft], world: World, profile: Profile, matcher: Matcher = no_matcher
) -> list[Identity]:
    """For each draft, which item it is; questions to the world are asked for all rows at once.

    ``matcher`` is asked by name for those that nothing else led to.
    """
    return _Finder(drafts, world, profile, matcher).run()


class _Finder:
    def __init__(
        self, drafts: Sequence[Draft], world: World, profile: Profile, matcher: Matcher
    ) -> None:
        self.drafts = drafts
        self.world = world
        self.profile = profile
        self.matcher = matcher
        self.values: dict[tuple[str, str], list[str]] = {}
        self.links: dict[tuple[str, str], str] = {}
        self.names: dict[str, list[str]] = {}
        self.sites: dict[str, list[str]] = {}
        self.items: dict[str, Item] = {}

    def run(self) -> list[Identity]:
        self._ask()
        twins = Twins(self.profile)
        found = []
        for draft in self.drafts:
            identity = self._identity(draft)
            twin = twins.of(draft, identity.item.id if identity.item else "")
            if twin:
                identity = Identity(identity.item, identity.why, identity.near, twin)
            elif identity.item is None:
                identity = replace(identity, searched=self._not_found(draft))
            found.append(identity)
        return self._matched(found)

    def _ask(self) -> None:
        texts: dict[str, set[str]] = defaultdict(set)
        titles: dict[str, set[str]] = defaultdict(set)
        names: set[str] = set()
        ids: set[str] = set()
        for draft in self.drafts:
            for property, text, _ in key_values(draft):
                texts[property].add(text)
            for site, link in draft.wanted.sitelinks.items():
                titles[site].add(link.title)
            names |= names_of(draft)
            ids |= {draft.wanted.id} - {""}
        for property, wanted in texts.items():
            for text, holders in self.world.holders(property, wanted).items():
                self.values[property, text] = holders
                ids.update(holders)
        for site, wanted in titles.items():
            for title, id in self.world.linked(site, wanted).items():
                self.links[site, title] = id
                ids.add(id)
        websites = {site for draft in self.drafts for site in sites_of(draft.wanted, self.profile)}
        if websites:
            self.sites = self.world.on_site(self.profile.properties.official_website, websites)
            ids.update(id for found in self.sites.values() for id in found)
        languages = {c for d in self.drafts for c in (*d.wanted.labels, *d.wanted.aliases)}
        self.names = self.world.named(names, languages)
        ids.update(id for named in self.names.values() for id in named)
        self.items = self.world.items(ids)

    def _identity(self, draft: Draft) -> Identity:
        by_key: dict[str, Words] = {}
        for property, text, statement in key_values(draft):
            for id in self.values.get((property, text), []):
                item = self.items.get(id)
                if item and holds(item, statement, draft.per.get(property)):
                    by_key.setdefault(item.id, words("has-key", property, text))
        for site, link in draft.wanted.sitelinks.items():
            id = self.links.get((site, link.title), "")
            if id in self.items:
                by_key.setdefault(self.items[id].id, words("has-page", site, link.title))
        if draft.wanted.id:
            return self._named_by_table(draft, by_key)
        if len(by_key) == 1:
            [(id, why)] = by_key.items()
            return Identity(self.items[id], why)
        if by_key:
            return Identity(near=[self._near(id, why) for id, why in by_key.items()])
        near = {one.id: one for one in (*self._same_site(draft), *self._same_name(draft))}
        return Identity(near=list(near.values())[:_MOST])

    def _not_found(self, draft: Draft) -> list[Words]:
        """The searches that found no item."""
        asked = [
            words("sought-key", property, text)
            for property, text, _ in key_values(draft)
            if not self.values.get((property, text))
        ]
        asked += [
            words("sought-page", site, link.title)
            for site, link in draft.wanted.sitelinks.items()
            if (site, link.title) not in self.links
        ]
        names = (name for name in sorted(names_of(draft)) if not self.names.get(name))
        return asked + [words("sought-name", name) for name in names]

    def _named_by_table(self, draft: Draft, by_key: dict[str, Words]) -> Identity:
        item = self.items.get(draft.wanted.id)
        if item is None:
            return Identity(gone=draft.wanted.id)
        others = [self._near(id, why) for id, why in by_key.items() if id != item.id]
        if others:
            return Identity(near=[self._near(item.id, words("named-by-table")), *others])
        return Identity(item, words("named-by-table"))

    def _same_site(self, draft: Draft) -> list[Near]:
        """Items of the same website: many things may share one, so it is for a person."""
        return [
            self._near(id, words("has-site", site))
            for site in sorted(sites_of(draft.wanted, self.profile))
            for id in self.sites.get(site, [])
            if id in self.items and not differs(draft, self.items[id], self.profile)
        ]

    def _matched(self, identities: list[Identity]) -> list[Identity]:
        """Where nothing else led to an item, those that the matcher takes to be the one."""
        open_rows = [
            n
            for n, (one, draft) in enumerate(zip(identities, self.drafts, strict=True))
            if not (one.item or one.near or one.twin or one.gone) and names_of(draft)
        ]
        asked = [self._wanted(self.drafts[n]) for n in open_rows]
        answers = self.matcher(asked) if asked else []
        likely = [[c for c in some if c.match or c.score >= _LIKELY] for some in answers]
        ids = {c.id for some in likely for c in some} - self.items.keys()
        self.items.update(self.world.items(ids) if ids else {})
        found = list(identities)
        for n, wanted, some in zip(open_rows, asked, likely, strict=True):
            draft, here = self.drafts[n], [c.id for c in some if c.id in self.items]
            near = [
                self._near(id, words("is-alike", wanted.text))
                for id in here[:_MOST]
                if not differs(draft, self.items[id], self.profile)
            ]
            if near:
                found[n] = Identity(near=near)
        return found

    def _wanted(self, draft: Draft) -> Wanted:
        """A row as the matcher is asked for it: its name, kinds, country and identifiers."""
        roles, claims = self.profile.properties, draft.wanted.claims
        kinds = items_and_texts(claims.get(roles.instance_of, []))
        countries = items_and_texts(claims.get(roles.country, []))
        known = [(roles.country, id) for id in sorted(countries)]
        known += [(property, text) for property, text, _ in key_values(draft)]
        types = tuple(sorted(id for id in kinds if id[:1] == "Q"))
        return Wanted(_first_name(draft), types, tuple(known))

    def _same_name(self, draft: Draft) -> list[Near]:
        near = {}
        for name in sorted(names_of(draft)):
            for id in self.names.get(name, []):
                item = self.items.get(id)
                if item is None or item.id in near or differs(draft, item, self.profile):
                    continue
                near[item.id] = self._near(item.id, words("has-name", name))
        return list(near.values())

    def _near(self, id: str, why: Words) -> Near:
        labels = self.items[id].labels
        term = labels.get("en") or labels.get("mul") or next(iter(labels.values()), None)
        return Near(id, term.value if term else id, why)


def _first_name(draft: Draft) -> str:
    """Its English label, or the first of its names."""
    labels = draft.wanted.labels
    term = labels.get("en") or labels.get("mul") or next(iter(labels.values()), None)
    return term.value if term else min(names_of(draft))
