"""What readers hold: the current generation with whatever of it was opened so far."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from functools import cached_property
from typing import Any, TypeVar

import duckdb

from kgtool.views.entities import Entities
from kgtool.views.generation import Generation, Workspace
from kgtool.views.tables import Tables

T = TypeVar("T")


class Snapshot:
    """One generation, protected from being collected as long as this object lives."""

    def __init__(self, workspace: Workspace) -> None:
        held = ExitStack()
        self.generation: Generation = held.enter_context(workspace.reading())
        self._opened: dict[Hashable, Any] = {}
        self._tables = Tables(self.generation)
        self._guard = threading.RLock()
        weakref.finalize(self, held.close)

    @cached_property
    def entities(self) -> Entities:
        """The kept entities."""
        return Entities(self.generation)

    def tables(self) -> duckdb.DuckDBPyConnection:
        """A cursor over the columns, for the calling thread alone."""
        return self._tables.cursor()

    def once(self, open_view: Callable[[Generation], T]) -> T:
        """What ``open_view`` makes of this generation; it is called at most once."""
        with self._guard:
            if open_view not in self._opened:
                self._opened[open_view] = open_view(self.generation)
            found: T = self._opened[open_view]
            return found


class Snapshots:
    """Gives the snapshot of the current generation, a new one as soon as one is published."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._guard = threading.Lock()
        self._latest: Snapshot | None = None

    def current(self) -> Snapshot:
        """The current snapshot. Keep it for one answer, so that the answer is of one state.

        :raises WorkspaceError: nothing was loaded yet, or a newer kgtool wrote it.
        """
        number = self._workspace.current()
        with self._guard:
            if self._latest is None or self._latest.generation.number != number:
                self._latest = Snapshot(self._workspace)
            return self._latest
