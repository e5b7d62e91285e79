"""Advice on where to begin: which gaps occur together, and what is usual on similar items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgtool.coverage.cooccurrence import CoOccurrence, together
from kgtool.coverage.groups import Tally
from kgtool.coverage.selection import Selection
from kgtool.coverage.suggestions import Suggestion, suggest, usages
from kgtool.coverage.worklist import page
from kgtool.entities import Entity
from kgtool.entities.language import label
from kgtool.service.measuring import Measuring, checked_rank, selected
from kgtool.views.classes import Numbers
from kgtool.views.cube import NO_TYPE, UNKNOWN_TYPE, Bits, Cube

_MOST = 20_000  # items whose statements are looked at for suggestions


class Advice:
    """Answers about the current generation; safe to share between threads."""

    def __init__(self, measuring: Measuring) -> None:
        self._measuring = measuring

    def together(
        self,
        selection: str | Selection,
        measures: Sequence[str] | None = None,
        role: str = "collection",
        rank: str = "truthy",
    ) -> CoOccurrence:
        """For every two measures, how many items of the selection lack both.

        Without ``measures``, those that the shapes expect of any of the items.
        """
        scope = checked_rank(rank)
        snapshot, opened = self._measuring.current()
        planes = opened.planes
        chosen = self._measuring.find(snapshot, opened, selected(selection, role))
        tally = Tally.of(planes.cube, chosen.bits)
        names, missing = [], []
        for measure, condition in self._measuring.wanted(measures, partners=bool(chosen.partners)):
            asked = None if condition is None else planes.holds(condition, "truthy")
            if asked is not None and not (asked & chosen.bits).any():
                continue
            names.append(str(measure))
            missing.append(planes.missing(measure, scope, chosen.partners, asked))
        return together(tally, names, missing)

    def suggestions(
        self,
        selection: str | Selection,
        role: str = "collection",
        language: str = "en",
        limit: int = 20,
    ) -> list[Suggestion]:
        """Properties that items of the same types usually have and those of the selection lack.

        Of more than 20,000 items, every second, third, … one stands for all.
        """
        snapshot, opened = self._measuring.current()
        cube = opened.planes.cube
        chosen = self._measuring.find(snapshot, opened, selected(selection, role))
        sets, types = cube.types.pairs(np.arange(len(cube.types)))
        own = np.unique(cube.type_set[Tally.of(cube, chosen.bits).runs[0]])
        shared = np.setdiff1d(types[np.isin(sets, own)], [NO_TYPE, UNKNOWN_TYPE])
        alike = np.isin(cube.type_set, sets[np.isin(types, shared)])
        similar, here = usages(
            snapshot.tables(),
            [_some(cube, cube.of_segments(alike)), _some(cube, chosen.bits)],
        )

        def name(ids: list[str]) -> dict[str, str]:
            found = snapshot.entities.many(ids)
            return {id: _label(one, language) for id, one in found.items()}

        return suggest(similar, here, name, limit=limit)


def _some(cube: Cube, chosen: Bits) -> Numbers:
    """The items of a plane, or as many of them, evenly chosen, as are looked at."""
    items = page(cube, chosen, 0, None).items
    return items[:: -(-len(items) // _MOST) or 1]


def _label(entity: Entity, language: str) -> str:
    term = label(entity, language)
    return term.value if term else entity.id
