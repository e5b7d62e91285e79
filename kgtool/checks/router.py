"""Which engine judges: the compiled schema where it can, else the reference engine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Literal, TypeAlias

from kgtool.checks.checker import Checker, Parsed
from kgtool.checks.closure import with_value_sets
from kgtool.checks.engine import Closures
from kgtool.checks.entity_nodes import REFERRED, Neighbours, Referrers, Wiki
from kgtool.checks.findings import Fault, Finding
from kgtool.checks.schema import Unsupported
from kgtool.checks.surroundings import hops, incoming, named
from kgtool.checks.terms import Iri
from kgtool.checks.worker import ReferenceWorker
from kgtool.entities import Entity, Profile
from kgtool.entities.rdf import RdfWriter
from kgtool.errors import InputError, NotFound, TooLarge
from kgtool.messages.words import Words

Engine: TypeAlias = Literal["compiled", "pyrudof"]

_MOST_AROUND = 2_000  # entities that the reference engine is given with one


class Judge:
    """Judges entities by one shape. ``answered`` counts who did.

    ``checker`` is the compiled shape, ``None`` where the compiler does not cover it.
    """

    def __init__(self, name: str, checker: Checker | None, fallback: Callable[[], Fallback]):
        self.name, self.checker = name, checker
        self._fallback = cache(fallback)
        self.answered: Counter[Engine] = Counter()

    @property
    def engine(self) -> Engine:
        """Who is asked first."""
        return "pyrudof" if self.checker is None else "compiled"

    def conforms(self, entity: Entity) -> bool:
        """Whether an entity conforms.

        :raises InputError: the shape asks for what cannot be answered.
        :raises TimedOut, TooLarge: the reference engine takes too long, or too much memory.
        """
        return not self.check(entity)

    def check(self, entity: Entity) -> list[Finding]:
        """What an entity fails; none where it conforms. Raises as :meth:`conforms`."""
        if self.checker is not None:
            try:
                found = self.checker.check(entity)
            except Unsupported:
                pass  # this entity has so many values, or of such a kind, that it needs the other
            else:
                self.answered["compiled"] += 1
                return found
        found = self._fallback().check(entity)
        self.answered["pyrudof"] += 1
        return found

    def reach(self, entity: Entity) -> None:
        """Ask for every neighbour that judging an entity can need."""
        if self.checker is None:
            self._fallback().reach(entity)
        else:
            self.checker.reach(entity)


def judge(
    parsed: Parsed,
    profile: Profile,
    worker: ReferenceWorker,
    *,
    below: Closures | None = None,
    neighbours: Neighbours | None = None,
    patterns: dict[str, str] | None = None,
    label: str | None = None,
    referrers: Referrers | None = None,
) -> Judge:
    """Who judges by this schema's start shape, or by the shape of that label.

    ``below`` gives subclass closures, ``neighbours`` other entities, ``patterns`` the formatters
    of external identifiers, ``referrers`` the entities that refer to one.

    :raises NotFound: there is no such shape in it.
    :raises InputError: the schema is broken, nested too deeply, or asks for what cannot be
        answered.
    """

    def fallback() -> Fallback:
        return Fallback(parsed, profile, worker, below, neighbours, patterns, label, referrers)

    try:
        checker = Checker(parsed, profile, below, neighbours, patterns, label, referrers)
    except Unsupported:
        fallback()  # raises, if there is no such shape
        return Judge(parsed.name, None, fallback)
    except RecursionError:
        raise InputError("The schema's expressions are nested too deeply.") from None
    return Judge(parsed.name, checker, fallback)


class Fallback:
    """The reference engine over the RDF of an entity and of those that its shape can reach.

    It gives verdicts; its reasons differ from run to run, so the finding only says which shape.
    """

    def __init__(
        self,
        parsed: Parsed,
        profile: Profile,
        worker: ReferenceWorker,
        below: Closures | None,
        neighbours: Neighbours | None,
        patterns: dict[str, str] | None,
        label: str | None,
        referrers: Referrers | None = None,
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
        raw = with_value_sets(parsed.raw, parsed.classes, closed, profile)
        self._schema = json.dumps(raw, default=str)
        self._hops = hops(raw)
        wiki = Wiki(profile, neighbours, patterns, referrers)
        self._back = [(REFERRED[role], of) for role, of in map(wiki.role, incoming(raw, wiki))]
        self._referrers = referrers or (lambda table, property, id: ())

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
        return [
            Finding(entity.id or "new", Fault(self.name, (), "", "verdict", f"@{shape}", shape))
        ]

    def reach(self, entity: Entity) -> None:
        """Ask for every neighbour that is given to the engine."""
        self._around(entity)

    def _around(self, entity: Entity) -> list[Entity]:
        found = {entity.id: entity}
        front = [entity]
        for _ in range(self._hops):
            wanted = {id for one in front for id in named(one)}
            for table, property in self._back:
                wanted.update(
                    id for one in front for id in self._referrers(table, property, one.id)
                )
            asked = map(self._neighbours, sorted(wanted - found.keys()))
            front = [one for one in asked if one is not None]
            found.update((one.id, one) for one in front)
            if len(found) > _MOST_AROUND:
                raise TooLarge(
                    Words("error-shape-around", (entity.id or "?", _MOST_AROUND)),
                    hint=Words("error-refer-less"),
                )
        return list(found.values())
