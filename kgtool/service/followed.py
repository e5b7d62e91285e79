"""Whom a question about data is about: the items, what makes a statement count, our own edits."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from kgtool.coverage.selection import OfPartners, Selection
from kgtool.coverage.worklist import page
from kgtool.entities import Item, Profile
from kgtool.partners.concern import Concern, concern_of
from kgtool.service.edits import Edit, Edits
from kgtool.service.history import History
from kgtool.service.measuring import Measuring, selected
from kgtool.service.standing import citing
from kgtool.views.classes import Numbers


@dataclass(frozen=True, slots=True)
class Followed:
    """``items`` are sorted numbers; ``edits`` are our own edits, by item."""

    name: str
    items: Numbers
    concern: Concern
    edits: dict[str, list[Edit]]


class Following:
    """Finds whom a question is about; safe to share."""

    def __init__(
        self,
        measuring: Measuring,
        profile: Profile,
        edits: Edits,
        coverage: Callable[[], History],
    ) -> None:
        self._measuring = measuring
        self._profile = profile
        self._edits = edits
        self._coverage = coverage

    def size(self, selection: str | Selection) -> int:
        """How many items a selection has: told at once, without those that cite a partner.

        :raises NotInWorkspace: a partner was never loaded.
        """
        snapshot, opened = self._measuring.current()
        bits = self._measuring.find(snapshot, opened, selected(selection)).bits
        return int(np.bitwise_count(bits).sum())

    def of(self, selection: str | Selection, since: datetime.date) -> Followed:
        """Items of the selection, those that left it since or cite it, and those that we edited.

        :raises NotInWorkspace: a partner was never loaded.
        """
        snapshot, opened = self._measuring.current()
        named = selected(selection)
        chosen = self._measuring.find(snapshot, opened, named)
        below = {f"Q{number}" for number in chosen.partners}
        below |= set(named.qids) if isinstance(named, OfPartners) else set()
        partners = snapshot.entities.many(below).values()
        concern = concern_of(
            (one for one in partners if isinstance(one, Item)), below, self._profile
        )
        if not below:
            concern = Concern(everything=True)
        found = [page(opened.planes.cube, chosen.bits, 0, None).items]
        if below:
            found.append(citing(snapshot.tables(), concern))
            found.append(_numbers(self._left(str(named), since)))
        items = np.unique(np.concatenate(found))
        edits = self._edits.by_item(
            lambda edit: (
                _holds(items, int(edit.item[1:]))
                or any(
                    concern.ground(statement) not in (None, "selected")
                    for several in edit.wanted.claims.values()
                    for statement in several
                )
            )
        )
        written = _numbers(int(id[1:]) for id in edits)
        return Followed(chosen.name, np.union1d(items, written), concern, edits)

    def _left(self, name: str, since: datetime.date) -> Iterable[int]:
        """Items that belonged to a selection whose history is recorded, and left it since."""
        return (item for step in self._coverage().steps(name, since) for item in step.gone)


def _numbers(items: Iterable[int]) -> Numbers:
    return np.fromiter(items, dtype=np.uint32)


def _holds(items: Numbers, number: int) -> bool:
    place = int(np.searchsorted(items, number))
    return place < len(items) and int(items[place]) == number
