"""The items of a dump that are of some types: decodes only lines that mention one of these."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kgtool.entities import EntityIdValue, Item, Profile, best_statements, parse_entity
from kgtool.errors import InputError
from kgtool.sources.dump import Dump
from kgtool.sources.subset import mentioning


def instances(dump: Dump, types: Collection[str], profile: Profile) -> Iterator[Item]:
    """Items whose truthy *instance of* is one of *types* (with the subclasses already among them).

    One pass. Lines that are no entities are passed over: a dump is not ours to mend.
    """
    wanted = frozenset(types)
    property = profile.properties.instance_of
    for _, line in mentioning(dump, wanted):
        try:
            entity = parse_entity(line)
        except InputError:
            continue
        if isinstance(entity, Item) and any(
            isinstance(value := statement.mainsnak.datavalue, EntityIdValue)
            and value.value.id in wanted
            for statement in best_statements(entity.claims.get(property, []))
        ):
            yield entity
