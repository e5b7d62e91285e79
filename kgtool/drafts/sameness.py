"""What a draft has that tells which item it is, and what says that an item is another thing."""

from __future__ import annotations

from collections.abc import Sequence

from kgtool.drafts.draft import Draft
from kgtool.entities import EntityIdValue, Item, Profile, Statement, StringValue, snak_key
from kgtool.entities.web import site_of


def key_values(draft: Draft) -> list[tuple[str, str, Statement]]:
    """(property, text, statement) of the values that identify the item."""
    return [
        (property, statement.mainsnak.datavalue.value, statement)
        for property in draft.keys
        for statement in draft.wanted.claims.get(property, [])
        if isinstance(statement.mainsnak.datavalue, StringValue)
    ]


def names_of(draft: Draft) -> set[str]:
    """All labels and aliases."""
    aliases = (term for terms in draft.wanted.aliases.values() for term in terms)
    return {term.value for term in (*draft.wanted.labels.values(), *aliases)}


def sites_of(item: Item, profile: Profile) -> set[str]:
    """Websites of an item, by its official addresses."""
    claims = item.claims.get(profile.properties.official_website, [])
    values = (one.mainsnak.datavalue for one in claims if one.rank != "deprecated")
    return {site_of(value.value) for value in values if isinstance(value, StringValue)} - {""}


def items_and_texts(statements: Sequence[Statement]) -> set[str]:
    """Ids of items and texts among the values of statements."""
    return values_of([one.mainsnak for one in statements])


def values_of(snaks: Sequence[object]) -> set[str]:
    """Ids of items and texts among the values of snaks."""
    found = set()
    for snak in snaks:
        value = getattr(snak, "datavalue", None)
        if isinstance(value, EntityIdValue):
            found.add(value.value.id)
        elif isinstance(value, StringValue):
            found.add(value.value)
    return found


def holds(item: Item, wanted: Statement, per: str | None) -> bool:
    """Whether the item has this value, in the same collection (``per``) where that tells apart."""
    for statement in item.claims.get(wanted.mainsnak.property, []):
        if snak_key(statement.mainsnak) != snak_key(wanted.mainsnak):
            continue
        ours = values_of(wanted.qualifiers.get(per or "", []))
        theirs = values_of(statement.qualifiers.get(per or "", []))
        if not theirs and per:
            theirs = items_and_texts(item.claims.get(per, []))
        if not (ours and theirs) or ours & theirs:
            return True
    return False


def differs(draft: Draft, item: Item, profile: Profile) -> bool:
    """Whether country, an identifier or being human says that the item is another thing.

    Another class says nothing: one of the two may be a subclass of the other. Nor do addresses of
    one website.
    """
    roles, human = profile.properties, profile.items.human

    def both(property: str) -> tuple[set[str], set[str]]:
        ours = items_and_texts(draft.wanted.claims.get(property, []))
        return ours, items_and_texts(item.claims.get(property, []))

    ours, theirs = both(roles.country)
    if ours and theirs and not ours & theirs:
        return True
    ours, theirs = both(roles.instance_of)
    if ours and theirs and (human in ours) != (human in theirs):
        return True
    sites = sites_of(item, profile)
    for property, text, statement in key_values(draft):
        if not item.claims.get(property):
            continue
        per = draft.per.get(property)
        if holds(item, statement, per):
            return False
        if property == roles.official_website and site_of(text) in sites:
            continue
        rivals = [
            one
            for one in item.claims[property]
            if per is None
            or values_of(one.qualifiers.get(per, [])) & values_of(statement.qualifiers.get(per, []))
        ]
        if rivals:
            return True
    return False
