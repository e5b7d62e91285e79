"""Which institutions a plan is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from kgtool.drafts import Plan
from kgtool.entities import EntityIdValue, Item, Profile
from kgtool.errors import EmptyWorkspace
from kgtool.views import membership
from kgtool.views.cube import Cube
from kgtool.views.snapshot import Snapshots


def concerned(plan: Plan, snapshots: Snapshots, profile: Profile) -> set[str]:
    """The ids of all collections, places and owners that its rows, or the items there, name."""
    wanted = {item for row in plan.rows if (item := getattr(row, "item", ""))}
    there: Iterable[object] = ()
    with suppress(EmptyWorkspace):  # nothing was loaded: the rows speak for themselves
        there = snapshots.current().entities.many(wanted).values() if wanted else ()
    items = [*(row.draft.wanted for row in plan.rows), *there]
    return {id for item in items if isinstance(item, Item) for id in _named(item, profile)}


def with_parts(partner: str, snapshots: Snapshots) -> set[str]:
    """An institution and its sub-collections, however deep, as the workspace has them."""
    found = {partner}
    with suppress(EmptyWorkspace):
        below = snapshots.current().once(Cube.open).below(membership.number(partner))
        found |= {f"Q{one}" for one in below.tolist()}
    return found


def _named(item: Item, profile: Profile) -> Iterator[str]:
    roles = profile.properties
    for property in (roles.collection, roles.located, roles.owned):
        for statement in item.claims.get(property, []):
            if isinstance(statement.mainsnak.datavalue, EntityIdValue):
                yield statement.mainsnak.datavalue.value.id
