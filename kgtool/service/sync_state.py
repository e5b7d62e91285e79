"""What a workspace remembers of its syncs: up to when, of what, and which ids lead elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from kgtool.coverage.selection import Selection
from kgtool.entities import Profile
from kgtool.views.generation import replace_file


class State(msgspec.Struct):
    """What was synced before: with which wiki, up to its time ``cursor``, and which selections.

    ``redirects`` are all ids found to lead elsewhere, and where each leads in the end.
    """

    wiki: str
    cursor: datetime | None = None
    selections: list[Selection] = []
    redirects: dict[str, str] = {}

    def after(
        self, selection: Selection | None, cursor: datetime, redirects: Mapping[str, str]
    ) -> State:
        """The state after a sync of a selection that began at ``cursor``, the wiki's time."""
        selections = [one for one in self.selections if one != selection]
        if selection is not None:
            selections.append(selection)
        leads = self.redirects | dict(redirects)
        return State(
            self.wiki, cursor, selections, {source: _end(leads, source) for source in leads}
        )


class Memory:
    """Keeps the state of the syncs with one wiki in a file."""

    def __init__(self, file: Path, wiki: str) -> None:
        self._file = file
        self._wiki = wiki
        self._read: tuple[tuple[int, int], State] = (0, 0), State(wiki)

    @classmethod
    def of(cls, home: Path, profile: Profile) -> Memory:
        """That of the workspace in the folder *home*."""
        return cls(home / "sync" / "state.json", profile.action_api)

    def state(self) -> State:
        """The state, the same object until it changes; an empty one where nothing was synced with
        this wiki."""
        try:
            found = self._file.stat()
            version = found.st_mtime_ns, found.st_ino
            if version != self._read[0]:
                kept = msgspec.json.decode(self._file.read_bytes(), type=State)
                self._read = version, kept if kept.wiki == self._wiki else State(self._wiki)
        except (FileNotFoundError, msgspec.DecodeError):
            if self._read[0] != (0, 0):
                self._read = (0, 0), State(self._wiki)
        return self._read[1]

    def keep(self, state: State) -> None:
        """Replace the state; a kill at any instant leaves the old or the new one."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._file, msgspec.json.encode(state))


def _end(redirects: Mapping[str, str], source: str) -> str:
    """Where an id leads in the end, through further redirects; never in a circle."""
    seen = {source}
    while (target := redirects.get(source)) is not None and target not in seen:
        seen.add(target)
        source = target
    return source
