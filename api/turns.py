"""Turns: work that keeps a processor busy is done one piece at a time, off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from kgtool.errors import Busy

T = TypeVar("T")


class Turns:
    """Lets ``at_once`` pieces of work run and ``waiting`` more wait.

    Threads share one interpreter: more at once would only make each of them slower.
    """

    def __init__(self, *, waiting: int, at_once: int = 1) -> None:
        self._waiting = waiting
        self._at_once = at_once
        self._taken = 0  # those that run and those that wait
        self._limiter: CapacityLimiter | None = None

    async def take(self, work: Callable[[], T]) -> T:
        """Do *work* in a thread when its turn comes.

        :raises Busy: too many are waiting already.
        """
        if self._limiter is None:  # belongs to the event loop that is running
            self._limiter = CapacityLimiter(self._at_once)
        # Counted here: the limiter knows of those who come at the same moment only later.
        if self._taken >= self._at_once + self._waiting:
            raise Busy("Too many requests are being answered.", hint="Try again in a few seconds.")
        self._taken += 1
        try:
            return await run_sync(work, limiter=self._limiter)
        finally:
            self._taken -= 1
