"""Which engine judges: the compiled schema where it can, else the reference engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeAlias

from kgtool.checks.checker import Below, Checker, Parsed
from kgtool.checks.closure import with_value_sets
from kgtool.checks.entity_nodes import Neighbours
from kgtool.checks.findings import Fault, Finding
from kgtool.checks.schema import Unsupported
from kgtool.checks.terms import Iri
from kgtool.checks.worker import ReferenceWorker
from kgtool.entities import Entity, EntityIdValue, Item, Profile
from kgtool.entities.rdf import RdfWriter
from kgtool.errors import InputError, NotFound, TooLarge

Engine: TypeAlias = Literal["compiled", "pyrudof"]

_MOST_AROUND = 2_000  # entities that the reference engine is given with one


class Judge(Protocol):
    """Judges entities by one shape; ``engine`` says who answers."""

    name: str
    engine: Engine

    def conforms(self, entity: Entity) -> bool:
        """Whether an entity conforms."""

    def check(self, entity: Entity) -> list[Finding]:
        """What an entity fails; none where it conforms."""


def judge(
    parsed: Parsed,
    profile: Profile,
    worker: ReferenceWorker,
    *,
    below: Below | None = None,
    neighbours: Neighbours | None = None,
    patterns: dict[str, str] | None = None,
    label: str | None = None,
) -> Judge:
    """Who judges by this schema's start shape, or by the shape of that label.

    ``below`` gives subclass closures, ``neighbours`` other entities, ``patterns`` the formatters
    of external identifiers.

    :raises NotFound: there is no such shape in it.
    :raises InputError: the schema is broken, or nested too deeply.
    """
    try:
        return Checker(parsed, profile, below, neighbours, patterns, label)
    except Unsupported:
        return Fallback(parsed, profile, worker, below, neighbours, patterns, label)
    except RecursionError:
        raise InputError("The schema's expressions are nested too deeply.") from None


class Fallback:
    """The reference engine over the RDF of an entity and of those that its shape can reach.

    It gives verdicts; its reasons differ from run to run, so the finding only says which shape.
    """

    engine: Engine = "pyrudof"

    def __init__(
        self,
        parsed: Parsed,
        profile: Profile,
        worker: ReferenceWorker,
        below: Below | None,
        neighbours: Neighbours | None,
        patterns: dict[str, str] | None,
        label: str | None,
    ) -> None:
        self.name = parsed.name
        self._worker, self._label = worker, label
        self._profile, self._patterns = profile, patterns
        self._neighbours = neighbours or (lambda id: None)
        labels = [one["id"] for one in parsed.raw.get("shapes") or []]
        if label is None and parsed.raw.get("start") is None:
            raise NotFound("The schema names no start shape.", hint="Name a shape of it.")
        if label is not None and label not in labels:
            raise NotFound(f"The schema has no shape <{label}>.", hint=f"It has: {labels}.")
        closed = below or (lambda root: (root,))
        raw = with_value_sets(parsed.raw, parsed.classes, closed, profile)  # type: ignore[arg-type]  # any container that can be iterated
        self._schema = json.dumps(raw, default=str)
        self._hops = hops(raw)

    def conforms(self, entity: Entity) -> bool:
        """Whether an entity conforms."""
        writer = RdfWriter(self._profile, self._patterns)
        data = b"".join(writer.triples(one) for one in self._around(entity))
        pair = (Iri(self._profile.entity_iri(entity.id)), self._label)
        return self._worker.validate(self._schema, data, [pair])[0].conforms

    def check(self, entity: Entity) -> list[Finding]:
        """One finding that names the shape, or none."""
        if self.conforms(entity):
            return []
        shape = self._label or self.name
        return [Finding(entity.id or "new", Fault(self.name, (), "", "verdict", f"@{shape}"))]

    def _around(self, entity: Entity) -> list[Entity]:
        found = {entity.id: entity}
        front = [entity]
        for _ in range(self._hops):
            named = {id for one in front for id in _named(one)} - found.keys()
            front = [one for one in map(self._neighbours, sorted(named)) if one is not None]
            found.update((one.id, one) for one in front)
            if len(found) > _MOST_AROUND:
                raise TooLarge(
                    f"This shape leads from {entity.id} to more than {_MOST_AROUND:,} entities.",
                    hint="Refer to shapes of other entities less deeply.",
                )
        return list(found.values())


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
            if one in shapes and depth <= 8 and seen.get(one, -1) < depth:
                seen[one] = depth
                waiting.append((shapes[one], depth))
        elif isinstance(one, Mapping):
            inner = depth + (one.get("type") == "TripleConstraint")
            deepest = max(deepest, depth)
            waiting += [
                (value, inner if key == "valueExpr" else depth)
                for key, value in one.items()
                if key not in ("type", "predicate", "values", "extra", "annotations", "id")
            ]
    return min(deepest, 8)


def _named(entity: Entity) -> set[str]:
    """Ids of the entities that are values of best or any rank of an entity's statements."""
    found = set()
    for statements in entity.claims.values() if isinstance(entity, Item) else ():
        for statement in statements:
            value = statement.mainsnak.datavalue
            if isinstance(value, EntityIdValue):
                found.add(value.value.id)
    return found
