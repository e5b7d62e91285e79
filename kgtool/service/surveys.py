"""Where surveys are made: soon where columns tell, later where every item must be read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator

import numpy as np

from kgtool.checks.checker import Checker
from kgtool.checks.findings import Fault
from kgtool.checks.router import Judge
from kgtool.checks.schema import Unsupported
from kgtool.coverage.selection import Selection
from kgtool.entities import Entity
from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.service.answers import Answer, Answers, stamp_of
from kgtool.service.judges import Judges, datatypes_of
from kgtool.service.selections import Selections
from kgtool.service.survey import Survey, survey_of
from kgtool.views.classes import Classes, Numbers
from kgtool.views.cube import Cube
from kgtool.views.snapshot import Snapshot

Progress = Callable[[str, int, int], None]
"""Hears what is counted, how many are done, and of how many."""

# So many items are read and judged together, and while somebody waits.
_AT_ONCE = 500
# The columns of a workspace of so many items are judged while somebody waits.
_WORKSPACE_AT_ONCE = 100_000
_REMEMBERED = 32


def unheard(what: str, done: int, all: int) -> None:
    """Progress that nobody watches."""


class Surveys:
    """Makes surveys and keeps them until something changes; safe to share.

    Where columns tell, reading them is nearly all the work, and is the same for one item and for
    all: so all items are judged at once, and the survey of a selection is its part of that. Where
    they do not, each item is read, which takes minutes for a million: such surveys are kept in the
    workspace, so that one process makes them for all.
    """

    def __init__(self, judges: Judges, selections: Selections, answers: Answers[Survey]) -> None:
        self._judges, self._selections, self._answers = judges, selections, answers
        self._known: OrderedDict[tuple[str, Selection | None], Answer[Survey]] = OrderedDict()
        self._in_columns: dict[tuple[int, str], Survey | None] = {}  # none: columns do not tell
        self._guard = threading.Lock()
        self._judging = threading.Lock()

    def of(
        self,
        shape: str,
        snapshot: Snapshot,
        selection: Selection | None = None,
        progress: Progress = unheard,
    ) -> Survey:
        """The survey of a selection, or of all items, however long it takes.

        :raises UsageError: the selection is empty.
        :raises NotFound: there is no such shape.
        """
        found = self.ready(shape, snapshot, selection)
        if found is None:
            numbers = self._numbers(snapshot, selection)
            whole = self._whole(shape, snapshot)
            if whole is None:
                judge = self._judges.of(shape, snapshot)
                found = _survey_of_entities(judge, snapshot, numbers, progress)
            else:
                found = whole if selection is None else whole.of(numbers)
            answer = Answer(self._stamp(snapshot, selection), found)
            self._answers.keep(answer, shape, selection)
            self._remember(shape, selection, answer)
        return found

    def ready(
        self, shape: str, snapshot: Snapshot, selection: Selection | None = None
    ) -> Survey | None:
        """The survey, where it is there or made so soon that somebody can wait for it.

        Raises as :meth:`of`.
        """
        stamp = self._stamp(snapshot, selection)
        answer = self._newest(shape, selection, stamp)
        if answer is not None and answer.stamp == stamp:
            return answer.told
        numbers = self._numbers(snapshot, selection)
        key = (snapshot.generation.number, shape)
        few = len(numbers) <= _AT_ONCE
        if key in self._in_columns or (
            not few and snapshot.generation.meta.items <= _WORKSPACE_AT_ONCE
        ):
            whole = self._whole(shape, snapshot)
        else:
            whole = None
        if whole is not None:
            made = whole if selection is None else whole.of(numbers)
        elif few:
            made = _survey_of_entities(self._judges.of(shape, snapshot), snapshot, numbers)
        else:
            self._judges.schema(shape)  # what does not exist is told now, not in the background
            return None
        self._remember(shape, selection, Answer(stamp, made))
        return made

    def last(self, shape: str, selection: Selection | None) -> Survey | None:
        """The newest survey, whatever it was made from; none where there is none."""
        answer = self._newest(shape, selection)
        return None if answer is None else answer.told

    def prepare(self, shape: str, snapshot: Snapshot) -> None:
        """Judge all items by a shape, where columns tell, before somebody asks."""
        self._whole(shape, snapshot)

    def _newest(
        self, shape: str, selection: Selection | None, stamp: str = ""
    ) -> Answer[Survey] | None:
        """The answer that is kept; with a stamp, that of another process only if it is of that."""
        with self._guard:
            known = self._known.get((shape, selection))
        if known is not None and known.stamp == stamp:
            return known
        there = self._answers.stamp(shape, selection)
        if there in ("", known.stamp if known else "") or stamp not in ("", there):
            return known
        found = self._answers.get(shape, selection)
        if found is not None:
            self._remember(shape, selection, found)
        return found or known

    def _remember(self, shape: str, selection: Selection | None, answer: Answer[Survey]) -> None:
        with self._guard:
            self._known[shape, selection] = answer
            self._known.move_to_end((shape, selection))
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    def _whole(self, shape: str, snapshot: Snapshot) -> Survey | None:
        """The survey of all items from columns; none where entities tell."""
        key = (snapshot.generation.number, shape)
        with self._judging:  # who comes while it is made needs nothing but that
            if key not in self._in_columns:
                made = _survey_of_columns(self._judges.of(shape, snapshot), snapshot)
                self._in_columns = {k: v for k, v in self._in_columns.items() if k[0] == key[0]}
                self._in_columns[key] = made
            return self._in_columns[key]

    def _stamp(self, snapshot: Snapshot, selection: Selection | None) -> str:
        meant = None if selection is None else self._selections.resolved(selection)
        return stamp_of(meant, snapshot.generation.number, self._judges.stamp)

    def _numbers(self, snapshot: Snapshot, selection: Selection | None) -> Numbers:
        numbers = _all(snapshot) if selection is None else self.items(snapshot, selection)
        if not len(numbers):
            raise UsageError(Words("error-nothing-to-check"))
        return numbers

    def items(self, snapshot: Snapshot, selection: Selection) -> Numbers:
        """Numbers of the items of a selection, sorted.

        :raises NotInWorkspace: a partner or an item was never loaded.
        """
        cube = snapshot.once(Cube.open)
        bits = self._selections.find(snapshot, cube, selection).bits
        chosen = np.flatnonzero(np.unpackbits(bits, bitorder="little"))
        return np.sort(np.asarray(cube.items[chosen], dtype=np.uint32))


def _survey_of_entities(
    judge: Judge, snapshot: Snapshot, numbers: Numbers, progress: Progress = unheard
) -> Survey:
    failing: dict[str, list[int]] = {}
    said: dict[str, Fault] = {}
    conforming: list[int] = []
    for done, entity in enumerate(entities_of(snapshot, numbers)):
        if done % _AT_ONCE == 0:
            progress("items", done, len(numbers))
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
    return survey_of(
        judge.name, snapshot.generation.meta, numbers, held, arrays, said, engines(judge)
    )


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
    meta = snapshot.generation.meta
    return survey_of(checker.name, meta, numbers, numbers[conforming], failing, said, judged)


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
