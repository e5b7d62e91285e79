"""Where the ids of merged items lead, as everybody asks for it: kept at hand for some seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from kgtool.store import RedirectStore

# How long another process's news may wait.
_FRESH = 10.0


class Leads:
    """Old id → new, where each leads in the end."""

    def __init__(
        self, store: RedirectStore, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._clock = clock
        self._until = float("-inf")
        self._all: dict[str, str] = {}
        self._moved: dict[str, str] = {}

    def all(self) -> dict[str, str]:
        """All of them; the same object until one changes."""
        self._look()
        return self._all

    def moved(self) -> Mapping[str, str]:
        """Those whose old address leads on: not partners that wait for a person's decision."""
        self._look()
        return self._moved

    def at_hand(self) -> Mapping[str, str] | None:
        """Those of :meth:`moved` as long as nobody has to be asked; then none."""
        return self._moved if self._clock() < self._until else None

    def look_again(self) -> None:
        """Something changed: ask the next time."""
        self._until = float("-inf")

    def _look(self) -> None:
        if self._clock() < self._until:
            return
        found = self._store.all()
        if found != self._all:
            self._all = found
        waiting = self._store.open() if found else {}
        self._moved = {old: new for old, new in found.items() if old not in waiting}
        self._until = self._clock() + _FRESH
