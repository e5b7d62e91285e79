"""What readers hold: the current generation with whatever of it was opened so far."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from functools import cached_property
from typing import Any, TypeVar

import duckdb

from kgtool.errors import KgtoolError
from kgtool.views.entities import Entities
from kgtool.views.generation import Generation
from kgtool.views.local import Source
from kgtool.views.tables import Tables

T = TypeVar("T")

_log = logging.getLogger("kgtool.views")


class Snapshot:
    """One generation, protected from being collected as long as this object lives."""

    def __init__(self, source: Source) -> None:
        held = ExitStack()
        self.generation: Generation = held.enter_context(source.reading())
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
    """Gives the snapshot of the current generation, a new one as soon as one is published.

    ``patient``: while a generation is copied to this machine, answers go on from the one before,
    as suits a service. Commands that have just written want the newest, and wait.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._guard = threading.Lock()
        self._latest: Snapshot | None = None
        self._copying: threading.Thread | None = None
        self.patient = False

    def current(self) -> Snapshot:
        """The current snapshot. Keep it for one answer, so that the answer is of one state.

        :raises WorkspaceError: nothing was loaded yet, or a newer kgtool wrote it.
        """
        number = self._source.current()
        with self._guard:
            latest = self._latest
            if latest is not None and latest.generation.number == number:
                return latest
            if latest is not None and self.patient and not self._source.is_near():
                self._bring_near()
                return latest
            self._latest = Snapshot(self._source)
            return self._latest

    def number(self) -> int:
        """Number of the generation that answers are from; 0 where nothing was loaded yet."""
        return self.current().generation.number if self._source.current() else 0

    def _bring_near(self) -> None:
        if self._copying is None or not self._copying.is_alive():
            self._copying = threading.Thread(target=self._copy, name="copy", daemon=True)
            self._copying.start()

    def _copy(self) -> None:
        try:
            with self._source.reading():
                pass
        except (OSError, KgtoolError) as error:  # the next question tries once more
            _log.warning("not copied: %s: %s", type(error).__name__, error)
