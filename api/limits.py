"""How often one client may ask: a bucket that fills by the second, per worker."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from kgtool.errors import RateLimited

_MOST_CLIENTS = 20_000


class Allowance(Struct, frozen=True):
    """``burst`` at once, then ``per_minute`` on the long run."""

    burst: float
    per_minute: float


# By role, of what one address may ask without signing in: programs of staff ask more.
FACTORS = {
    "anyone": 1,
    "volunteer": 2,
    "partner": 2,
    "coordinator": 5,
    "writer": 5,
    "admin": 5,
}
# OpenRefine sends up to twenty batches a second, one after another: counted apart.
RECONCILIATION = 20
# Forms that anyone may send, so that nobody floods the helpdesk or tries out tokens.
FORMS = Allowance(10, 6)


class Limits:
    """Counts in memory, by client; forgets those who were silent longest. Keeps nothing on disk."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._guard = threading.Lock()
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def ask(self, client: str, role: str, path: str) -> None:
        """Count one request of a client with that role; a fifth of a minute's may come at once.

        :raises RateLimited: it asked too often; says how long to wait.
        """
        reconciles = path.startswith("/reconcile")
        per_minute = self._per_minute * FACTORS[role] * (RECONCILIATION if reconciles else 1)
        if per_minute:
            kind = "reconcile" if reconciles else "all"
            self.take(kind, client, Allowance(max(20, per_minute / 5), per_minute))

    def take(self, kind: str, client: str, allowance: Allowance) -> None:
        """Count one request of a client.

        :raises RateLimited: it asked too often; says how long to wait.
        """
        now = self._clock()
        rate = allowance.per_minute / 60
        with self._guard:
            left, since = self._buckets.pop((kind, client), (allowance.burst, now))
            left = min(allowance.burst, left + (now - since) * rate)
            enough = left >= 1
            self._buckets[kind, client] = (left - 1 if enough else left, now)
            while len(self._buckets) > _MOST_CLIENTS:
                self._buckets.popitem(last=False)
        if not enough:
            wait = math.ceil((1 - left) / rate)
            raise RateLimited(
                f"Too many requests; the next one is welcome in {wait} s.", retry_after=wait
            )
