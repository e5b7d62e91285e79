"""What makes a statement a partner's: it names the partner as holder, or cites it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec import Struct

from kgtool.entities import EntityIdValue, Item, Profile, Snak, Statement, StringValue
from kgtool.entities.web import bare_address, site_of

# Why a statement is followed: a batch wrote it; it names the partner as the holder; it is a value
# of the partner's own identifier; a reference of it leads to the partner; its item was selected.
Ground: TypeAlias = Literal["written", "holds", "identifies", "cites", "selected"]


class Concern(Struct, frozen=True):
    """What a partner's statements are known by.

    ``partners`` are the partner and its sub-collections; ``holding`` the properties that name a
    holder; ``own`` the partner's own identifier properties; ``sites`` the beginnings of its
    addresses without scheme and ``www.`` (``rijksmuseum.nl``, ``facebook.com/museum``). With
    ``everything``, each statement counts: for selections that are nobody's.
    """

    partners: frozenset[str] = frozenset()
    holding: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    sites: tuple[str, ...] = ()
    everything: bool = False

    def ground(self, statement: Statement) -> Ground | None:
        """Why a statement is followed; ``None`` where it is not.

        Not by what a deprecated rank says: who deprecates a statement has changed it.
        """
        main = statement.mainsnak
        if main.property in self.holding and self._named(main):
            return "holds"
        if any(
            snak.property in self.holding and self._named(snak)
            for snaks in statement.qualifiers.values()
            for snak in snaks
        ):
            return "holds"
        if main.property in self.own:
            return "identifies"
        if any(
            self._cited(snak)
            for reference in statement.references
            for snaks in reference.snaks.values()
            for snak in snaks
        ):
            return "cites"
        return "selected" if self.everything else None

    def leads_to(self, address: str) -> bool:
        """Whether an address, without scheme and ``www.``, is one of the partner's."""
        return any(_within(address, site) for site in self.sites)

    def _named(self, snak: Snak) -> bool:
        value = snak.datavalue
        return isinstance(value, EntityIdValue) and value.value.id in self.partners

    def _cited(self, snak: Snak) -> bool:
        if snak.property in self.own or self._named(snak):
            return True
        value = snak.datavalue
        if not isinstance(value, StringValue) or "://" not in value.value:
            return False
        return self.leads_to(bare_address(value.value))


def concern_of(partners: Iterable[Item], below: Iterable[str], profile: Profile) -> Concern:
    """The concern of partners, as their items say: official websites, own identifiers.

    ``below`` are the ids of their sub-collections.
    """
    roles = profile.properties
    known = list(partners)
    sites = [
        site_of(text) for item in known for text in _strings(item, roles.official_website) if text
    ]
    own = {text for item in known for text in _strings(item, roles.own_property)}
    return Concern(
        frozenset({item.id for item in known} | set(below)),
        frozenset({roles.collection, roles.located, roles.owned, roles.archives} - {""}),
        frozenset(own - {""}),
        tuple(dict.fromkeys(site for site in sites if site)),
    )


def _within(address: str, site: str) -> bool:
    host, _, path = address.partition("/")
    own_host, _, own_path = site.partition("/")
    if host != own_host and not host.endswith(f".{own_host}"):
        return False
    return not own_path or f"{path}/".startswith(f"{own_path}/")


def _strings(item: Item, property: str) -> list[str]:
    values = (
        statement.mainsnak.datavalue
        for statement in item.claims.get(property, [])
        if statement.rank != "deprecated"
    )
    # The own property is itself a value of datatype property.
    return [
        value.value if isinstance(value, StringValue) else value.value.id
        for value in values
        if isinstance(value, StringValue | EntityIdValue)
    ]
