"""What a schema can see around an entity: how far it leads, and which arcs that lead to a node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kgtool.checks.entity_nodes import REFERRED, Wiki
from kgtool.checks.vocabulary import ABOUT
from kgtool.entities import Entity, EntityIdValue
from kgtool.errors import InputError

_DEEPEST = 8
_NO_PARTS = ("type", "predicate", "values", "extra", "annotations", "id")


def hops(raw: Mapping[str, Any]) -> int:
    """How many other entities deep a schema (ShExJ) can lead: its nested arcs, at most 8."""
    shapes = {one["id"]: one.get("shapeExpr", one) for one in raw.get("shapes") or []}
    deepest = 0
    seen: dict[str, int] = {}
    waiting: list[tuple[Any, int]] = [(raw.get("start"), 0), *((one, 0) for one in shapes.values())]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, list):
            waiting += [(part, depth) for part in one]
        elif isinstance(one, str):
            if one in shapes and depth <= _DEEPEST and seen.get(one, -1) < depth:
                seen[one] = depth
                waiting.append((shapes[one], depth))
        elif isinstance(one, Mapping):
            inner = depth + (one.get("type") == "TripleConstraint")
            deepest = max(deepest, inner if one.get("inverse") else depth)
            waiting += [
                (value, inner if key == "valueExpr" else depth)
                for key, value in one.items()
                if key not in _NO_PARTS
            ]
    return min(deepest, _DEEPEST)


def incoming(raw: Mapping[str, Any], wiki: Wiki) -> list[str]:
    """Predicates of arcs from other entities that a schema (ShExJ) follows backwards.

    :raises InputError: one of them leads from what is not kept by where it leads to, or the wiki
        has no way to tell who refers to an entity.
    """
    found: dict[str, None] = {}
    for predicate in _inverse(raw):
        role, _ = wiki.role(predicate)
        if predicate == ABOUT or role == "p":
            continue  # what leads here from pages and from the item of a statement is known
        if role not in REFERRED:
            raise InputError(
                f"The schema follows ^<{predicate}>, which cannot be answered.",
                hint="Backwards go wdt:, ps:, pq:, p: and schema:about.",
            )
        if wiki.referrers is None:
            raise InputError(
                f"The schema follows ^<{predicate}>: arcs from other items, which only a workspace"
                " can tell.",
                operator="Load the items first: kgtool load or kgtool sync.",
            )
        found[predicate] = None
    return list(found)


def _inverse(raw: Any) -> Iterator[str]:
    waiting = [raw]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, Mapping):
            if one.get("type") == "TripleConstraint" and one.get("inverse"):
                yield one["predicate"]
            waiting += [value for key, value in one.items() if key not in _NO_PARTS]


def named(entity: Entity) -> set[str]:
    """Ids of the entities that are values of an entity's statements or their qualifiers."""
    found = set()
    for statements in entity.claims.values():
        for statement in statements:
            snaks = [statement.mainsnak]
            for others in statement.qualifiers.values():
                snaks += others
            for snak in snaks:
                if isinstance(snak.datavalue, EntityIdValue):
                    found.add(snak.datavalue.value.id)
    return found
