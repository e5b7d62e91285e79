"""One run of checks: what it remembers, and recursion settled without recursing.

References that can come back to where they started are settled as a greatest fixpoint with an
explicit stack (ShEx §5.2, recursion; §5.7.4, stratified negation): a pair of node and shape is
taken to hold until a test says otherwise, and what relied on it is tested again. All other
references are plain calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from kgtool.checks.nodes import Node
from kgtool.checks.references import References

_Pair: TypeAlias = tuple[object, str]
_MOST_REMEMBERED = 200_000


class Judging(Protocol):
    """A test of nodes."""

    def holds(self, node: Node, run: Run) -> bool:
        """Whether the node passes."""


class Compiled(Protocol):
    """A compiled schema: tests by label, and how they refer to each other."""

    @property
    def references(self) -> References:
        """Which labels lead back to themselves."""

    @property
    def shapes(self) -> Mapping[str, Judging]:
        """The tests."""


class Run:
    """What one run of checks remembers: verdicts on references, and the fixpoint being settled."""

    def __init__(self, engine: Compiled) -> None:
        self._engine = engine
        self._known: dict[tuple[object, str], bool] = {}
        self._frames: list[_Frame] = []

    def satisfies(self, node: Node, label: str) -> bool:
        """Whether a node conforms to the shape of that label; shared nodes are remembered."""
        if label not in self._engine.references.deep and not node.shared:
            return self._engine.shapes[label].holds(node, self)
        pair = (node.key, label)
        known = self._known.get(pair)
        if known is not None:
            return known
        if label not in self._engine.references.deep:
            verdict = self._engine.shapes[label].holds(node, self)
            if not self._frames:  # inside one, the verdict may rest on what is not settled yet
                self._known[pair] = verdict
            return verdict
        stratum = self._engine.references.stratum[label]
        if self._frames and self._frames[-1].stratum == stratum:
            return self._frames[-1].asked(pair, node)
        return self._settle(pair, node, stratum)

    def forget(self, most: int = _MOST_REMEMBERED) -> None:
        """Free what is remembered, if that is more than so many verdicts."""
        if len(self._known) > most:
            self._known.clear()

    def _settle(self, pair: _Pair, node: Node, stratum: int) -> bool:
        frame = _Frame(stratum)
        self._frames.append(frame)
        try:
            frame.asked(pair, node)
            while frame.waiting:
                frame.current = frame.waiting.pop()
                frame.queued.discard(frame.current)
                if not frame.verdicts[frame.current]:
                    continue
                label = frame.current[1]
                if not self._engine.shapes[label].holds(frame.nodes[frame.current], self):
                    frame.refute()
        finally:
            self._frames.pop()
        self._known.update(frame.verdicts)
        return frame.verdicts[pair]


class _Frame:
    """Pairs of one stratum whose verdicts hang together."""

    def __init__(self, stratum: int) -> None:
        self.stratum = stratum
        self.verdicts: dict[_Pair, bool] = {}
        self.nodes: dict[_Pair, Node] = {}
        self.relying: dict[_Pair, dict[_Pair, None]] = {}
        self.waiting: list[_Pair] = []
        self.queued: set[_Pair] = set()
        self.current: _Pair | None = None

    def asked(self, pair: _Pair, node: Node) -> bool:
        if pair not in self.verdicts:
            self.verdicts[pair] = True
            self.nodes[pair] = node
            self._queue(pair)
        if self.current is not None:
            self.relying.setdefault(pair, {})[self.current] = None
        return self.verdicts[pair]

    def refute(self) -> None:
        assert self.current is not None
        self.verdicts[self.current] = False
        for pair in self.relying.pop(self.current, ()):
            if self.verdicts[pair]:
                self._queue(pair)

    def _queue(self, pair: _Pair) -> None:
        if pair not in self.queued:
            self.queued.add(pair)
            self.waiting.append(pair)
