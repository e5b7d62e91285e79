"""What every view of a generation is, and what it is told of a change."""

from __future__ import annotations

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

    def build(
        self, generation: Generation, previous: Generation | None, change: Change | None
    ) -> None:
        """Write ``generation.path / name``.

        Where ``previous`` and ``change`` are given, what ``previous`` has may be patched; the
        answers must equal those of a view built anew.
        """
