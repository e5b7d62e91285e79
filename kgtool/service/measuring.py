"""What answers about coverage need of the current generation, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from kgtool.coverage import selection as selections
from kgtool.coverage.columns import RANKS, Columns, Conforming, Rank
from kgtool.coverage.doubts import doubts
from kgtool.coverage.expected import Expected
from kgtool.coverage.expression import parse
from kgtool.coverage.measures import HasProperty, Measure, atoms, names_partner
from kgtool.coverage.planes import Planes
from kgtool.coverage.selection import Selection
from kgtool.coverage.values import ValueReader
from kgtool.entities.language import fallback
from kgtool.entities.profile import Profile
from kgtool.errors import UsageError
from kgtool.messages.words import Words
from kgtool.service.selections import Chosen, Selections
from kgtool.views.classes import Classes
from kgtool.views.cube import Bits, Cube
from kgtool.views.generation import Generation
from kgtool.views.labels import Labels
from kgtool.views.snapshot import Snapshot, Snapshots
from kgtool.views.tables import Tables

Wanted = list[tuple[Measure, Measure | None]]  # measures, and where each is expected


@dataclass(frozen=True, slots=True)
class Opened:
    """What answers need of one generation."""

    planes: Planes
    reader: ValueReader
    labels: Labels

    def names(self, qids: Sequence[str], language: str) -> list[str]:
        """Labels of items; asked for the same ones again, they are at hand."""
        return self.planes.remembered(
            ("labels", tuple(qids), language),
            lambda: self.labels.of([int(qid[1:]) for qid in qids], fallback(language)),
        )


class Measuring:
    """Opens generations and reads measures; safe to share between threads."""

    def __init__(
        self,
        snapshots: Snapshots,
        profile: Profile,
        selections: Selections,
        expected: Callable[[], Expected],
        conforming: Conforming | None = None,
    ) -> None:
        self.profile = profile
        self._snapshots = snapshots
        self._selections = selections
        self._expected = expected
        self._conforming = conforming

    def current(self) -> tuple[Snapshot, Opened]:
        """The current generation, and what answers need of it."""
        snapshot = self._snapshots.current()
        return snapshot, snapshot.once(self._open)

    def find(self, snapshot: Snapshot, opened: Opened, selection: Selection) -> Chosen:
        """The items of a selection in that generation."""
        return self._selections.find(snapshot, opened.planes.cube, selection)

    def resolved(self, selection: Selection) -> Selection:
        """What a saved selection stands for; see :meth:`Selections.resolved`."""
        return self._selections.resolved(selection)

    def wanted(self, measures: Sequence[str] | None, *, partners: bool) -> Wanted:
        """These measures, expected of every item; without any, those that the shapes name.

        ``partners`` says whether there is something that ``@partner`` can stand for.

        :raises ExpressionError: a measure does not parse.
        """
        if measures is not None:
            named = dict.fromkeys(self.read(text, partners=partners) for text in measures)
            return [(measure, None) for measure in named]
        conditions = self._expected().conditions
        return [pair for pair in conditions.items() if partners or not names_partner(pair[0])]

    def read(self, text: str, *, partners: bool) -> Measure:
        """The measure that a text stands for.

        :raises ExpressionError: it does not parse.
        :raises UsageError: it names ``@partner`` and there is none.
        """
        measure = parse(text)
        if not partners and names_partner(measure):
            raise UsageError(
                Words("error-measure-partner", (str(measure),)), hint=Words("error-select-by-qid")
            )
        return measure

    def doubts(
        self, snapshot: Snapshot, opened: Opened, measures: Sequence[Measure], rank: Rank
    ) -> list[Words]:
        """What to say of names in *measures* that nothing in the workspace has; what shapes or the
        profile name is beyond doubt."""

        def found() -> list[Words]:
            named = self._named()
            return doubts(
                measures,
                opened.planes,
                rank,
                lambda id: id in named or id in snapshot.entities,
            )

        return opened.planes.remembered(("doubts", tuple(measures), rank), found)

    def _named(self) -> set[str]:
        """Properties that the profile or a shape names."""
        conditions = self._expected().conditions
        asked = {atom for measure in conditions for atom in atoms(measure)}
        roles: dict[str, str] = msgspec.to_builtins(self.profile.properties)
        return {*roles.values(), *(one.property for one in asked if isinstance(one, HasProperty))}

    def expected_of(self, planes: Planes, measure: Measure) -> Bits | None:
        """Where the shapes expect a measure; none where no shape names it."""
        condition = self._expected().conditions.get(measure)
        return None if condition is None else planes.holds(condition, "truthy")

    def _open(self, generation: Generation) -> Opened:
        tables = Tables(generation)
        cube = Cube.open(generation)
        columns = Columns(tables.cursor, Classes.open(generation), self.profile, self._conforming)
        return Opened(
            Planes(cube, columns, self.profile),
            ValueReader(tables.cursor, cube, self.profile),
            Labels.open(generation),
        )


def selected(selection: str | Selection, role: str = "collection") -> Selection:
    """A selection as it is, or what a text names: QIDs of partners, or a saved selection."""
    return selections.of(selection, role) if isinstance(selection, str) else selection


def checked_rank(rank: str) -> Rank:
    """The scope of that name.

    :raises UsageError: there is none.
    """
    for known in RANKS:
        if rank == known:
            return known
    raise UsageError(
        Words("error-no-rank", (rank,)), hint=Words("error-known", (", ".join(RANKS),))
    )
