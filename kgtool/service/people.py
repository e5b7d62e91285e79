"""What is kept about a person, and forgetting them: in the database, in files, in backups."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from kgtool.errors import NotFound, UsageError
from kgtool.messages.words import Words
from kgtool.service.backup import folders_of
from kgtool.service.callers import NOBODY, OPERATOR, Caller
from kgtool.service.forgotten import FILE, Forgotten, spread
from kgtool.service.papers import Papers
from kgtool.store import AuditStore, Event, PersonStore


class Gone(Struct, frozen=True):
    """What forgetting changed: rows by table; folders of backups that could not be told."""

    rows: dict[str, int]
    unreached: list[str]


class People:
    """Export and forget one person."""

    def __init__(
        self,
        home: Path,
        store: PersonStore,
        audit: AuditStore,
        clock: Callable[[], datetime],
    ) -> None:
        self._home = home
        self._papers = Papers(home)
        self._store = store
        self._audit = audit
        self._clock = clock

    def export(self, name: str, by: Caller) -> dict[str, Any]:
        """Everything that is kept about *name*, as rows by table.

        :raises NotFound: nothing is.
        :raises UsageError: it is no name, or what is kept cannot be read for want of the key.
        """
        by.need("admin")
        self._store.check()
        found: dict[str, Any] = self._store.find(_checked(name))
        files = self._papers.naming(name)
        if files:
            found["file"] = [{"file": file} for file in files]
        if not found:
            raise NotFound(Words("error-nothing-kept", (name,)), hint=Words("error-case-counts"))
        return found

    def forget(self, name: str, by: Caller) -> Gone:
        """Take *name* out of everything, and out of backups when they are restored.

        Asking twice does no harm. What a wiki's own history shows is the wiki's.

        :raises UsageError: as :meth:`export`; nobody was forgotten.
        """
        by.need("admin")
        name = _checked(name)
        self._store.check()
        known = Forgotten.read(self._home / FILE)
        known.add(name, self._clock())
        known.write(self._home / FILE)  # first: a kill after this leaves only what is asked again
        unreached = spread(known, folders_of(self._home))
        return Gone(self._take_out(name, by), [str(folder) for folder in unreached])

    def _take_out(self, name: str, by: Caller) -> dict[str, int]:
        """Take *name* out of database and files; returns what changed, by table."""
        files = self._papers.take_out(name, NOBODY)
        with self._audit.together():
            rows = self._store.forget(name, NOBODY)
            rows |= {"file": files} if files else {}
            self._audit.note(Event(self._clock(), by.name, "person-forget", "person", rows))
        self._store.compact()
        return rows

    def take_out_again(self, known: Forgotten, made: datetime) -> int:
        """Take out whoever was forgotten after *made*, also where only a text names them.

        Returns how many people.

        :raises UsageError: there may be some who cannot be found for want of the key.
        """
        if any(entry.at > made for entry in known.entries):
            self._store.check()
        names = self._store.names() | self._papers.names()
        texts = itertools.chain(self._store.texts(), self._papers.texts())
        again = {*known.since(names, made), *known.named_in(texts, made)}
        for name in sorted(again):
            self._take_out(name, OPERATOR)
        return len(again)


def _checked(name: str) -> str:
    name = name.strip()
    if len(name) < 2:
        raise UsageError(Words("error-whom"))
    return name
