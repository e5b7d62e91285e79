"""What is kept about a person, and forgetting them: in the database, in batches, in backups."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kgtool.errors import NotFound, UsageError
from kgtool.service.backup import folders_of
from kgtool.service.callers import Caller
from kgtool.service.forgotten import FILE, Forgotten, spread
from kgtool.store import AuditStore, Event, PersonStore
from kgtool.views.generation import replace_file

NOBODY = "(forgotten)"


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
        self._store = store
        self._audit = audit
        self._clock = clock

    def export(self, name: str, by: Caller) -> dict[str, Any]:
        """Everything that is kept about *name*, as rows by table.

        :raises NotFound: nothing is.
        """
        by.need("admin", "Reading all that is kept of a person")
        found: dict[str, Any] = self._store.find(_checked(name))
        journals = [path.parent.name for path in self._journals(name)]
        if journals:
            found["journal"] = [{"batch": batch, "account": name} for batch in journals]
        if not found:
            raise NotFound(f"Nothing is kept about “{name}”.", hint="Names are case-sensitive.")
        return found

    def forget(self, name: str, by: Caller) -> Gone:
        """Take *name* out of everything, and out of backups when they are restored.

        Asking twice does no harm. What a wiki's own history shows is the wiki's.
        """
        by.need("admin", "Forgetting a person")
        name = _checked(name)
        known = Forgotten.read(self._home / FILE)
        known.add(name, self._clock())
        known.write(self._home / FILE)  # first: a kill after this leaves only what is asked again
        unreached = spread(known, folders_of(self._home))
        rows = self.take_out(name)
        self._audit.note(Event(self._clock(), by.name, "person-forget", "person", rows))
        return Gone(rows, [str(folder) for folder in unreached])

    def take_out(self, name: str) -> dict[str, int]:
        """Take *name* out of database and journals; returns what changed, by table."""
        rows = self._store.forget(name, NOBODY)
        for path in self._journals(name):
            lines = path.read_bytes().splitlines()
            replace_file(path, b"".join(_anonymous(line, name) + b"\n" for line in lines))
            rows["journal"] = rows.get("journal", 0) + 1
        return rows

    def take_out_again(self, known: Forgotten, made: datetime) -> int:
        """Take out whoever was forgotten after *made*; returns how many people."""
        names = known.since(self._store.names(), made)
        for name in names:
            self.take_out(name)
        return len(names)

    def _journals(self, name: str) -> list[Path]:
        """Journals of batches that this account wrote."""
        said = msgspec.json.encode(name)
        found = sorted((self._home / "batches").glob("*/journal.jsonl"))
        return [path for path in found if said in path.read_bytes()]


def _anonymous(line: bytes, name: str) -> bytes:
    entry = msgspec.json.decode(line)
    if entry.get("account") == name:
        entry["account"] = NOBODY
    return msgspec.json.encode(entry)


def _checked(name: str) -> str:
    name = name.strip()
    if len(name) < 2:
        raise UsageError("Whom? A name or an address has two letters at least.")
    return name
