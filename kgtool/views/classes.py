"""The classes view: which classes lie below or above which, by P279 of best rank."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kgtool.views.generation import Generation
from kgtool.views.stored import stored
from kgtool.views.tables import connect

Numbers = npt.NDArray[np.uint32]


class ClassesView:
    """Builds the classes of each generation."""

    name = "classes"
    needs: tuple[str, ...] = ()

    def space(self, size: int) -> float:
        """About how many bytes it takes on disk for ``size`` bytes of entity JSON."""
        return 0.01 * size

    def build(
        self, generation: Generation, previous: Generation | None = None, change: object = None
    ) -> None:
        """Write ``classes/``: the subclass edges, once sorted by parent and once by child."""
        folder = generation.path / self.name
        folder.mkdir()
        with connect(generation) as tables:
            edges = tables.execute(
                "SELECT DISTINCT parent, item FROM subclass ORDER BY parent, item"
            ).fetchnumpy()
        parent = np.asarray(edges["parent"], dtype=np.uint32)
        child = np.asarray(edges["item"], dtype=np.uint32)
        np.save(folder / "down.npy", np.stack([parent, child]))
        order = np.lexsort((parent, child))
        np.save(folder / "up.npy", np.stack([child[order], parent[order]]))


class Classes:
    """Walks the subclass edges; cycles do no harm."""

    def __init__(self, folder: Path) -> None:
        self._down: Numbers = stored(folder / "down.npy", mapped=True)
        self._up: Numbers = stored(folder / "up.npy", mapped=True)

    @classmethod
    def open(cls, generation: Generation) -> Classes:
        """The classes of a generation; :meth:`Snapshot.once` keeps them open."""
        return cls(generation.path / ClassesView.name)

    def below(self, classes: Iterable[int]) -> Numbers:
        """Numbers of these classes and of all their subclasses, sorted."""
        return _reached(self._down, classes)

    def above(self, classes: Iterable[int]) -> Numbers:
        """Numbers of these classes and of all that they are subclasses of, sorted."""
        return _reached(self._up, classes)


def _reached(edges: Numbers, start: Iterable[int]) -> Numbers:
    seen = np.unique(np.fromiter(start, dtype=np.uint32))
    front = seen
    while len(front):
        first = np.searchsorted(edges[0], front, side="left")
        last = np.searchsorted(edges[0], front, side="right")
        found = np.unique(edges[1][ranges(first, last)])
        front = np.setdiff1d(found, seen, assume_unique=True)
        seen = np.union1d(seen, front)
    return seen


def ranges(first: npt.NDArray[np.integer], last: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """All numbers of the half-open ranges ``first[i]:last[i]``, one range after the other."""
    lengths = (last - first).astype(np.int64)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    starts = np.repeat(first.astype(np.int64) - (ends - lengths), lengths)
    numbers: npt.NDArray[np.int64] = np.arange(total, dtype=np.int64) + starts
    return numbers
