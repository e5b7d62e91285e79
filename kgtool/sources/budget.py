"""Whether and how often we may ask one server, kept together by all processes of a workspace."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.settings import Settings

# A reserved time further ahead than this was written before the clock was set back.
_FARTHEST = 3600.0
_POLL = 0.02


class Budget:
    """A rate and a number of requests at once for each host.

    ``folder`` holds a few small files for each host: when the next request may go out, and a lock
    for each request that is under way (the kernel gives these back when a process dies). Our own
    machine is asked without a limit. For threads and processes alike.

    Without a ``contact`` no other machine is asked at all: its people must be able to reach whoever
    asks (https://foundation.wikimedia.org/wiki/Policy:User-Agent_policy).
    """

    def __init__(
        self,
        folder: Path,
        *,
        per_second: float = 5.0,
        at_once: int = 3,
        contact: str = "",
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._folder = folder
        self._interval = 1 / per_second
        self._at_once = at_once
        self._contact = contact
        self._clock = clock
        self._sleep = sleep

    @contextmanager
    def turn(self, url: str) -> Iterator[None]:
        """Wait until a request to the URL may go out; the block is the request.

        :raises UsageError: it is no web address, or there is no contact to name to that server.
        """
        host = _host(url)
        if host is None:
            yield
            return
        if not self._contact:
            raise UsageError(
                Words("error-no-contact", (host,)),
                operator=Words("operator-contact", ("KGTOOL_CONTACT",)),
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        slot = self._slot(host)
        try:
            wait = self._reserve(host)
            if wait > 0:
                self._sleep(wait)
            yield
        finally:
            os.close(slot)

    def hold_off(self, url: str, seconds: float) -> None:
        """The server asked for a pause: nobody asks it again before it is over."""
        host = _host(url)
        if host is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._next(host) as (now, due, write):
            write(max(due, now + min(seconds, _FARTHEST)))

    def _reserve(self, host: str) -> float:
        with self._next(host) as (now, due, write):
            start = max(now, due)
            write(start + self._interval)
            return start - now

    @contextmanager
    def _next(self, host: str) -> Iterator[tuple[float, float, Callable[[float], None]]]:
        # Only ever a hint: not synced to disk, and what cannot be read counts as nothing.
        file = os.open(self._folder / f"{host}.next", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            now = self._clock()
            try:
                due = float(os.pread(file, 64, 0))
            except ValueError:
                due = now
            if not now - _FARTHEST < due <= now + _FARTHEST:
                due = now

            def write(moment: float) -> None:
                os.ftruncate(file, 0)
                os.pwrite(file, repr(moment).encode(), 0)

            yield now, due, write
        finally:
            os.close(file)

    def _slot(self, host: str) -> int:
        while True:
            for number in range(self._at_once):
                slot = self._open(host, number)
                try:
                    fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return slot
                except BlockingIOError:
                    os.close(slot)
            # The kernel lets us wait for one lock, not for the first of several.
            self._sleep(_POLL)

    def _open(self, host: str, number: int) -> int:
        return os.open(self._folder / f"{host}.{number}", os.O_RDWR | os.O_CREAT, 0o644)


def budget_of(settings: Settings) -> Budget:
    """The budget that all processes of a workspace share."""
    return Budget(
        settings.home / "budget",
        per_second=settings.requests_per_second,
        at_once=settings.requests_at_once,
        contact=settings.contact,
    )


def _host(url: str) -> str | None:
    """The name under which a host's files are kept; None for our own machine."""
    parts = urlsplit(url)
    name = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not name:
        raise UsageError(
            f"“{url[:200]}” is not a web address.", hint="It begins with https:// or http://."
        )
    if name == "localhost":
        return None
    try:
        if ip_address(name).is_loopback:
            return None
    except ValueError:
        pass
    return re.sub(r"[^a-z0-9.-]", "_", f"{name}-{parts.port}" if parts.port else name)
