"""What every view of a generation is, and what it is told of a change."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

from kgtool.views.generation import Generation
from kgtool.views.kept import Keys


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from the generation before: sorted keys of entities."""

    changed: Keys
    gone: Keys


class View(Protocol):
    """A shape of the entities that is part of each generation, in a folder of its own name."""

    name: str
    needs: tuple[str, ...]  # names of the views that must be there before

    def space(self, size: int) -> float:
        """About how many bytes it takes on disk for ``size`` bytes of entity JSON."""

    def build(
        self, generation: Generation, previous: Generation | None, change: Change | None
    ) -> None:
        """Write ``generation.path / name``.

        Where ``previous`` and ``change`` are given, what ``previous`` has may be patched; the
        answers must equal those of a view built anew.
        """


def build_all(
    views: Sequence[View],
    generation: Generation,
    previous: Generation | None,
    change: Change | None,
) -> None:
    """Build views, each after those that it needs, which come before it; two at a time.

    What one of them raises is raised when all have ended.
    """
    begun: dict[str, Future[None]] = {}

    def build(view: View) -> None:
        wait(begun[name] for name in view.needs)
        view.build(generation, previous, change)

    with ThreadPoolExecutor(2) as pool:
        for view in views:
            begun[view.name] = pool.submit(build, view)
    for future in begun.values():
        future.result()
