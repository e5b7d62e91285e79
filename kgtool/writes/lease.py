"""One writer at a time: whoever edits the wiki from a workspace holds its lease."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from kgtool.errors import Busy
from kgtool.locks import alone
from kgtool.messages.words import Words


@contextlib.contextmanager
def lease(home: Path) -> Iterator[None]:
    """Hold the workspace's lease while the block runs.

    :raises Busy: another process holds it.
    """
    busy = Busy(
        Words("error-edits-busy", (str(home),)),
        hint=Words("error-try-done"),
        operator=Words("operator-see", ("kgtool draft status",)),
    )
    with alone(home / "edits.lock", busy):
        yield
