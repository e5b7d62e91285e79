"""What a workspace remembers of its syncs: up to when, and of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from kgtool.coverage.selection import OfPartners, Selection, followed
from kgtool.durable import replace_file
from kgtool.entities import Profile
from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.sources.membership import MemberRole


class Wish(msgspec.Struct, frozen=True):
    """What somebody wanted synced; of partners, in these roles, or in every one without any."""

    selection: Selection
    roles: tuple[MemberRole, ...] = ()


def wish(selection: Selection | None, roles: Sequence[MemberRole]) -> Wish | None:
    """What is wanted, if anything in particular is.

    :raises UsageError: roles are only of partners.
    """
    if roles and not isinstance(selection, OfPartners):
        raise UsageError(Words("error-roles-partners"), hint=Words("error-name-partners"))
    return None if selection is None else Wish(selection, tuple(sorted(set(roles))))


class State(msgspec.Struct):
    """What was synced before: with which wiki, up to its time ``cursor``, and what was wanted."""

    wiki: str
    cursor: datetime | None = None
    wishes: list[Wish] = []

    def after(self, asked: Wish | None, cursor: datetime, redirects: Mapping[str, str]) -> State:
        """The state after a sync that began at ``cursor``, the wiki's time."""
        wishes = [*self.wishes, *([asked] if asked is not None else [])]
        moved = (replace(one, selection=followed(one.selection, redirects)) for one in wishes)
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
