"""Batches of queries answered: those that wait for the index together, those for the wiki aside."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from kgtool.errors import Busy
from kgtool.reconcile.live import Found
from kgtool.reconcile.matcher import BATCH
from kgtool.reconcile.query import Answer, Failure, Query
from kgtool.reconcile.several import ByName
from kgtool.service.reconcile import Begun, Reconcile

from ..turns import Turns

WAITING = 256  # batches that wait for the index
ASKING = 32  # batches that wait for the wiki
AGAIN = 5.0  # seconds after which a query that found no place among them may come again

# For all that is done with the index.
turns = Turns(waiting=WAITING)


class _Asked(NamedTuple):
    queries: Sequence[Query]
    deadline: float
    begun: asyncio.Future[Begun]


class Matching:
    """Answers batches.

    Each step over arrays waits for the interpreter's lock behind the threads that write pages, but
    takes as long for fifty queries as for one: so all that came while others were matched are
    matched next, together. While one waits for the wiki, others are answered from the index.
    """

    def __init__(self, reconcile: Reconcile) -> None:
        self._reconcile = reconcile
        self._asked: deque[_Asked] = deque()
        self._working: asyncio.Task[None] | None = None
        self._asking = Turns(waiting=ASKING)  # a wiki wants few requests at once

    async def match(self, queries: Sequence[Query], deadline: float) -> list[Answer]:
        """Answer each query; *deadline* is a ``time.monotonic()``.

        :raises Busy: too many are waiting already.
        """
        each = ByName(queries)
        begun = await self._begin(each.asked, deadline)
        if not begun.weak:
            return each.joined(begun.answers)
        found = await self._ask(begun.asked(each.asked), deadline)
        end = await turns.take(lambda: self._reconcile.end(each.asked, begun, found, deadline))
        return each.joined(end)

    async def _begin(self, queries: Sequence[Query], deadline: float) -> Begun:
        if len(self._asked) >= WAITING:
            raise Busy("Too many requests are being answered.", hint="Try again in a few seconds.")
        one = _Asked(queries, deadline, asyncio.get_running_loop().create_future())
        self._asked.append(one)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await one.begun

    async def _work(self) -> None:
        while self._asked:
            group = self._group()
            try:
                parts = await turns.take(partial(self._together, group))
            except Exception as error:  # whatever it is, all of them get it
                for one in group:
                    if not one.begun.done():
                        one.begun.set_exception(error)
                continue
            for one, part in zip(group, parts, strict=True):
                if not one.begun.done():  # whoever asked may have gone
                    one.begun.set_result(part)

    def _group(self) -> list[_Asked]:
        """Those that waited longest, up to as many queries as are matched at once."""
        group = [self._asked.popleft()]
        count = len(group[0].queries)
        while self._asked and count + len(self._asked[0].queries) <= BATCH:
            group.append(self._asked.popleft())
            count += len(group[-1].queries)
        return group

    def _together(self, group: Sequence[_Asked]) -> list[Begun]:
        queries = [query for one in group for query in one.queries]
        begun = self._reconcile.begin(queries, max(one.deadline for one in group))
        return begun.parts([len(one.queries) for one in group])

    async def _ask(self, queries: Sequence[Query], deadline: float) -> Sequence[Found]:
        try:
            return await self._asking.take(lambda: self._reconcile.ask(queries, deadline))
        except Busy as error:
            return [Failure(error.message, AGAIN)] * len(queries)
