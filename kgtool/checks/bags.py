"""Does a bag of arcs belong to the language of a triple expression? (ShEx §5.5.2, ``matches``)

Which constraints each arc could be matched to is known here; arcs with the same possibilities are
counted together. Where every arc has one possibility, membership is linear in the expression: for
each part the numbers of repetitions that use up its arcs form an interval (Boneva, Labra Gayo and
Prud'hommeaux, *Semantics and Validation of Shapes Schemas for RDF*, ISWC 2017). Otherwise arcs are
spread over their possibilities: by a flow if the expression is one group, which is polynomial, else
by trying.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf

from kgtool.checks.schema import EachOf, OneOf, TripleConstraint, TripleExpr, Unsupported

# Ways of spreading arcs that are tried before the reference engine is asked.
_MOST_WAYS = 200_000


class Bag:
    """A triple expression, ready to test bags. ``constraints`` are its leaves, in order."""

    def __init__(self, expression: TripleExpr) -> None:
        self.constraints: list[TripleConstraint] = []
        self._tree = self._number(expression)
        self._simple = is_one_group(expression)

    def _number(self, expression: TripleExpr) -> _Tree:
        if isinstance(expression, TripleConstraint):
            self.constraints.append(expression)
            place = len(self.constraints) - 1
            return _Tree("leaf", place, (), expression.min, expression.max)
        parts = tuple(self._number(part) for part in expression.parts)
        kind = "each" if isinstance(expression, EachOf) else "one"
        return _Tree(kind, -1, parts, expression.min, expression.max)

    def admits(self, possible: dict[tuple[int, ...], int]) -> bool:
        """Whether so many arcs with these possibilities (places of constraints) can be matched.

        :raises Unsupported: too many ways to try.
        """
        counts = [0] * len(self.constraints)
        doubtful: list[tuple[tuple[int, ...], int]] = []
        for places, number in possible.items():
            if len(places) == 1:
                counts[places[0]] += number
            else:
                doubtful.append((places, number))
        if not doubtful:
            return self._fits(counts)
        if self._simple:
            return _flows(self.constraints, counts, doubtful)
        for tried, spread in enumerate(_spreads(doubtful, counts), start=1):
            if tried > _MOST_WAYS:
                raise Unsupported("groups with alternatives in which many values fit many places")
            if self._fits(spread):
                return True
        return False

    def _fits(self, counts: Sequence[int]) -> bool:
        low, high = self._tree.interval(counts)
        return low <= 1 <= high


class _Tree:
    __slots__ = ("kind", "max", "min", "parts", "place")

    def __init__(
        self, kind: str, place: int, parts: tuple[_Tree, ...], low: int, high: int | None
    ) -> None:
        self.kind, self.place, self.parts = kind, place, parts
        self.min, self.max = low, inf if high is None else high

    def interval(self, counts: Sequence[int]) -> tuple[float, float]:
        """From how few to how many repetitions use up exactly these arcs; empty if low > high."""
        if self.kind == "leaf":
            low = high = float(counts[self.place])
        else:
            inner = [part.interval(counts) for part in self.parts]
            if any(a > b for a, b in inner):
                return 1, 0
            if self.kind == "each":
                low = max((a for a, _ in inner), default=0.0)
                high = min((b for _, b in inner), default=inf)
            else:
                low, high = sum(a for a, _ in inner), sum(b for _, b in inner)
            if low > high:
                return 1, 0
        if self.max == 0:
            return (0, inf) if low == 0 else (1, 0)
        fewest = 0.0 if low == 0 else (1.0 if self.max == inf else float(-(-low // self.max)))
        most = inf if self.min == 0 or high == inf else high // self.min
        return fewest, most


def is_one_group(expression: TripleExpr) -> bool:
    """Whether an expression is a plain list of constraints: no alternatives, nothing repeated."""
    if isinstance(expression, TripleConstraint):
        return True
    if isinstance(expression, OneOf) or (expression.min, expression.max) != (1, 1):
        return False
    return all(map(is_one_group, expression.parts))


def _spreads(doubtful: list[tuple[tuple[int, ...], int]], counts: list[int]) -> Iterator[list[int]]:
    if not doubtful:
        yield counts
        return
    (places, number), rest = doubtful[0], doubtful[1:]
    for shares in _shares(number, len(places)):
        spread = counts[:]
        for place, share in zip(places, shares, strict=True):
            spread[place] += share
        yield from _spreads(rest, spread)


def _shares(number: int, among: int) -> Iterator[tuple[int, ...]]:
    if among == 1:
        yield (number,)
        return
    for first in range(number + 1):
        for others in _shares(number - first, among - 1):
            yield (first, *others)


def _flows(
    constraints: list[TripleConstraint],
    counts: list[int],
    doubtful: list[tuple[tuple[int, ...], int]],
) -> bool:
    """Whether the doubtful arcs can be spread so that every constraint gets from min to max."""
    room: list[float] = [
        (inf if c.max is None else c.max) - n for c, n in zip(constraints, counts, strict=True)
    ]
    need: list[float] = [max(0, c.min - n) for c, n in zip(constraints, counts, strict=True)]
    if any(free < needed for free, needed in zip(room, need, strict=True)):
        return False
    # What is needed first, then the rest within the room: an arc placed for a need stays placed
    # somewhere, and moves only along augmenting paths, which keep every need met.
    left = [number for _, number in doubtful]
    placed = [dict.fromkeys(places, 0) for places, _ in doubtful]
    got = [0.0] * len(constraints)
    for limits in (need, room):
        while True:
            moved = _augment(doubtful, left, placed, got, limits)
            if not moved:
                break
        if limits is need and any(g < n for g, n in zip(got, need, strict=True)):
            return False
    return not any(left)


def _augment(
    doubtful: list[tuple[tuple[int, ...], int]],
    left: list[int],
    placed: list[dict[int, int]],
    got: list[float],
    limits: list[float],
) -> bool:
    # Breadth first from groups with arcs left to a constraint with room; then back along the path.
    came: dict[tuple[str, int], tuple[str, int]] = {}
    queue: list[tuple[str, int]] = [("group", g) for g, number in enumerate(left) if number]
    seen = set(queue)
    for at in queue:
        kind, number = at
        if kind == "group":
            nexts = [("place", place) for place in doubtful[number][0]]
        else:
            if got[number] < limits[number]:
                return _push(at, came, left, placed, got, limits)
            nexts = [("group", g) for g, shares in enumerate(placed) if shares.get(number)]
        for onward in nexts:
            if onward not in seen:
                seen.add(onward)
                came[onward] = at
                queue.append(onward)
    return False


def _push(
    end: tuple[str, int],
    came: dict[tuple[str, int], tuple[str, int]],
    left: list[int],
    placed: list[dict[int, int]],
    got: list[float],
    limits: list[float],
) -> bool:
    path = [end]
    while path[-1] in came:
        path.append(came[path[-1]])
    path.reverse()
    amount: float = min(left[path[0][1]], limits[end[1]] - got[end[1]])
    for before, after in pairwise(path):
        if before[0] == "place":
            amount = min(amount, placed[after[1]][before[1]])
    whole = int(amount)
    left[path[0][1]] -= whole
    got[end[1]] += whole
    for before, after in pairwise(path):
        if before[0] == "group":
            placed[before[1]][after[1]] += whole
        else:
            placed[after[1]][before[1]] -= whole
    return True
