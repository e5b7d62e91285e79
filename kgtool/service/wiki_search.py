"""The wiki asked for names that an incomplete index does not know: politely, and not twice."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeVar

from kgtool.entities import Profile
from kgtool.errors import KgtoolError, RateLimited
from kgtool.reconcile.query import Failure, Query
from kgtool.sources.wikibase import BATCH, Wikibase
from kgtool.views.names.record import NameRecord, record

K = TypeVar("K")
V = TypeVar("V")

SECONDS = 20.0  # for the searches of one batch; clients wait for 60
REMEMBERED = 20_000  # searches, and entities
FRESH = 3600.0  # seconds for which an answer of the wiki is used again
DOWN = 60.0  # seconds for which a wiki that failed is left alone


class WikiSearch:
    """Queries in, records of what the wiki's search brings out. Safe to share between threads."""

    def __init__(
        self,
        wiki: Callable[[], Wikibase],
        profile: Profile,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wiki = wiki
        self._profile = profile
        self._clock = clock
        self._guard = threading.Lock()
        self._ids: OrderedDict[tuple[str, str], tuple[float, list[str]]] = OrderedDict()
        self._records: OrderedDict[str, tuple[float, NameRecord | None]] = OrderedDict()
        self._failed: tuple[float, str] | None = None

    def __call__(
        self, queries: Sequence[Query], deadline: float | None = None
    ) -> list[list[NameRecord] | Failure]:
        """What the wiki knows for each query; a failure where there was no time to ask.

        :param deadline: reading of the clock after which no further search begins.
        :raises RemoteError: the wiki cannot be asked.
        """
        with self._guard:  # one batch at a time: a wiki wants few requests at once
            end = self._clock() + SECONDS
            if deadline is not None:
                end = min(end, deadline)
            found = [self._search(query, end) for query in queries]
            ids = [id for one in found if isinstance(one, list) for id in one]
            self._fetch(list(dict.fromkeys(ids)))
            return [
                one
                if isinstance(one, Failure)
                else [known for id in one if (known := self._records[id][1]) is not None]
                for one in found
            ]

    def _search(self, query: Query, end: float) -> list[str] | Failure:
        if query.ids:
            return list(query.ids)
        if not query.name:
            return Failure("Nothing here matches, and a wiki is asked by names only.")
        key = (query.name, query.language)
        known = self._ids.get(key)
        now = self._clock()
        if known is not None and now - known[0] < FRESH:
            return known[1]
        if self._failed is not None and now - self._failed[0] < DOWN:
            return Failure(self._failed[1])
        if now > end:
            return Failure("There was no time left to ask the wiki.", 5.0)
        try:
            ids = self._wiki().named(query.name, query.language)
        except RateLimited as error:
            return Failure(f"The wiki asks us to wait: {error.message}", error.retry_after)
        except KgtoolError as error:
            reason = f"Nothing here matches well, and the wiki failed: {error.message}"
            self._failed = (self._clock(), reason)
            return Failure(reason)  # a client that waited would wait at every batch
        _keep(self._ids, key, (now, ids))
        return ids

    def _fetch(self, ids: list[str]) -> None:
        now = self._clock()
        wanted = [
            id for id in ids if id not in self._records or now - self._records[id][0] >= FRESH
        ]
        for start in range(0, len(wanted), BATCH):
            part = wanted[start : start + BATCH]
            fetched = self._wiki().entities(part)
            records = {one.id: record(one, self._profile) for one in fetched.entities}
            for id in part:
                target = fetched.redirects.get(id, id)
                _keep(self._records, id, (now, records.get(target)))


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
