"""How often one client may ask: a bucket that fills by the second, for all processes together."""

from __future__ import annotations

import math

from msgspec import Struct

from kgtool.errors import RateLimited
from kgtool.messages.words import Words
from kgtool.service.tally import Tally


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
    """Refuses clients that ask too often; ``tally`` counts."""

    def __init__(self, per_minute: int, tally: Tally) -> None:
        self._per_minute = per_minute
        self._tally = tally

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
        name = f"{kind}\n{client}"
        wait = self._tally.take(name, allowance.burst, allowance.per_minute / 60)
        if wait:
            seconds = math.ceil(wait)
            raise RateLimited(Words("error-wait", (seconds,)), retry_after=seconds)
