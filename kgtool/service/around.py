"""Entities around those that are checked, from the wiki: as few requests as the shape allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from kgtool.checks.router import Judge
from kgtool.entities import Entity
from kgtool.errors import TooLarge
from kgtool.messages.words import Words

Live: TypeAlias = Callable[[list[str]], Mapping[str, Entity]]
"""Up to fifty ids → the entities that the wiki has under them, redirects followed."""

_BATCH = 50  # entities that a wiki gives at a time
_DEEPEST = 8  # entities from one that is checked to the last that counts
_MOST = 5_000  # entities around fifty


class Around:
    """Finds out which other entities a judge will ask for, and fetches them beforehand."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._known: dict[str, Entity | None] = {}
        self._wanted: dict[str, None] = {}

    def get(self, id: str) -> Entity | None:
        """An entity that was fetched; others are noted as wanted."""
        if id not in self._known:
            self._wanted[id] = None
        return self._known.get(id)

    def fetched(self, judge: Judge, entities: Iterable[Entity]) -> Iterator[Entity]:
        """The entities, each as soon as all is there that judging it needs.

        :raises TooLarge: the shape leads to very many others.
        :raises RemoteError: the wiki cannot be read.
        """
        waiting = iter(entities)
        while some := list(islice(waiting, _BATCH)):
            self._known = {one.id: one for one in some if one.id}
            for _ in range(_DEEPEST):
                self._wanted.clear()
                for one in some:
                    judge.reach(one)
                if not self._wanted:
                    break
                self._fetch(list(self._wanted))
            yield from some

    def _fetch(self, ids: list[str]) -> None:
        if len(self._known) + len(ids) > _MOST:
            raise TooLarge(
                Words("error-around-many", (_MOST,)),
                hint=Words("error-check-fewer"),
            )
        for some in batches(ids):
            self._known |= dict.fromkeys(some)
            self._known |= self._live(some)


def batches(ids: Sequence[str]) -> Iterator[list[str]]:
    """Fifty at a time."""
    for start in range(0, len(ids), _BATCH):
        yield list(ids[start : start + _BATCH])
