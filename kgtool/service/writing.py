"""Which batch is being written from a workspace, and how the last run of each ended.

On disk, since the process that is asked need not be the one that writes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kgtool.durable import replace_file
from kgtool.errors import Busy, KgtoolError
from kgtool.messages.words import Words, told_by
from kgtool.writes import Batch, Undone, lease

_ended: msgspec.json.Decoder[str | Words] = msgspec.json.Decoder(str | Words)


class Writing:
    """Holds the lease of a workspace while a batch is written, and tells others of it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._now = home / "edits.batch"

    @contextlib.contextmanager
    def of(self, batch: Batch) -> Iterator[None]:
        """Write a batch while the block runs; an error of ours in it is noted as the end.

        :raises Busy: another process, or this one, edits from this workspace.
        """
        with lease(self._home):
            self._now.write_text(batch.id, encoding="utf-8")
            (batch.folder / "ended").unlink(missing_ok=True)
            try:
                yield
            except KgtoolError as error:
                self.note(batch, told_by(error))
                raise

    def note(self, batch: Batch, ended: str | Words) -> None:
        """Why a run ended early; empty where it did not."""
        (batch.folder / "ended").write_bytes(msgspec.json.encode(ended))

    def ended(self, batch: Batch) -> str | Words | None:
        """Why the last run ended early, empty if it did not; ``None`` where nobody knows."""
        path = batch.folder / "ended"
        return _ended.decode(path.read_bytes()) if path.is_file() else None

    def keep_undone(self, batch: Batch, undone: Undone) -> None:
        """Keep what became of undoing a batch."""
        replace_file(batch.folder / "undone.json", msgspec.json.encode(undone))

    def undone(self, batch: Batch) -> Undone | None:
        """What became of undoing a batch; ``None`` where nobody tried."""
        path = batch.folder / "undone.json"
        return msgspec.json.decode(path.read_bytes(), type=Undone) if path.is_file() else None

    def goes_on(self, batch: Batch) -> bool:
        """Whether this batch is being written at the moment, by whichever process."""
        if not self._now.is_file() or self._now.read_text(encoding="utf-8") != batch.id:
            return False
        try:
            with lease(self._home):
                return False
        except Busy:
            return True
