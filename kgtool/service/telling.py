"""One answer of what happened to a partner's data, made of what became of each item."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np

from kgtool.partners.fate import Fate
from kgtool.partners.link_fate import LinkFate
from kgtool.partners.slot_walk import STATES, State
from kgtool.partners.told import SHOWN, Reach, Told
from kgtool.service.followed import Followed
from kgtool.service.past import PastState
from kgtool.service.standing import standing
from kgtool.service.walk import Looked, Walk, later, numbers_of
from kgtool.views.classes import Numbers
from kgtool.views.snapshot import Snapshot

T = TypeVar("T")

# Parts of a walk in which statements that were kept are looked for, to show some.
_PARTS_OF_KEPT = 10


class Telling:
    """Counts over a walk: what stands still by the columns, all else by its versions."""

    def __init__(self, followed: Followed, day: str) -> None:
        self._followed = followed
        self._day = day
        self._counts: dict[str, int] = dict.fromkeys(STATES, 0)
        self._shown: dict[State, list[tuple[int, Fate]]] = {state: [] for state in STATES}
        self._links: dict[str, list[tuple[int, LinkFate]]] = {"gained": [], "lost": []}
        self._taken = 0
        self._turned = dict.fromkeys(self._links, 0)
        self._people: set[str] = set()
        self._touched = self._unread = self._hidden = self._deleted = 0
        self._seen: list[str] = []

    def told(
        self, snapshot: Snapshot, walk: Walk, past: PastState, progress: Callable[[int, int], None]
    ) -> Told:
        """The answer; ``progress`` hears how many items of how many are done."""
        still: list[Numbers] = []
        done, whole = 0, len(self._followed.items)
        for place, part in enumerate(walk.parts(self._followed.items)):
            progress(done, whole)
            done += len(part.ids)
            if place < _PARTS_OF_KEPT and len(self._shown["kept"]) < SHOWN:
                looked = part.ids
            else:
                looked = part.moving
                still.append(numbers_of(part.still))
                self._unread += part.unread
                self._seen += [part.seen] if part.seen else []
            for one in walk.look(looked) if looked else ():
                self._take(one)
        if still:
            stands = np.concatenate(still)
            self._counts["kept"] += standing(snapshot.tables(), stands, self._followed.concern)
        return self._answer(past)

    def _take(self, one: Looked) -> None:
        self._unread += not one.seen
        self._seen += [one.seen] if one.seen else []
        self._hidden += one.line.hidden
        self._deleted += one.line.deleted
        versions = later(one.line)
        self._touched += bool(versions)
        self._people |= {version.user for version in versions if version.user}
        for place, fate in enumerate(one.statements, self._taken):
            self._counts[fate.state] += 1
            if len(self._shown[fate.state]) < SHOWN:
                self._shown[fate.state].append((place, fate))
        for place, link in enumerate(one.links, self._taken):
            self._turned[link.what] += 1
            if len(self._links[link.what]) < SHOWN:
                self._links[link.what].append((place, link))
        self._taken += len(one.statements) + len(one.links)

    def _answer(self, past: PastState) -> Told:
        whole = len(self._followed.items)
        local = self._unread == whole and whole > 0
        return Told(
            self._followed.name,
            self._day,
            past.as_of if local or not self._seen else min(self._seen),
            Reach(
                "workspace" if local else "wiki",
                past.begins if local else self._day,
                not (local or self._unread or self._hidden),
                self._unread,
                self._hidden,
                self._deleted,
            ),
            whole,
            self._touched,
            len(self._people),
            self._counts,
            self._turned["gained"],
            self._turned["lost"],
            [fate for _, fate in _in_order(self._shown.values())],
            [link for _, link in _in_order(self._links.values())],
        )


def _in_order(found: Iterable[list[tuple[int, T]]]) -> list[tuple[int, T]]:
    return sorted(itertools.chain.from_iterable(found), key=lambda pair: pair[0])
