"""Small worlds for tests of coverage: a workspace with the views that coverage reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyoxigraph as ox
from duckdb import DuckDBPyConnection

from kgtool.coverage.columns import Columns
from kgtool.coverage.expected import Expected, ExpectedOfKind, expected
from kgtool.coverage.expression import parse
from kgtool.coverage.planes import answers, to_keep
from kgtool.entities import Entity, load_profile, to_json
from kgtool.entities.rdf import to_ntriples
from kgtool.entities.solutions import Table
from kgtool.errors import NotFound
from kgtool.service.advice import Advice
from kgtool.service.coverage import Coverage
from kgtool.service.loading import Loading
from kgtool.service.measuring import Measuring
from kgtool.service.selections import Selections
from kgtool.store.selections import SavedSelection
from kgtool.views.classes import Classes, ClassesView, Numbers
from kgtool.views.cube import Answer
from kgtool.views.cube_build import CubeView
from kgtool.views.generation import Workspace
from kgtool.views.labels import LabelsView
from kgtool.views.snapshot import Snapshots

WIKIDATA = load_profile("wikidata")


class World:
    """A workspace of some entities, and coverage over it.

    ``kept`` are the measures that the cube keeps ready.
    """

    def __init__(
        self,
        home: Path,
        entities: Iterable[Entity],
        kept: Iterable[str] = (),
        kinds: Iterable[ExpectedOfKind] = (),
    ) -> None:
        self.expect(kinds)
        self._kept = [*self.expected.all_measures(), *map(parse, kept)]
        self.saved: dict[str, SavedSelection] = {}
        self.workspace = Workspace(home)
        self.loading = Loading(
            self.workspace,
            WIKIDATA,
            [ClassesView(), CubeView(WIKIDATA, self._answers), LabelsView()],
        )
        self.load(entities)
        self.snapshots = Snapshots(self.workspace)
        self.selections = Selections(WIKIDATA, lambda: self, self.select, self.pagepile)
        measuring = Measuring(
            self.snapshots, WIKIDATA, self.selections, lambda: self.expected, self.conforming
        )
        self.coverage = Coverage(measuring)
        self.advice = Advice(measuring)
        self.tables: Callable[[str], Table] | None = None
        self.conform: dict[tuple[str, str], list[int]] = {}

    def expect(self, kinds: Iterable[ExpectedOfKind]) -> None:
        """Expect something from now on: the cube that is there already keeps nothing of it."""
        self.expected: Expected = expected(kinds, "P31")

    def load(self, entities: Iterable[Entity]) -> None:
        """Add entities: a new generation."""
        self.loading.load([(n, to_json(one)) for n, one in enumerate(entities, 1)])

    def get(self, name: str) -> SavedSelection:
        """A saved selection."""
        if name not in self.saved:
            raise NotFound(f"There is no saved selection “{name}”.")
        return self.saved[name]

    def select(self, query: str) -> Table:
        """What a query answers."""
        assert self.tables
        return self.tables(query)

    def pagepile(self, number: int) -> list[str]:
        """The items of a pile."""
        return [f"Q{number}"]

    def conforming(self, shape: str, property: str) -> Numbers:
        """Items that conform to a shape."""
        return np.array(self.conform[shape, property], dtype=np.uint32)

    def _answers(
        self, tables: DuckDBPyConnection, classes: Classes
    ) -> Iterator[tuple[str, Answer]]:
        columns = Columns(lambda: tables, classes, WIKIDATA)
        return answers(columns, to_keep(self._kept, WIKIDATA))


def graph_of(entities: Iterable[Entity]) -> ox.Store:
    """The entities as RDF, in memory."""
    store = ox.Store()
    for one in entities:
        store.load(to_ntriples(one, WIKIDATA), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    return store
