"""Who judges by a shape: its schema, read once, over the classes and neighbours of a generation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from itertools import chain
from pathlib import Path

import msgspec
import numpy as np

from kgtool import files
from kgtool.checks.arrays import Datatypes
from kgtool.checks.checker import Parsed, parse, parse_text
from kgtool.checks.engine import Closures
from kgtool.checks.entity_nodes import Neighbours, Referrers
from kgtool.checks.expectations import kind
from kgtool.checks.router import Judge, judge
from kgtool.checks.worker import ReferenceWorker
from kgtool.entities import Entity, Profile, Property
from kgtool.entities.property_rdf import uri_patterns
from kgtool.errors import InputError, NotFound
from kgtool.service.answers import stamp_of
from kgtool.views.classes import Classes, Numbers
from kgtool.views.entities import Entities
from kgtool.views.generation import Generation
from kgtool.views.snapshot import Snapshot

_NEIGHBOURS = 50_000  # entities around those that are checked, remembered


class Judges:
    """Makes judges; safe to share. A judge is for one thread."""

    def __init__(self, profile: Profile, worker: ReferenceWorker) -> None:
        self._profile = profile
        self._worker = worker
        self._parsed: dict[str, Parsed] = {}
        self._guard = threading.Lock()

    @cached_property
    def stamp(self) -> str:
        """What judgements depend on besides the workspace: the shapes and the wiki profile."""
        shapes = [files.shape(name) for name in files.shape_names()]
        return stamp_of(shapes, msgspec.json.encode(self._profile, order="sorted"))

    def of(
        self,
        shape: str,
        snapshot: Snapshot | None,
        label: str | None = None,
        neighbours: Neighbours | None = None,
    ) -> Judge:
        """The judge by ``shapes/<shape>.shex``, or by the schema in a file ``….shex``.

        ``label`` is one of its shapes, where not the start shape is meant. ``neighbours`` gives
        other entities, those of the snapshot if it is not named. Without a snapshot there are no
        classes below others, and nobody knows who refers to an entity.

        :raises NotFound: there is no such shape.
        :raises InputError: the schema is broken; says where.
        """
        patterns: dict[str, str] = {}
        below: Closures | None = None
        referrers: Referrers | None = None
        if snapshot is not None:
            below = _below(snapshot.once(Classes.open))
            neighbours = neighbours or _remembering(snapshot.entities.get)
            referrers = referrers_of(snapshot)
            patterns = snapshot.once(self._patterns)
        return judge(
            self.schema(shape),
            self._profile,
            self._worker,
            below=below,
            neighbours=neighbours,
            patterns=patterns,
            label=label,
            referrers=referrers,
        )

    def schema(self, shape: str) -> Parsed:
        """The schema of that name, or in that file. Raises as :meth:`of`."""
        if shape.endswith(".shex"):
            try:
                text = Path(shape).read_text(encoding="utf-8-sig")
            except FileNotFoundError:
                raise NotFound(f"There is no file {shape}.") from None
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"{shape} cannot be read: {error}.") from None
            return parse_text(Path(shape).stem, text, self._profile, self._worker)
        with self._guard:
            if shape not in self._parsed:
                kind(shape)  # raises, naming those that are known; parts describe no item
                self._parsed[shape] = parse(shape, self._profile)
            return self._parsed[shape]

    def _patterns(self, generation: Generation) -> dict[str, str]:
        return uri_patterns(Entities(generation).properties().values(), self._profile)

    def close(self) -> None:
        """End the reference engine's process, if there is one."""
        self._worker.close()


def datatypes_of(snapshot: Snapshot) -> Datatypes:
    """Datatypes of properties: their own word, else that of some statement of theirs."""

    @cache
    def datatype(property: str) -> str:
        known = snapshot.entities.get(property)
        if isinstance(known, Property):
            return known.datatype
        for table in ("claims", "qualifiers"):
            found = (
                snapshot.tables()
                .execute(
                    f"SELECT item FROM {table} WHERE property = ? LIMIT 1",  # noqa: S608 two names
                    [int(property[1:])],
                )
                .fetchone()
            )
            entity = None if found is None else snapshot.entities.get(f"Q{found[0]}")
            if entity is not None and (said := _datatype_in(entity, property)):
                return said
        return ""

    return datatype


def _datatype_in(entity: Entity, property: str) -> str:
    """The datatype that a snak of the entity says a property has; empty if none does."""
    for statement in chain.from_iterable(entity.claims.values()):
        for snak in (statement.mainsnak, *chain(*statement.qualifiers.values())):
            if snak.property == property and snak.datatype:
                return snak.datatype
    return ""


def referrers_of(snapshot: Snapshot) -> Referrers:
    """Which items have an entity as a value: read once for each property that is asked for."""

    @cache
    def index(table: str, property: str) -> tuple[Numbers, Numbers]:
        query = (
            f"SELECT value_item, item FROM {table}"  # noqa: S608 one of two names
            " WHERE property = ? AND value_item > 0 ORDER BY value_item, item"
        )
        rows = snapshot.tables().execute(query, [int(property[1:])]).fetchnumpy()
        return np.asarray(rows["value_item"]), np.asarray(rows["item"])

    def referrers(table: str, property: str, id: str) -> Iterable[str]:
        if not (_is_numbered(property, "P") and _is_numbered(id, "Q")):
            return ()
        values, items = index(table, property)
        number = int(id[1:])
        start, end = np.searchsorted(values, [number, number + 1])
        return dict.fromkeys(f"Q{item}" for item in items[start:end].tolist())

    return referrers


def _is_numbered(id: str, letter: str) -> bool:
    return id[:1] == letter and id[1:].isdecimal()


def _below(classes: Classes) -> Closures:
    @cache
    def below(root: str) -> frozenset[str]:
        return frozenset(f"Q{number}" for number in classes.below([int(root[1:])]).tolist())

    return below


def _remembering(get: Callable[[str], Entity | None]) -> Callable[[str], Entity | None]:
    known: dict[str, Entity | None] = {}

    def remembered(id: str) -> Entity | None:
        if id not in known:
            if len(known) >= _NEIGHBOURS:
                known.clear()
            known[id] = get(id)
        return known[id]

    return remembered
