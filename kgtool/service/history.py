"""How coverage moved: states of selections, recorded daily and around batches."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct

from kgtool.coverage.expression import parse
from kgtool.coverage.trends import (
    ITEMS,
    Missing,
    Move,
    Span,
    Step,
    changed,
    moves_kept,
    rebuilt,
    rows,
    span,
)
from kgtool.errors import KgtoolError
from kgtool.service.coverage import Coverage
from kgtool.store import HistoryStore, PastMatrix, PastTotal

_EVER = 10_000  # states of one selection that are read


class Earlier(Struct, frozen=True):
    """What was recorded of a partner that was merged into another, under its own id."""

    selection: str
    steps: list[Step]


class History:
    """Records and tells. A state is kept as its difference from the one before.

    ``merged`` gives the partners that were merged, by id, and into which.
    """

    def __init__(
        self,
        coverage: Coverage,
        store: HistoryStore,
        merged: Callable[[], Mapping[str, str]],
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._coverage = coverage
        self._store = store
        self._merged = merged
        self._clock = clock

    def record(self, selection: str, reason: str = "daily") -> bool:
        """Keep how a partner's or saved selection stands; says whether anything was kept.

        ``reason`` is ``daily`` (once a day), ``before-batch``, ``after-batch`` or ``load``.
        """
        matrix = self._coverage.matrix(selection)
        now = self._coverage.missing(selection)
        past = self._store.history(selection, limit=_EVER)
        before = _latest(past)
        total = matrix.groups[0]
        return self._store.add(
            PastMatrix(
                selection,
                self._clock(),
                reason,
                matrix.generation,
                total.items,
                {name: (cell.missing, cell.share) for name, cell in total.measures.items()},
                msgspec.to_builtins(changed(before, now)),
            )
        )

    def record_all(self, selections: list[str], reason: str = "daily") -> dict[str, str]:
        """The same for many; gives what went wrong, by selection."""
        failed: dict[str, str] = {}
        for selection in selections:
            try:
                self.record(selection, reason)
            except KgtoolError as error:
                failed[selection] = str(error)
        return failed

    def steps(self, selection: str, since: datetime.date | None = None) -> list[Step]:
        """The recorded states, oldest first, each with what moved since the one before it."""
        told: list[Step] = []
        past = self._store.history(selection, since=since, limit=_EVER)
        if not past:
            return []
        before = None if since is None else self._store.before(selection, past[0].at.date())
        known = None if before is None else set(before.matrix)
        for one in past:
            items_came, items_left = one.kept[ITEMS]
            told.append(
                Step(
                    at=one.at,
                    reason=one.reason,
                    generation=one.generation,
                    items=one.items,
                    missing={name: missing for name, (missing, _) in one.matrix.items()},
                    shares={name: share for name, (_, share) in one.matrix.items()},
                    moves={}
                    if known is None
                    else moves_kept(one.kept, [name for name in one.matrix if name in known]),
                    arrived=[] if known is None else items_came,
                    gone=items_left,
                )
            )
            known = set(one.matrix)
        return told

    def never(self, selection: str) -> None:
        """Make sure that what has no history could have one.

        :raises NotInWorkspace: the partner was never loaded.
        :raises NotFound: there is no such selection.
        """
        self._coverage.matrix(selection, measures=[])

    def names(self, measures: Sequence[str]) -> tuple[str, ...]:
        """Measures under the names by which they are recorded.

        :raises ExpressionError: one of them does not parse.
        """
        return tuple(str(parse(text)) for text in measures)

    def earlier(self, selection: str, since: datetime.date | None = None) -> list[Earlier]:
        """What went before: the recorded states of partners that were merged into this one.

        Two histories never become one, as what moved between two items of one institution is not
        what moved in its collection; so each is told by itself.
        """
        sources = sorted(old for old, new in self._merged().items() if new == selection)
        told = (Earlier(source, self.steps(source, since)) for source in sources)
        return [one for one in told if one.steps]

    def table(
        self, selection: str, since: datetime.date | None = None, measures: tuple[str, ...] = ()
    ) -> Iterator[tuple[object, ...]]:
        """Rows under :data:`kgtool.coverage.trends.COLUMNS`: what went before, then its own states.

        :raises NotInWorkspace: as :meth:`never`, where nothing is recorded.
        :raises NotFound: the same.
        """
        steps = self.steps(selection, since)
        earlier = self.earlier(selection, since)
        if not steps and not earlier:
            self.never(selection)
        each = [*((one.selection, one.steps) for one in earlier), (selection, steps)]
        return chain.from_iterable(rows(of, states, measures) for of, states in each)

    def totals(self, selections: Sequence[str], since: datetime.date) -> dict[str, list[PastTotal]]:
        """How many items and gaps each selection had since a day; see :class:`HistoryStore`."""
        return self._store.totals(selections, since=since)

    def newest(self) -> int:
        """A number that grows whenever a state is recorded."""
        return self._store.newest()

    def spans(
        self, selections: Sequence[str], begin: datetime.datetime, end: datetime.datetime
    ) -> dict[str, Span]:
        """What moved in a time, by selection; without those of which nothing was recorded in it."""
        found = {}
        for selection, past in self._store.between(selections, begin, end).items():
            steps = [(one.kept, one.items) for one in past]
            found[selection] = span(steps, past[0].at, past[-1].at)
        return found

    def told(self, step: Step, measures: tuple[str, ...] = ()) -> dict[str, Any]:
        """One state as scripts read it: items by id; only these measures, if any are named."""
        return {
            "at": step.at,
            "reason": step.reason,
            "generation": step.generation,
            "items": step.items,
            "arrived": _ids(step.arrived),
            "gone": _ids(step.gone),
            "measures": {
                name: {
                    "missing": count,
                    "share": step.shares[name],
                    "opened": _ids(step.moves.get(name, Move()).opened),
                    "closed": _ids(step.moves.get(name, Move()).closed),
                }
                for name, count in step.missing.items()
                if not measures or name in measures
            },
        }


def _ids(numbers: list[int]) -> list[str]:
    return [f"Q{number}" for number in numbers]


def _latest(past: list[PastMatrix]) -> Missing | None:
    state: Missing | None = None
    for one in past:
        state = rebuilt(state, one.kept)
    return state
