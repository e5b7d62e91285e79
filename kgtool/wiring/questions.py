"""What can be asked of the workspace: coverage, checks, queries, names."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kgtool.service.jobs import Work
from kgtool.service.queries import Queries
from kgtool.sources.dump import Dump
from kgtool.sources.subset import subclass_edges
from kgtool.store import HistoryStore, MendedStore, SelectionStore
from kgtool.wiring.base import now, page_of
from kgtool.wiring.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any

    from kgtool.service.advice import Advice
    from kgtool.service.cards import Cards
    from kgtool.service.check_words import CheckWords
    from kgtool.service.checks import Checks
    from kgtool.service.coverage import Coverage
    from kgtool.service.history import History
    from kgtool.service.jobs import Task
    from kgtool.service.judges import Judges
    from kgtool.service.leads import Leads
    from kgtool.service.measuring import Measuring
    from kgtool.service.queries import Asker
    from kgtool.service.recheck import Recheck
    from kgtool.service.reconcile import Reconcile
    from kgtool.service.saved import SavedSelections
    from kgtool.service.selections import Selections
    from kgtool.service.wording import Wording
    from kgtool.service.worklist_query import WorklistQueries
    from kgtool.views.names.index import Index


class Questions(Reading):
    """Every question, wired to the views that answer it."""

    @cached_property
    def saved_selections(self) -> SavedSelections:
        """Selections that people saved under names."""
        from kgtool.service.saved import SavedSelections

        return SavedSelections(SelectionStore(self.database), self._audit, now)

    @cached_property
    def selections(self) -> Selections:
        """From what a person names to the items it means."""
        from kgtool.service.selections import Selections

        return Selections(
            self.profile,
            lambda: self.saved_selections,
            lambda query: self.sparql.select(query),
            self._items_of_pile,
        )

    def _items_of_pile(self, number: int) -> list[str]:
        from kgtool.sources.pagepile import items_of_pile

        return items_of_pile(self.http, number)

    @cached_property
    def _measuring(self) -> Measuring:
        from kgtool.service.measuring import Measuring

        return Measuring(
            self.snapshots,
            self.profile,
            self.selections,
            lambda: self._expected,
            lambda shape, property: self.checks.conforming(shape, property),
        )

    @cached_property
    def coverage(self) -> Coverage:
        """What partners' collections have and lack."""
        from kgtool.service.coverage import Coverage

        return Coverage(self._measuring, self.recheck.dropped)

    @cached_property
    def worklist_queries(self) -> WorklistQueries:
        """Worklists as queries for the wiki's query service."""
        from kgtool.service.worklist_query import WorklistQueries

        return WorklistQueries(self._measuring, self.profile)

    @cached_property
    def recheck(self) -> Recheck:
        """Rows of worklists, read again from the wiki."""
        from kgtool.service.recheck import Recheck

        return Recheck(
            self.snapshots,
            self._measuring,
            lambda ids: self._wiki_for_searching.entities(ids),
            lambda: MendedStore(self.database),
            now,
            lambda shape, property, items: self.checks.conforming_among(shape, property, items),
        )

    @cached_property
    def wording(self) -> Wording:
        """Measures in words."""
        from kgtool.service.wording import Wording

        return Wording(self.labels)

    @cached_property
    def advice(self) -> Advice:
        """Where to begin with gaps."""
        from kgtool.service.advice import Advice

        return Advice(self._measuring)

    @cached_property
    def _judges(self) -> Judges:
        from kgtool.checks.worker import ReferenceWorker
        from kgtool.service.judges import Judges

        return self._opened(Judges(self.profile, ReferenceWorker()))

    @cached_property
    def check_words(self) -> CheckWords:
        """What entities lack by a shape, in words."""
        from kgtool.service.check_words import CheckWords

        return CheckWords(self.profile, self.labels)

    @cached_property
    def checks(self) -> Checks:
        """What entities lack by a shape."""
        from kgtool.service.answers import Answers
        from kgtool.service.checks import Checks
        from kgtool.service.survey import Survey
        from kgtool.service.surveys import Surveys

        return Checks(
            self.snapshots,
            self._judges,
            Surveys(self._judges, self.selections, Answers(self.settings.home, Survey)),
            self.check_words,
            lambda ids: self.wikibase.entities(ids).by_id(),
        )

    def _asker(self, endpoint: str) -> Asker:
        address = endpoint or self.settings.sparql
        if not address:
            return self.sparql
        from kgtool.sources.sparql import SparqlEndpoint

        return SparqlEndpoint.of(self.settings, address)

    @cached_property
    def queries(self) -> Queries:
        """Questions in SPARQL."""
        return Queries(self._asker)

    @cached_property
    def leads(self) -> Leads:
        """Where the ids of merged items lead."""
        from kgtool.service.leads import Leads
        from kgtool.store import RedirectStore

        return Leads(RedirectStore(self.database))

    @cached_property
    def reconcile(self) -> Reconcile:
        """Which entity is meant by a name."""
        from kgtool.service.reconcile import Reconcile
        from kgtool.service.wiki_search import WikiSearch
        from kgtool.views.local import names_folder

        search = WikiSearch(lambda: self._wiki_for_searching, self.profile)
        return Reconcile(
            self.settings.home / "names",
            self.snapshots,
            self.profile,
            search,
            self.leads.all,
            names_folder(self.settings.home, self.settings.cache_folder),
        )

    def index_dump(
        self, paths: Sequence[Path], types: Sequence[str], progress: Callable[[int], None]
    ) -> Index:
        """Index the names of a dump's items of *types* and their subclasses."""
        from kgtool.sources.instances import instances
        from kgtool.views.names.record import record
        from kgtool.views.names.types import TypeTree

        dump = Dump(paths)
        parents: dict[str, list[str]] = {}
        for child, parent in subclass_edges(dump, self.profile):
            parents.setdefault(f"Q{child}", []).append(f"Q{parent}")
        classes = TypeTree(parents)
        below = {known for type in types for known in classes.below(type)}
        return self.reconcile.index_names(
            (record(item, self.profile) for item in instances(dump, below, self.profile)),
            dump.name,
            parents=parents,
            progress=progress,
        )

    @cached_property
    def cards(self) -> Cards:
        """What the reconciliation service tells of itself and of single entities."""
        from kgtool.service.cards import Cards

        return Cards(self.reconcile.reconciler, self.snapshots, self.profile)

    @cached_property
    def history(self) -> History:
        """How coverage moved."""
        from kgtool.service.history import History

        return History(self.coverage, HistoryStore(self.database), self.leads.moved, now)

    def _question_works(self) -> list[Work]:
        return [Work("checks-count", "plans", self._survey)]

    def _survey(self, task: Task) -> dict[str, Any]:
        """Judge a selection for the page that waits."""
        shape, selection = task.arguments["shape"], task.arguments["selection"]

        def progress(what: str, done: int, total: int) -> None:
            task.tell(what, done, total)
            task.check()

        self.checks.survey(shape, selection, task.arguments["role"], progress)
        return {"page": f"{page_of(selection)}/checks?shape={shape}"}
