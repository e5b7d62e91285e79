"""How coverage moves: which gaps opened and closed between two states of a selection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

# The key of the items themselves among the measures of a change.
ITEMS = "items"


class Missing(Struct, frozen=True):
    """The items of a selection, and by measure those that lack it; numbers of items, sorted."""

    items: list[int]
    by_measure: dict[str, list[int]]


class Move(Struct, frozen=True):
    """What changed for one measure: gaps that ``opened`` and ``closed``, as numbers of items.

    An item that came with a gap opened it; one that left with a gap is in ``left``, not closed.
    """

    opened: list[int] = []
    closed: list[int] = []
    left: list[int] = []


class Step(Struct, frozen=True):
    """One recorded state: how many items, how many lack each measure, its share, what moved."""

    at: datetime
    reason: str
    generation: int
    items: int
    missing: dict[str, int]
    shares: dict[str, float | None]
    moves: dict[str, Move]
    arrived: list[int] = []
    gone: list[int] = []


COLUMNS = ("at", "of", "reason", "measure", "items", "missing", "share", "opened", "closed", "left")


def rows(
    of: str, steps: Iterable[Step], measures: Sequence[str] = ()
) -> Iterator[tuple[object, ...]]:
    """The states of a selection under :data:`COLUMNS`, a row a measure; only *measures*, if any.

    What opened, closed and left is counted.
    """
    for step in steps:
        for name, missing in step.missing.items():
            if measures and name not in measures:
                continue
            share, move = step.shares[name], step.moves.get(name, Move())
            yield (
                *(step.at.date().isoformat(), of, step.reason, name, step.items, missing),
                "" if share is None else round(share, 4),
                *(len(items) for items in (move.opened, move.closed, move.left)),
            )


class Span(Struct, frozen=True):
    """What moved between the states at the beginning and the end of a time, on the whole.

    A gap that opened and closed again meanwhile did not move. Where nothing was recorded before the
    time, it begins with the first state within it. ``items`` are those at the end.
    """

    items: int
    arrived: list[int]
    moved: dict[str, Move]
    began: datetime
    ended: datetime


def span(steps: Sequence[tuple[Mapping[str, Any], int]], began: datetime, ended: datetime) -> Span:
    """Fold states (what :func:`changed` kept of each, and how many items) after the first one.

    A measure that one of the states was not asked for is left out: it cannot be compared.
    """
    first, *later = steps
    balances = {measure: _Balance() for measure in first[0]}
    for kept, _ in later:
        balances = {measure: one for measure, one in balances.items() if measure in kept}
        for measure, balance in balances.items():
            balance.note(*kept[measure])
    came, left = balances.pop(ITEMS).told()
    gone = set(left)
    moved = {}
    for measure, balance in balances.items():
        opened, ended_gaps = balance.told()
        if opened or ended_gaps:
            moved[measure] = Move(
                opened,
                [item for item in ended_gaps if item not in gone],
                [item for item in ended_gaps if item in gone],
            )
    return Span(steps[-1][1], came, moved, began, ended)


class _Balance:
    """What came into a set and what left it, on the whole."""

    def __init__(self) -> None:
        self._came: set[int] = set()
        self._left: set[int] = set()

    def note(self, came: Iterable[int], left: Iterable[int]) -> None:
        came, left = set(came), set(left)
        self._came, self._left = (
            (self._came - left) | (came - self._left),
            (self._left - came) | (left - self._came),
        )

    def told(self) -> tuple[list[int], list[int]]:
        return sorted(self._came), sorted(self._left)


def moves(before: Missing, after: Missing) -> dict[str, Move]:
    """What moved between two states, by measure; measures that did not move are left out."""
    here = set(after.items)
    found: dict[str, Move] = {}
    for measure in dict.fromkeys([*before.by_measure, *after.by_measure]):
        if measure not in before.by_measure or measure not in after.by_measure:
            continue  # what is asked for changed, not the items
        was, now = set(before.by_measure[measure]), set(after.by_measure[measure])
        ended = was - now
        move = Move(sorted(now - was), sorted(ended & here), sorted(ended - here))
        if move.opened or move.closed or move.left:
            found[measure] = move
    return found


def moves_kept(kept: Mapping[str, Any], compared: Iterable[str]) -> dict[str, Move]:
    """The same as :func:`moves`, from what :func:`changed` kept of the later state.

    ``compared`` are the measures that were asked of both states.
    """
    gone = set(kept[ITEMS][1])
    found: dict[str, Move] = {}
    for measure in compared:
        opened, ended = kept.get(measure, ([], []))
        if opened or ended:
            closed = [item for item in ended if item not in gone]
            found[measure] = Move(opened, closed, [item for item in ended if item in gone])
    return found


def changed(before: Missing | None, after: Missing) -> dict[str, Any]:
    """What must be kept of a state so that it can be rebuilt from the one before: plain JSON."""
    empty = Missing([], {})
    was = before or empty
    kept: dict[str, Any] = {ITEMS: _difference(was.items, after.items)}
    for measure, now in after.by_measure.items():
        kept[measure] = _difference(was.by_measure.get(measure, []), now)
    return kept


def rebuilt(before: Missing | None, kept: Mapping[str, Any]) -> Missing:
    """The state that :func:`changed` kept."""
    was = before or Missing([], {})
    return Missing(
        _applied(was.items, kept[ITEMS]),
        {
            measure: _applied(was.by_measure.get(measure, []), change)
            for measure, change in kept.items()
            if measure != ITEMS
        },
    )


def _difference(before: Iterable[int], after: Iterable[int]) -> list[list[int]]:
    was, now = set(before), set(after)
    return [sorted(now - was), sorted(was - now)]


def _applied(before: Iterable[int], change: list[list[int]]) -> list[int]:
    more, fewer = change
    return sorted((set(before) | set(more)) - set(fewer))
