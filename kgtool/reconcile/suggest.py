"""Suggestions while a person types: entities, properties and types by the begin of a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import islice

from rapidfuzz import fuzz

from kgtool.reconcile.display import description, label
from kgtool.reconcile.matcher import Reconciler
from kgtool.reconcile.query import MAX_LIMIT, Query, Suggestion
from kgtool.views.names.record import NameRecord
from kgtool.views.names.text import fold

SAMPLE = 20_000  # instances of a type whose properties are counted
NAMED = 500  # entities with a name that begins so, among which properties and types are sought
LIKE = 80.0  # of 100: likeness from which a misspelt word means the begin of a label


class Suggester:
    """Suggests from one index; misspelt words find what was meant, too."""

    def __init__(self, reconciler: Reconciler) -> None:
        self._reconciler = reconciler
        self._index = reconciler.index

    def entities(
        self, prefix: str, limit: int = 10, offset: int = 0, language: str = ""
    ) -> list[Suggestion]:
        """Entities by id, by the begin of a name, then by names like it; for "" the best known."""
        reconciler = self._reconciler
        if not prefix.strip():
            found = self._best_known(offset + limit)
        else:
            wanted = min(offset + limit, MAX_LIMIT)
            found = self._starting(prefix, offset + limit)
            answer = reconciler.match([Query(name=prefix, limit=wanted, language=language)])[0]
            if isinstance(answer, list):
                found += [candidate.id for candidate in answer]
            if self._index.find(prefix.strip()) is not None:
                found.insert(0, prefix.strip())
        records = map(self._index.record, dict.fromkeys(found))
        return [
            self._entity(record, language)
            for record in [one for one in records if one][offset : offset + limit]
        ]

    def properties(
        self, prefix: str, limit: int = 10, offset: int = 0, language: str = ""
    ) -> list[Suggestion]:
        """Properties that the index has values of, by id or name."""
        return self._choose(self._properties, prefix, limit, offset, language)

    def types(
        self, prefix: str, limit: int = 10, offset: int = 0, language: str = ""
    ) -> list[Suggestion]:
        """Types of the entities of the index and the classes above them, by id or name."""
        return self._choose(self._types, prefix, limit, offset, language, self._broader)

    def properties_of_type(
        self, type: str, limit: int = 20, language: str = ""
    ) -> list[Suggestion]:
        """Properties that entities of *type* have most often, and their number."""
        counts: dict[str, int] = {}
        for segment, here in zip(
            self._index.segments, self._reconciler.pairing.evidence, strict=True
        ):
            members = (here.steps(type) < 255).nonzero()[0]
            chosen = members[:: max(1, len(members) // SAMPLE)]
            for property, row in segment.property_rows.items():
                owners = segment.owners[row]
                held = int(
                    (owners.searchsorted(chosen, "right") - owners.searchsorted(chosen)).sum()
                )
                if held:
                    counts[property] = counts.get(property, 0) + held
        ranked = sorted(counts, key=lambda property: (-counts[property], property))
        return [self._named(property, language) for property in ranked[:limit]]

    @cached_property
    def _properties(self) -> dict[str, int]:
        """Property → entities that have it."""
        counts: dict[str, int] = {}
        for segment in self._index.segments:
            for property, row in segment.property_rows.items():
                counts[property] = counts.get(property, 0) + len(segment.owners[row])
        return counts

    @cached_property
    def _types(self) -> dict[str, int]:
        """Type → entities that have it; classes above follow with none."""
        counts: dict[str, int] = {}
        for segment in self._index.segments:
            for type, row in segment.type_rows.items():
                counts[type] = counts.get(type, 0) + len(segment.instances[row])
        for type in list(counts):
            for above in self._index.classes.above(type):
                counts.setdefault(above, 0)
        return counts

    def properties_of_all(self, limit: int = 20, language: str = "") -> list[Suggestion]:
        """Properties that entities have most often, whatever their type."""
        counts = self._properties
        ranked = sorted(counts, key=lambda property: (-counts[property], property))
        return [self._named(property, language) for property in ranked[:limit]]

    def _choose(
        self,
        known: dict[str, int],
        prefix: str,
        limit: int,
        offset: int,
        language: str,
        broader: Callable[[str, str], tuple[tuple[str, str], ...]] = lambda id, language: (),
    ) -> list[Suggestion]:
        wanted = fold(prefix)
        ranked: list[tuple[int, int, str]] = []
        for id, count in known.items():
            if not wanted or id.lower() == wanted:
                ranked.append((0, -count, id))
                continue
            name = fold(self._reconciler.directory.label(id, language))
            if name == wanted:
                ranked.append((0, -count, id))
            elif name.startswith(wanted):
                ranked.append((1, -count, id))
            elif f" {wanted}" in f" {name}":
                ranked.append((2, -count, id))
            elif fuzz.ratio(wanted, name[: len(wanted)], score_cutoff=LIKE):
                ranked.append((4, -count, id))
        if wanted:  # by another name, in any language
            begun = [id for id in self._starting(prefix, NAMED, properties=True) if id in known]
            ranked += [(3, place, id) for place, id in enumerate(begun)]
        best: dict[str, tuple[int, int, str]] = {}
        for one in sorted(ranked):
            best.setdefault(one[2], one)
        ranked = list(best.values())
        return [
            self._named(id, language, broader(id, language))
            for _, _, id in ranked[offset : offset + limit]
        ]

    def _named(
        self, id: str, language: str, broader: tuple[tuple[str, str], ...] = ()
    ) -> Suggestion:
        record = self._index.record(id)
        return Suggestion(
            id,
            self._reconciler.directory.label(id, language),
            description(record, language) if record else "",
            broader=broader,
        )

    def _broader(self, id: str, language: str) -> tuple[tuple[str, str], ...]:
        above = [type for type, steps in self._index.classes.above(id).items() if steps == 1]
        return tuple(
            (type, self._reconciler.directory.label(type, language)) for type in sorted(above)
        )

    def _entity(self, record: NameRecord, language: str) -> Suggestion:
        return Suggestion(
            record.id,
            label(record, language)[0],
            description(record, language),
            notable=tuple(
                (type, self._reconciler.directory.label(type, language)) for type in record.types
            ),
        )

    def _starting(self, prefix: str, count: int, *, properties: bool = False) -> list[str]:
        """Ids of entities one of whose names has this word, begun, the best known first."""
        directory = self._reconciler.directory
        return self._ids(directory.names_starting(fold(prefix), count, properties=properties))

    def _best_known(self, count: int) -> list[str]:
        found: list[tuple[int, int, int]] = []
        for n, segment in enumerate(self._index.segments):
            weight = segment.weight
            order = (-weight.astype("int32")).argsort(kind="stable").tolist()
            best = islice((entity for entity in order if self._alive(n, entity)), count)
            found += [(-int(weight[entity]), n, entity) for entity in best]
        return self._ids((n, e) for _, n, e in sorted(found)[:count])

    def _alive(self, n: int, entity: int) -> bool:
        directory = self._reconciler.directory
        return entity not in self._index.dead[n] and not directory.is_property(n, entity)

    def _ids(self, places: Iterable[tuple[int, int]]) -> list[str]:
        return [self._index.segments[n].record(entity).id for n, entity in places]
