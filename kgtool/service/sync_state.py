"""What a workspace remembers of its syncs: up to when, and of what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from kgtool.coverage.selection import Selection, followed
from kgtool.entities import Profile
from kgtool.views.generation import replace_file


class State(msgspec.Struct):
    """What was synced before: with which wiki, up to its time ``cursor``, and which selections."""

    wiki: str
    cursor: datetime | None = None
    selections: list[Selection] = []

    def after(
        self, selection: Selection | None, cursor: datetime, redirects: Mapping[str, str]
    ) -> State:
        """The state after a sync of a selection that began at ``cursor``, the wiki's time."""
        selections = [one for one in self.selections if one != selection]
        if selection is not None:
            selections.append(selection)
        moved = (followed(one, redirects) for one in selections)
        return State(self.wiki, cursor, list(dict.fromkeys(moved)))


class Memory:
    """Keeps the state of the syncs with one wiki in a file."""

    def __init__(self, file: Path, wiki: str) -> None:
        self._file = file
        self._wiki = wiki

    @classmethod
    def of(cls, home: Path, profile: Profile) -> Memory:
        """That of the workspace in the folder *home*."""
        return cls(home / "sync" / "state.json", profile.action_api)

    def state(self) -> State:
        """The state; an empty one where nothing was synced with this wiki."""
        try:
            kept = msgspec.json.decode(self._file.read_bytes(), type=State)
        except (FileNotFoundError, msgspec.DecodeError):
            return State(self._wiki)
        return kept if kept.wiki == self._wiki else State(self._wiki)

    def keep(self, state: State) -> None:
        """Replace the state; a kill at any instant leaves the old or the new one."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._file, msgspec.json.encode(state))
