"""One writer at a time: whoever edits the wiki from a workspace holds its lease."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from kgtool.errors import Busy
from kgtool.messages.words import Words


@contextlib.contextmanager
def lease(home: Path) -> Iterator[None]:
    """Hold the workspace's lease while the block runs; the system frees it if we are killed.

    :raises Busy: another process holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = os.open(home / "edits.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                Words("error-edits-busy", (str(home),)),
                hint=Words("error-try-done"),
                operator=Words("operator-see", ("kgtool draft status",)),
            ) from None
        yield
    finally:
        os.close(lock)
