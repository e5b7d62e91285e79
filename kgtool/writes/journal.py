"""The journal of a batch: what was about to be sent, and what became of it.

A file of JSON lines, only ever appended to, on disk before each request. A line that a kill cut
short was never acted upon and is dropped. The last line of a step says how it stands:

    planned → sent → confirmed | refused | unknown → (looked up) confirmed | planned
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from kgtool.durable import sync_file, sync_folder
from kgtool.errors import WorkspaceError
from kgtool.messages.words import Words
from kgtool.writes.outcomes import Outcome

State = Literal["planned", "sent", "confirmed", "refused", "unknown"]

STATES: tuple[State, ...] = ("planned", "sent", "confirmed", "refused", "unknown")


class Entry(Struct, frozen=True, omit_defaults=True):
    """One line. ``at`` is Unix time in seconds; ``payload`` the SHA-256 of what was sent.

    ``base`` is the revision that an edit was made on; ``checked`` whether the item was read back,
    and ``differences`` what that showed; ``merged`` the id that the item had when it was edited, if
    it was merged into ``item`` since; ``searched`` what was looked for and not found before an item
    is created.
    """

    step: str
    state: State
    at: float
    payload: str = ""
    item: str = ""
    revision: int = 0
    base: int = 0
    outcome: Outcome | None = None
    checked: bool = False
    differences: list[Words] = []
    account: str = ""
    merged: str = ""
    searched: list[Words] = []


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


class Journal:
    """Appends entries so that they survive a kill; knows how every step stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, Entry] = {}
        self._whole = False
        for entry in self._read():
            self._take(entry)

    def state(self, step: str) -> State:
        """How a step stands; ``planned`` where nothing was noted."""
        entry = self.entries.get(step)
        return entry.state if entry else "planned"

    def add(self, entry: Entry) -> None:
        """Note something; when this returns, it is on disk."""
        if not self._whole:
            self._make_whole()
        with self.path.open("ab") as file:
            file.write(_encoder.encode(entry) + b"\n")
            sync_file(file)
        self._take(entry)

    def _take(self, entry: Entry) -> None:
        self.entries[entry.step] = entry

    def _read(self) -> Iterator[Entry]:
        if not self.path.exists():
            return
        lines = self.path.read_bytes().split(b"\n")
        for number, line in enumerate(lines[:-1], start=1):
            try:
                yield _decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise WorkspaceError(
                    Words("error-journal-damaged", (str(self.path), str(number), str(error))),
                    hint=Words("error-journal-restore"),
                ) from None

    def _make_whole(self) -> None:
        """Before the first entry: make the file, or cut off a line that a kill cut short."""
        if self.path.exists():
            content = self.path.read_bytes()
            if content and not content.endswith(b"\n"):
                os.truncate(self.path, content.rfind(b"\n") + 1)
        else:
            self.path.touch()
            sync_folder(self.path.parent)
        self._whole = True
