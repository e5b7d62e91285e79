"""Locks on files: one process at a time holds one, and the kernel frees it when that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kgtool.errors import Busy


@contextmanager
def alone(path: Path, busy: Busy | None = None) -> Iterator[None]:
    """Hold the lock of a file while the block runs; the file and its folder are made if need be.

    Where somebody else holds it, this waits; if ``busy`` is given, that is raised instead.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if busy is None else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            assert busy is not None  # else there is no such error
            raise busy from None
        yield
    finally:
        os.close(lock)
