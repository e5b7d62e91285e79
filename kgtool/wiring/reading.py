"""Entities into the workspace, and the workspace as tables, names and a graph."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from kgtool.service.labels import Labels
from kgtool.service.loading import Loading
from kgtool.sources.dump import Dump
from kgtool.sources.subset import subclass_edges, subset
from kgtool.views.query_worker import SparqlRunner
from kgtool.wiring.base import Base

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from duckdb import DuckDBPyConnection

    from kgtool.coverage.expected import Expected
    from kgtool.service.loading import Loaded
    from kgtool.sources.http import HttpClient
    from kgtool.sources.wikibase import Wikibase
    from kgtool.views.classes import Classes
    from kgtool.views.cube import Answer
    from kgtool.views.view import View


class Reading(Base):
    """How entities come in, and what they look like then."""

    def views(self) -> list[View]:
        """The views that every generation has, in the order in which they are built."""
        from kgtool.views.classes import ClassesView
        from kgtool.views.cube_build import CubeView
        from kgtool.views.graph import GraphView
        from kgtool.views.labels import LabelsView
        from kgtool.views.names.view import NamesView

        return [
            GraphView(self.profile, self.settings.graph_entities, self.settings.cache_folder),
            ClassesView(),
            CubeView(self.profile, self._answer_kept),
            LabelsView(),
            NamesView(self.profile),
        ]

    def _answer_kept(
        self, tables: DuckDBPyConnection, classes: Classes
    ) -> Iterator[tuple[str, Answer]]:
        """Answers to the measures that the cube keeps ready."""
        from kgtool.coverage.columns import Columns
        from kgtool.coverage.expression import parse
        from kgtool.coverage.planes import answers, to_keep

        more = [parse(text) for text in self.settings.measures.split(";") if text.strip()]
        kept = to_keep([*self._expected.all_measures(), *more], self.profile)
        return answers(Columns(lambda: tables, classes, self.profile), kept)

    @cached_property
    def _expected(self) -> Expected:
        from kgtool.checks.expectations import kinds
        from kgtool.coverage.expected import ExpectedOfKind, expected

        return expected(
            (
                ExpectedOfKind(
                    kind.classes,
                    kind.below,
                    tuple((one.measure, one.when) for one in kind.expectations),
                )
                for kind in kinds()
            ),
            self.profile.properties.instance_of,
        )

    @cached_property
    def loading(self) -> Loading:
        """Entities into the workspace."""
        return Loading(self.workspace, self.profile, self.views())

    def load_files(
        self,
        files: Sequence[str],
        partners: Collection[str] = (),
        *,
        progress: bool = False,
        on_broken: Callable[[str, str], None] = lambda where, problem: None,
    ) -> Loaded:
        """Load entity files or dumps, or what a workspace about these partners needs of them.

        ``-`` is standard input. ``on_broken`` gets where a line stands and what is wrong with it.

        :raises NotFound: a file is not there.
        :raises InputError: a file is damaged or not complete; the workspace is as it was.
        """
        dump = Dump(files, progress=progress)

        def broken(number: int, problem: str) -> None:
            on_broken(dump.where(number), problem)

        if not partners:
            size = dump.expected_bytes
            return self.loading.load(dump, source=dump.name, size=size, on_broken=broken)
        self.settings.home.mkdir(parents=True, exist_ok=True)
        with dump.spool(self.settings.home):
            lines = subset(dump, partners, self.profile)
            edges = subclass_edges(dump, self.profile)
            return self.loading.load(lines, source=dump.name, subclass=edges, on_broken=broken)

    def _tables(self) -> DuckDBPyConnection:
        return self.snapshots.current().tables()

    @cached_property
    def labels(self) -> Labels:
        """What items are called."""
        return Labels(self.snapshots, wikidata=self.profile.is_of_wikidata)

    @cached_property
    def sparql(self) -> SparqlRunner:
        """Queries from outside over the embedded graph."""
        limits = self.settings
        runner = SparqlRunner(
            limits.home,
            seconds=limits.query_seconds,
            megabytes=limits.query_megabytes,
            rows=limits.query_rows,
            copies=limits.cache_folder,
        )
        return self._opened(runner)

    @cached_property
    def wikibase(self) -> Wikibase:
        """The wiki, for reading; as the account that writes, where one is set."""
        return self._wikibase(self.http)

    @cached_property
    def _wiki_for_searching(self) -> Wikibase:
        # Somebody is waiting for the answer: one repetition, and not the patience of a sync.
        return self._wikibase(self._impatient)

    @cached_property
    def _impatient(self) -> HttpClient:
        from kgtool.sources.budget import budget_of
        from kgtool.sources.http import HttpClient

        budget = budget_of(self.settings)
        impatient = HttpClient(self.settings.user_agent, timeout=10, attempts=2, budget=budget)
        return self._opened(impatient)

    def _wikibase(self, client: HttpClient) -> Wikibase:
        from kgtool.sources.wikibase import Wikibase

        return Wikibase.of(self.settings, self.profile, client)
