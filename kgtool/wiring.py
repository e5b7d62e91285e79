"""The one place that knows every class: settings in, a working kgtool out."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from duckdb import DuckDBPyConnection

from kgtool.entities.profile import Profile, load_profile
from kgtool.errors import NotFound, WorkspaceError
from kgtool.service.accounts import Accounts
from kgtool.service.callers import OPERATOR
from kgtool.service.claims import Claims
from kgtool.service.discovery import Discovery
from kgtool.service.jobs import Jobs, Schedule, Task, Work
from kgtool.service.labels import Labels
from kgtool.service.loading import Loaded, Loading
from kgtool.service.partners import Partners
from kgtool.service.queries import Asker, Queries
from kgtool.service.requests import Requests
from kgtool.settings import Settings
from kgtool.sources.dump import Dump
from kgtool.sources.subset import subclass_edges, subset
from kgtool.store import (
    AccountStore,
    AuditStore,
    ClaimStore,
    Copy,
    Database,
    HistoryStore,
    JobStore,
    PartnerStore,
    PersonStore,
    RequestStore,
    Seal,
    SelectionStore,
)
from kgtool.views.generation import Workspace
from kgtool.views.query_worker import SparqlRunner
from kgtool.views.snapshot import Snapshots
from kgtool.views.view import View

if TYPE_CHECKING:
    from kgtool.coverage.expected import Expected
    from kgtool.drafts import Matcher, World
    from kgtool.service.advice import Advice
    from kgtool.service.backup import Backups
    from kgtool.service.batches import Batches
    from kgtool.service.cards import Cards
    from kgtool.service.checks import Checks
    from kgtool.service.coverage import Coverage
    from kgtool.service.doctor import Doctor
    from kgtool.service.drafts import Drafts
    from kgtool.service.history import History
    from kgtool.service.institutions import Institutions
    from kgtool.service.judges import Judges
    from kgtool.service.kept_plans import KeptPlans
    from kgtool.service.measuring import Measuring
    from kgtool.service.people import People
    from kgtool.service.reconcile import Reconcile
    from kgtool.service.reports import Reports
    from kgtool.service.saved import SavedSelections
    from kgtool.service.selections import Selections
    from kgtool.service.sync import Sync
    from kgtool.service.wording import Wording
    from kgtool.service.worker import Worker
    from kgtool.sources.http import HttpClient
    from kgtool.sources.sign_in import SignIn
    from kgtool.sources.wikibase import Wikibase
    from kgtool.views.classes import Classes
    from kgtool.views.cube import Answer
    from kgtool.views.names.index import Index
    from kgtool.writes import Batch


class Kgtool:
    """All use cases over one workspace. Each part is made when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def profile(self) -> Profile:
        """The Wikibase that this workspace is about."""
        return load_profile(self.settings.wikibase)

    @cached_property
    def workspace(self) -> Workspace:
        """The folder in which everything is kept."""
        return Workspace(self.settings.home)

    @cached_property
    def snapshots(self) -> Snapshots:
        """The current generation, for readers."""
        return Snapshots(self.workspace)

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

    def status(self) -> dict[str, Any]:
        """What the workspace holds and how much room it takes, in bytes."""
        home = self.settings.home
        said: dict[str, Any] = {"home": str(home), "wikibase": self.profile.name}
        if self.database.exists():
            said["jobs"] = self.jobs.status()
        if self.workspace.current() == 0:
            return said | {"generation": None, "generations": [], "bytes": 0}
        with self.workspace.reading() as generation:
            meta = generation.meta
        sizes = {
            (f.stat().st_dev, f.stat().st_ino): f.stat().st_size
            for f in home.rglob("*")
            if f.is_file()
        }
        return said | {
            "generation": meta.number,
            "as_of": meta.as_of,
            "sample": meta.sample,
            "items": meta.items,
            "properties": meta.properties,
            "statements": meta.statements,
            "labels": meta.labels,
            "sitelinks": meta.sitelinks,
            "generations": self.workspace.generations(),
            "bytes": sum(sizes.values()),
        }

    @cached_property
    def sparql(self) -> SparqlRunner:
        """Queries from outside over the embedded graph."""
        limits = self.settings
        return SparqlRunner(
            limits.home,
            seconds=limits.query_seconds,
            megabytes=limits.query_megabytes,
            rows=limits.query_rows,
        )

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
    def saved_selections(self) -> SavedSelections:
        """Selections that people saved under names."""
        from kgtool.service.saved import SavedSelections

        return SavedSelections(SelectionStore(self.database), self._audit, _now)

    @cached_property
    def wording(self) -> Wording:
        """Measures in words."""
        from kgtool.service.wording import Wording

        return Wording(self.labels)

    @cached_property
    def coverage(self) -> Coverage:
        """What partners' collections have and lack."""
        from kgtool.service.coverage import Coverage

        return Coverage(self._measuring)

    @cached_property
    def advice(self) -> Advice:
        """Where to begin with gaps."""
        from kgtool.service.advice import Advice

        return Advice(self._measuring)

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
    def checks(self) -> Checks:
        """What entities lack by a shape."""
        from kgtool.service.checks import Checks
        from kgtool.service.surveys import Surveys

        return Checks(
            self.snapshots,
            self.profile,
            self._judges,
            Surveys(self._judges, self.selections),
            lambda ids: self.wikibase.entities(ids).entities,
        )

    @cached_property
    def _judges(self) -> Judges:
        from kgtool.checks.worker import ReferenceWorker
        from kgtool.service.judges import Judges

        return Judges(self.profile, ReferenceWorker())

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
    def queries(self) -> Queries:
        """Questions in SPARQL."""
        return Queries(self._asker)

    @cached_property
    def accounts(self) -> Accounts:
        """Signing in, roles, tokens."""
        return Accounts(AccountStore(self.database), self._audit, _now)

    @cached_property
    def sign_in(self) -> SignIn:
        """Signing in with a Wikimedia account.

        :raises NotFound: this service has no OAuth client.
        """
        from kgtool.sources.sign_in import SignIn

        settings = self.settings
        if not settings.oauth_client_id:
            raise NotFound(
                "This service has no OAuth client.",
                hint="Set KGTOOL_OAUTH_CLIENT_ID, or use a token.",
            )
        return SignIn(
            settings.oauth_base,
            settings.oauth_client_id,
            settings.oauth_client_secret,
            f"{settings.public_url.rstrip('/')}/sign-in/callback",
            user_agent=settings.user_agent,
            timeout=settings.http_timeout,
        )

    @cached_property
    def partners(self) -> Partners:
        """The registry of partners."""
        store = PartnerStore(self.database, self._seal)
        return Partners(store, self._audit, self.discovery, self.institutions, _now)

    @cached_property
    def discovery(self) -> Discovery:
        """Institutions in the workspace."""
        return Discovery(self.profile, self._tables)

    @cached_property
    def institutions(self) -> Institutions:
        """Institutions as the workspace knows them."""
        from kgtool.service.institutions import Institutions

        return Institutions(self.snapshots, lambda: self.coverage, self.profile)

    @cached_property
    def requests(self) -> Requests:
        """The helpdesk."""
        return Requests(RequestStore(self.database, self._seal), self._audit, _now)

    @cached_property
    def reconcile(self) -> Reconcile:
        """Which entity is meant by a name."""
        from kgtool.service.reconcile import Reconcile
        from kgtool.service.wiki_search import WikiSearch

        search = WikiSearch(lambda: self._wiki_for_searching, self.profile)
        return Reconcile(self.settings.home / "names", self.snapshots, self.profile, search)

    @cached_property
    def history(self) -> History:
        """How coverage moved."""
        from kgtool.service.history import History

        return History(self.coverage, HistoryStore(self.database), _now)

    def recorded(self) -> list[str]:
        """Selections whose history is kept: registered partners that are here, and saved ones."""
        partners, _ = self.partners.find(OPERATOR)
        known = self.snapshots.current().entities.many(one.qid for one in partners)
        return [*known, *(one.name for one in self.saved_selections.find(limit=1000))]

    @cached_property
    def reports(self) -> Reports:
        """What a month brought."""
        from kgtool.service.reports import Reports

        return Reports(
            self.history,
            self.partners,
            self.saved_selections,
            self.requests,
            self.batches,
            self.labels,
            self.wording,
            self.profile,
            _now,
        )

    @cached_property
    def cards(self) -> Cards:
        """What the reconciliation service tells of itself and of single entities."""
        from kgtool.service.cards import Cards

        return Cards(self.reconcile.reconciler, self.snapshots, self.profile)

    @cached_property
    def drafts(self) -> Drafts:
        """Plans of what to create and complete."""
        from kgtool.service.drafts import Drafts

        return Drafts(
            self.settings,
            self.profile,
            self._plans,
            self._world,
            self._matcher,
            lambda shape: self.checks.of_draft(shape),
            now=_now,
        )

    @cached_property
    def batches(self) -> Batches:
        """Plans that are carried out."""
        from kgtool.service.batches import Batches

        return Batches(self.settings, self.profile, self._plans, around=self._around_batch)

    @cached_property
    def _plans(self) -> KeptPlans:
        from kgtool.service.kept_plans import KeptPlans

        return KeptPlans(self.settings.home)

    def _around_batch(self, batch: Batch, moment: Literal["before-batch", "after-batch"]) -> None:
        from kgtool.service.surroundings import Surroundings

        Surroundings(
            self.workspace,
            self.snapshots,
            self.profile,
            lambda: self.history,
            lambda: self.sync,
            self.recorded,
        ).look(batch, moment)

    def _world(self, against: str) -> World:
        """What plans are made against: the wiki, or what of it is in the workspace."""
        if against == "wiki":
            from kgtool.writes import WikiReader, WikiWorld

            reader = WikiReader(self.settings, self.profile, time.sleep)
            if self.settings.wiki_password or self.settings.oauth2_token:
                reader.sign_in()  # an account may read more than a stranger
            return WikiWorld(reader, self.profile)
        from kgtool.drafts import MemoryWorld
        from kgtool.service.worlds import WorkspaceWorld

        if self.workspace.current() == 0:
            return MemoryWorld()
        return WorkspaceWorld(self.snapshots.current)

    def _matcher(self) -> Matcher:
        """Finds items by name, where there is an index to look in."""
        from kgtool.drafts import no_matcher
        from kgtool.service.naming import matcher

        try:
            self.reconcile.reconciler()
        except WorkspaceError:
            return no_matcher
        return matcher(self.reconcile.match)

    @cached_property
    def people(self) -> People:
        """What is kept about a person, and forgetting them."""
        from kgtool.service.people import People

        store = PersonStore(self.database, self._seal)
        return People(self.settings.home, store, self._audit, _now)

    @cached_property
    def backups(self) -> Backups:
        """Backups of everything that cannot be made again."""
        from kgtool.service.backup import Backups

        return Backups(self.workspace, Copy(self.database), _now)

    @cached_property
    def doctor(self) -> Doctor:
        """What is wrong with this installation."""
        from kgtool.service.doctor import Doctor

        return Doctor(
            self.settings,
            lambda: self.profile,
            self.workspace,
            self.database,
            self._seal,
            lambda: self.sparql,
        )

    @cached_property
    def labels(self) -> Labels:
        """What items are called."""
        return Labels(self.snapshots, wikidata=self.profile.is_of_wikidata)

    @cached_property
    def claims(self) -> Claims:
        """Who works on which gaps."""
        return Claims(ClaimStore(self.database), _now)

    @cached_property
    def database(self) -> Database:
        """Registry, helpdesk, accounts: what people entered."""
        return Database(self.settings.database_url, self.settings.home / "registry.sqlite")

    @cached_property
    def sync(self) -> Sync:
        """Entities from the wiki into the workspace."""
        from kgtool.service.sync import Sync
        from kgtool.sources.membership import Membership
        from kgtool.sources.sparql import SparqlEndpoint

        def membership(count: Callable[[], None]) -> Membership:
            addresses = [self.settings.sparql] if self.settings.sparql else self.profile.sparql
            endpoints = {one: SparqlEndpoint.of(self.settings, one) for one in addresses}
            return Membership(self.profile, endpoints, self.wikibase, count=count)

        return Sync(
            self.workspace, self.snapshots, self.loading, self.profile, self.wikibase, membership
        )

    @cached_property
    def jobs(self) -> Jobs:
        """Asking for work in the background."""
        return Jobs(
            JobStore(self.database), lambda: {work.kind: work.lane for work in self.works()}, _now
        )

    def worker(self) -> Worker:
        """A worker for the jobs of this workspace."""
        from kgtool.service.worker import Worker

        return Worker(JobStore(self.database), self.works(), self.schedules(), _now)

    def works(self) -> list[Work]:
        """The kinds of work that can be done in the background."""
        return [
            Work("sync", "workspace", self._sync),
            Work("snapshot", "workspace", self._record),
            Work("forget", "workspace", self._forget),
        ]

    def schedules(self) -> list[Schedule]:
        """What is done again and again."""
        schedules = [
            Schedule("snapshot", timedelta(hours=6)),
            Schedule("forget", timedelta(hours=6)),
        ]
        if self.settings.sync_minutes:
            schedules.append(Schedule("sync", timedelta(minutes=self.settings.sync_minutes)))
        return schedules

    def _sync(self, task: Task) -> dict[str, Any]:
        def progress(what: str, done: int, total: int) -> None:
            task.tell(what, done, total)
            task.check()

        synced = self.sync.run(None, progress)
        return {"read": synced.read, "gone": synced.gone, "generation": synced.generation}

    def _record(self, task: Task) -> dict[str, Any]:
        if not self.workspace.current():
            return {"not_recorded": 0}
        return {"not_recorded": len(self.history.record_all(self.recorded()))}

    def _forget(self, task: Task) -> dict[str, Any]:
        contacts = self.partners.forget_contacts() + self.requests.forget_contacts()
        return {"contacts": contacts, "jobs": self.jobs.forget()}

    @cached_property
    def http(self) -> HttpClient:
        """The one client for requests to other servers."""
        from kgtool.sources.http import HttpClient

        return HttpClient.of(self.settings)

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
        from kgtool.sources.http import HttpClient, budget_of

        budget = budget_of(self.settings)
        return HttpClient(self.settings.user_agent, timeout=10, attempts=2, budget=budget)

    def _wikibase(self, client: HttpClient) -> Wikibase:
        from kgtool.sources.action_api import ActionApi
        from kgtool.sources.wikibase import Wikibase, sign_in

        settings, address = self.settings, self.profile.action_api
        api = ActionApi(client, address, maxlag=settings.maxlag)
        if not settings.wiki_user:
            return Wikibase(api)
        user, password = settings.wiki_user, settings.wiki_password
        return Wikibase(api, lambda: sign_in(client, address, user, password))

    def close(self) -> None:
        """Give back what is open."""
        if "_impatient" in self.__dict__:
            self._impatient.close()
        if "http" in self.__dict__:
            self.http.close()
        if "_judges" in self.__dict__:
            self._judges.close()
        if "database" in self.__dict__:
            self.database.close()
        if "sparql" in self.__dict__:
            self.sparql.close()

    def _asker(self, endpoint: str) -> Asker:
        address = endpoint or self.settings.sparql
        if not address:
            return self.sparql
        from kgtool.sources.sparql import SparqlEndpoint

        return SparqlEndpoint.of(self.settings, address)

    def _tables(self) -> DuckDBPyConnection:
        return self.snapshots.current().tables()

    @cached_property
    def _audit(self) -> AuditStore:
        return AuditStore(self.database)

    @cached_property
    def _seal(self) -> Seal:
        return Seal(self.settings.data_key)

    def views(self) -> list[View]:
        """The views that every generation has, in the order in which they are built."""
        from kgtool.views.classes import ClassesView
        from kgtool.views.cube_build import CubeView
        from kgtool.views.graph import GraphView
        from kgtool.views.labels import LabelsView
        from kgtool.views.names.view import NamesView

        return [
            GraphView(self.profile, self.settings.graph_entities),
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


def build(settings: Settings) -> Kgtool:
    """Wire everything. Opens no file and no connection until a part is used."""
    return Kgtool(settings)


def _now() -> datetime:
    return datetime.now(UTC)
