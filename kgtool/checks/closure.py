"""Class membership: the recursion over *subclass of* that ShEx writes, replaced by its closure.

``shape:a-museum [wd:Q33506] OR EXTRA wdt:P279 { wdt:P279 @shape:a-museum + }`` is true of a class
if there is a way up to Q33506. From the closure this is one look-up, at any depth, with cycles.
The two differ where classes stand in a circle: ShEx's greatest fixpoint accepts every class of a
circle, even one with no way to Q33506; the closure does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from kgtool.checks.schema import ClassOf, Schema
from kgtool.entities import Profile


def class_roots(raw: Mapping[str, Any], profile: Profile) -> dict[str, tuple[str, ...]]:
    """Labels of shapes of a schema (ShExJ) that say *this class or one below it* → its roots."""
    found: dict[str, tuple[str, ...]] = {}
    for declared in raw.get("shapes") or []:
        roots = _roots(declared.get("shapeExpr", declared), declared["id"], profile)
        if roots:
            found[declared["id"]] = roots
    return found


def with_classes(schema: Schema, roots: Mapping[str, tuple[str, ...]]) -> Schema:
    """The schema with those shapes as :class:`ClassOf`."""
    shapes = {
        label: ClassOf(roots[label]) if label in roots else shape
        for label, shape in schema.shapes.items()
    }
    return msgspec.structs.replace(schema, shapes=shapes)


def with_value_sets(
    raw: Mapping[str, Any],
    roots: Mapping[str, tuple[str, ...]],
    below: Callable[[str], Iterable[str]],
    profile: Profile,
) -> dict[str, Any]:
    """The schema (ShExJ) with those shapes as value sets, for an engine that knows no closure."""
    shapes = []
    for declared in raw.get("shapes") or []:
        if declared["id"] in roots:
            ids = {id for root in roots[declared["id"]] for id in below(root)}
            values = [profile.entity_iri(id) for id in sorted(ids)]
            constraint = {"type": "NodeConstraint", "values": values}
            declared = {"type": "ShapeDecl", "id": declared["id"], "shapeExpr": constraint}
        shapes.append(declared)
    return {**raw, "shapes": shapes}


def _roots(expression: Any, label: str, profile: Profile) -> tuple[str, ...]:
    if not isinstance(expression, Mapping) or expression.get("type") != "ShapeOr":
        return ()
    try:
        listed, way_up = expression["shapeExprs"]
        values = listed["values"]
        constraint = way_up["expression"]
    except (KeyError, TypeError, ValueError):
        return ()
    subclass_of = f"{profile.prefixes['wdt']}{profile.properties.subclass_of}"
    base = profile.entity_iri("")
    is_way_up = (
        constraint.get("type") == "TripleConstraint"
        and constraint.get("predicate") == subclass_of
        and constraint.get("valueExpr") == label
        and constraint.get("min") == 1
        and constraint.get("max") == -1
        and not constraint.get("inverse")
        and not way_up.get("closed")
        and way_up.get("extra") == [subclass_of]
    )
    is_listed = set(listed) == {"type", "values"} and all(
        isinstance(value, str) and value.startswith(base) for value in values
    )
    return tuple(value[len(base) :] for value in values) if is_way_up and is_listed else ()
