"""Counting that the processes of one service share: buckets in a mapped file, or in memory."""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

_SLOT = struct.Struct("<8sdd")  # who (hashed), how much is left, when that was counted
_SLOTS = 1 << 15
_TRIED = 16  # slots beside each other in which one client may be counted


class Tally:
    """Token buckets by name. In a *folder*, all processes that open it count together.

    Of a name, only a keyed hash is kept, in a file of the folder that is as large as 32,768 clients
    take. Where there are more, who was silent longest is forgotten. ``clock`` gives seconds that
    all processes of the machine agree on.
    """

    def __init__(self, folder: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._file = -1
        size = _SLOT.size * _SLOTS
        if folder is None:
            self._key = os.urandom(16)
            self._map = mmap.mmap(-1, size)
            return
        self._key = str(folder).encode()[-64:]
        self._file = os.open(folder / "limits", os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, size)
        self._map = mmap.mmap(self._file, size)

    def take(self, name: str, burst: float, rate: float) -> float:
        """Take one from a bucket of ``burst`` that fills by ``rate`` a second.

        Zero where there was one; else the seconds until there is.
        """
        key = blake2b(name.encode("utf-8", "replace"), digest_size=8, key=self._key).digest()
        with self._guard:
            if self._file >= 0:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                now = self._clock()
                place, left, since = self._find(key, burst, now)
                left = min(burst, left + max(0.0, now - since) * rate)
                enough = left >= 1
                _SLOT.pack_into(self._map, place, key, left - 1 if enough else left, now)
            finally:
                if self._file >= 0:
                    fcntl.lockf(self._file, fcntl.LOCK_UN)
        return 0.0 if enough else (1 - left) / rate

    def _find(self, key: bytes, burst: float, now: float) -> tuple[int, float, float]:
        """Where a client is counted, and how that stands; else the place of the longest silent."""
        first = int.from_bytes(key, "little")
        oldest, silent = 0, float("inf")
        for step in range(_TRIED):
            place = (first + step) % _SLOTS * _SLOT.size
            who, left, since = _SLOT.unpack_from(self._map, place)
            if who == key:
                return place, left, since
            if since < silent:
                oldest, silent = place, since
        return oldest, burst, now
