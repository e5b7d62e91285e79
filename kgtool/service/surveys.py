"""Surveys: all items of a selection by one shape, and which of them fail which constraint."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from kgtool.checks.checker import Checker
from kgtool.checks.findings import Fault
from kgtool.checks.router import Judge
from kgtool.checks.schema import Unsupported
from kgtool.coverage.selection import Selection
from kgtool.entities import Entity
from kgtool.errors import UsageError
from kgtool.service.judges import Judges, datatypes_of
from kgtool.service.selections import Selections
from kgtool.views.classes import Classes, Numbers
from kgtool.views.cube import Cube
from kgtool.views.snapshot import Snapshot

_AT_ONCE = 500  # entities read and judged together


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of a shape, and the items that fail it, sorted."""

    constraint: str
    property: str
    severity: str
    labels: Mapping[str, str]
    help: Mapping[str, str]
    failing: Numbers


@dataclass(slots=True)
class Survey:
    """All items of a selection by one shape: which conform, and which fail which constraint."""

    shape: str
    generation: int
    items: Numbers
    conforming: Numbers
    engine: dict[str, int]
    constraints: list[Constraint] = field(default_factory=list)

    def conforming_at(self, property: str) -> Numbers:
        """Items that conform; with a property, those that have nothing to mend there."""
        if not property:
            return self.conforming
        failing = [one.failing for one in self.constraints if one.property == property]
        return np.setdiff1d(self.items, np.concatenate(failing)) if failing else self.items

    def of(self, items: Numbers) -> Survey:
        """The part of it that is about some of its items, sorted."""
        cut = [
            replace(one, failing=np.intersect1d(one.failing, items, assume_unique=True))
            for one in self.constraints
        ]
        return Survey(
            self.shape,
            self.generation,
            items,
            np.intersect1d(self.conforming, items, assume_unique=True),
            {"compiled": len(items), "pyrudof": 0},
            _ordered(one for one in cut if len(one.failing)),
        )

    def failing(self, severity: str = "", property: str = "", constraint: str = "") -> Numbers:
        """Items that fail a constraint of that severity, at that property, or that very one."""
        found = [
            one.failing
            for one in self.constraints
            if severity in ("", one.severity)
            and property in ("", one.property)
            and constraint in ("", one.constraint)
        ]
        return np.unique(np.concatenate(found)) if found else np.zeros(0, np.uint32)


class Surveys:
    """Makes surveys and remembers those of the current generation; safe to share.

    Where columns tell, reading them is nearly all the work, and is the same for one item and for
    all: so all items are judged at once, and the survey of a selection is its part of that.
    """

    def __init__(self, judges: Judges, selections: Selections) -> None:
        self._judges, self._selections = judges, selections
        self._made: dict[tuple[int, str, Selection | None], Survey] = {}
        self._in_columns: dict[tuple[int, str], Survey | None] = {}  # none: columns do not tell
        self._guard = threading.Lock()
        self._judging = threading.Lock()

    def of(self, shape: str, snapshot: Snapshot, selection: Selection | None = None) -> Survey:
        """The survey of a selection, or of all items.

        :raises UsageError: the selection is empty.
        :raises NotFound: there is no such shape.
        """
        key = (snapshot.generation.number, shape, selection)
        with self._guard:
            if key in self._made:
                return self._made[key]
        numbers = _all(snapshot) if selection is None else self.items(snapshot, selection)
        if not len(numbers):
            raise UsageError("There is nothing to check: the selection is empty.")
        whole = self._whole(shape, snapshot, len(numbers))
        if whole is None:
            made = _survey_of_entities(self._judges.of(shape, snapshot), snapshot, numbers)
        else:
            made = whole if selection is None else whole.of(numbers)
        with self._guard:
            self._made = {k: one for k, one in self._made.items() if k[0] == key[0]}
            self._made[key] = made
        return made

    def _whole(self, shape: str, snapshot: Snapshot, wanted: int) -> Survey | None:
        """The survey of all items from columns; none where entities tell, or tell so few sooner."""
        key = (snapshot.generation.number, shape)
        if key not in self._in_columns and wanted <= _AT_ONCE:
            return None
        with self._judging:  # who comes while it is made needs nothing but that
            if key not in self._in_columns:
                made = _survey_of_columns(self._judges.of(shape, snapshot), snapshot)
                self._in_columns = {k: v for k, v in self._in_columns.items() if k[0] == key[0]}
                self._in_columns[key] = made
            return self._in_columns[key]

    def items(self, snapshot: Snapshot, selection: Selection) -> Numbers:
        """Numbers of the items of a selection, sorted.

        :raises NotInWorkspace: a partner or an item was never loaded.
        """
        cube = snapshot.once(Cube.open)
        bits = self._selections.find(snapshot, cube, selection).bits
        chosen = np.flatnonzero(np.unpackbits(bits, bitorder="little"))
        return np.sort(np.asarray(cube.items[chosen], dtype=np.uint32))


def _survey_of_entities(judge: Judge, snapshot: Snapshot, numbers: Numbers) -> Survey:
    failing: dict[str, list[int]] = {}
    said: dict[str, Fault] = {}
    conforming: list[int] = []
    for entity in entities_of(snapshot, numbers):
        number = int(entity.id[1:])
        found = judge.check(entity)
        if not found:
            conforming.append(number)
        for one in found:
            at = failing.setdefault(one.fault.constraint, [])
            if not at or at[-1] != number:
                at.append(number)
            said.setdefault(one.fault.constraint, one.fault)
    arrays = {name: np.array(items, np.uint32) for name, items in failing.items()}
    held = np.array(conforming, np.uint32)
    return _made(judge.name, snapshot, numbers, held, arrays, said, engines(judge))


def _survey_of_columns(judge: Judge, snapshot: Snapshot) -> Survey | None:
    """The survey of all items; none where the shape asks for what columns do not keep."""
    if judge.checker is None:
        return None
    try:
        return _judged(judge.checker, snapshot, _all(snapshot))
    except Unsupported:
        return None


def _judged(checker: Checker, snapshot: Snapshot, numbers: Numbers) -> Survey:
    classes = snapshot.once(Classes.open)
    over = checker.over(
        snapshot.tables(), lambda root: classes.below([int(root[1:])]), datatypes_of(snapshot)
    )
    conforming, masks = over.failing(numbers)
    failing = {name: numbers[mask] for name, mask in masks.items()}
    said: dict[str, Fault] = {}
    for name, items in failing.items():
        # What is to be told of a constraint, one of those that fail it tells.
        entity = next(entities_of(snapshot, items[:1]))
        for one in checker.check(entity):
            said.setdefault(one.fault.constraint, one.fault)
        assert name in said
    judged = {"compiled": len(numbers), "pyrudof": 0}
    return _made(checker.name, snapshot, numbers, numbers[conforming], failing, said, judged)


def _made(
    shape: str,
    snapshot: Snapshot,
    numbers: Numbers,
    conforming: Numbers,
    failing: Mapping[str, Numbers],
    said: Mapping[str, Fault],
    judged: dict[str, int],
) -> Survey:
    constraints = [
        Constraint(
            name,
            said[name].property,
            said[name].severity,
            said[name].labels,
            said[name].help,
            items,
        )
        for name, items in failing.items()
    ]
    return Survey(
        shape,
        snapshot.generation.number,
        numbers,
        conforming,
        judged,
        _ordered(constraints),
    )


def _ordered(constraints: Iterable[Constraint]) -> list[Constraint]:
    return sorted(constraints, key=lambda one: (-len(one.failing), one.constraint))


def entities_of(snapshot: Snapshot, numbers: Numbers) -> Iterator[Entity]:
    """Items by their numbers, in this order, some hundred at a time."""
    for start in range(0, len(numbers), _AT_ONCE):
        ids = [f"Q{number}" for number in numbers[start : start + _AT_ONCE].tolist()]
        found = snapshot.entities.many(ids)
        yield from (found[id] for id in ids if id in found)


def engines(judge: Judge) -> dict[str, int]:
    """How many entities each engine judged."""
    return {"compiled": judge.answered["compiled"], "pyrudof": judge.answered["pyrudof"]}


def _all(snapshot: Snapshot) -> Numbers:
    cube = snapshot.once(Cube.open)
    return np.sort(np.asarray(cube.items[cube.items != 0], dtype=np.uint32))
