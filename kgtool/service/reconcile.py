"""Matching names: which index is asked, and how a new one takes its place."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from kgtool.entities import Profile
from kgtool.errors import InputError, NotFound, RemoteError, WorkspaceError
from kgtool.messages.words import Words
from kgtool.reconcile.doubles import Double, doubles
from kgtool.reconcile.live import Found, Search, ask, completed, weak
from kgtool.reconcile.matcher import Reconciler
from kgtool.reconcile.query import Answer, Candidate, Query, Suggestion
from kgtool.reconcile.several import ByName
from kgtool.reconcile.suggest import Suggester
from kgtool.views.names.index import Index, Origin, build_index, open_index
from kgtool.views.names.record import NameRecord
from kgtool.views.names.view import NamesView
from kgtool.views.snapshot import Snapshot, Snapshots

_NONE: Mapping[str, str] = {}

Kind: TypeAlias = Literal["entity", "property", "type"]


class Begun(NamedTuple):
    """Answers of one index; ``weak`` are the places of those for which the wiki is asked."""

    answers: list[Answer]
    weak: list[int]
    reconciler: Reconciler

    def asked(self, queries: Sequence[Query]) -> list[Query]:
        """Those of *queries* for which the wiki is asked."""
        return [queries[place] for place in self.weak]

    def parts(self, sizes: Sequence[int]) -> list[Begun]:
        """One for each stretch of so many queries, in their order."""
        found: list[Begun] = []
        start = 0
        for size in sizes:
            end = start + size
            weak = [place - start for place in self.weak if start <= place < end]
            found.append(Begun(self.answers[start:end], weak, self.reconciler))
            start = end
        return found


class Reconcile:
    """Answers from the index that ``kgtool names`` made, else from that of the workspace.

    A newer index is taken up between two batches; a batch is answered by one.

    :param folder: where ``kgtool names`` keeps its index.
    :param search: asks the wiki where the index is not complete.
    :param near: where that index is read, which may be a copy of it; *folder* if not given.
    :param redirects: ids found to lead elsewhere, and where each leads; the same mapping until
        it changes.
    """

    def __init__(
        self,
        folder: Path,
        snapshots: Snapshots,
        profile: Profile,
        search: Search | None = None,
        redirects: Callable[[], Mapping[str, str]] = lambda: _NONE,
        near: Callable[[], Path] | None = None,
    ) -> None:
        self._folder = folder
        self._near = near or (lambda: folder)
        self._snapshots = snapshots
        self._profile = profile
        self._search = search or _nobody
        self._redirects = redirects
        self._leads: Mapping[str, str] = _NONE
        self._guard = threading.Lock()
        self._state: object = None
        self._opened: tuple[Reconciler, Suggester, Snapshot | None] | None = None

    def reconciler(self) -> Reconciler:
        """The matcher over the index that is current.

        :raises WorkspaceError: there is neither names nor a workspace.
        """
        return self._current()[0]

    def match(self, queries: Sequence[Query], deadline: float | None = None) -> list[Answer]:
        """Answer each query; *deadline* is a ``time.monotonic()``.

        Whoever answers many people takes the three steps apart, with queries of one name each:
        the one in the middle waits.
        """
        each = ByName(queries)
        begun = self.begin(each.asked, deadline)
        asked = begun.asked(each.asked)
        found = self.ask(asked, deadline) if asked else []
        return each.joined(self.end(each.asked, begun, found, deadline))

    def begin(self, queries: Sequence[Query], deadline: float | None = None) -> Begun:
        """The first step: what the index says, and which answers the wiki is to be asked for."""
        reconciler = self.reconciler()
        answers = reconciler.match(queries, deadline)
        complete = reconciler.index.origin.complete
        return Begun(answers, [] if complete else weak(answers), reconciler)

    def ask(self, queries: Sequence[Query], deadline: float | None = None) -> Sequence[Found]:
        """The step in the middle: what the wiki has; waits for the network."""
        return ask(self._search, queries, deadline)

    def end(
        self,
        queries: Sequence[Query],
        begun: Begun,
        found: Sequence[Found],
        deadline: float | None = None,
    ) -> list[Answer]:
        """The last step: all answers, the weak ones with what was *found* for them."""
        if not begun.weak:
            return begun.answers
        with tempfile.TemporaryDirectory() as folder:
            better = completed(
                begun.asked(queries),
                [begun.answers[place] for place in begun.weak],
                found,
                self._over(begun.reconciler, Path(folder)),
                deadline,
            )
        whole = list(begun.answers)
        for place, answer in zip(begun.weak, better, strict=True):
            whole[place] = answer
        return whole

    def match_here(self, queries: Sequence[Query]) -> list[Answer]:
        """Answer each query from the index alone, complete or not: the wiki is not asked."""
        return self.reconciler().match(queries)

    def explain(self, query: Query, id: str) -> Candidate | None:
        """How an entity scores for a query; nothing where it is not in the index."""
        return self.reconciler().explain(query, id)

    def suggest(
        self, kind: Kind, prefix: str, limit: int, offset: int = 0, language: str = ""
    ) -> list[Suggestion]:
        """Entities, properties or types while a person types."""
        suggester = self._current()[1]
        choose = {
            "entity": suggester.entities,
            "property": suggester.properties,
            "type": suggester.types,
        }[kind]
        return choose(prefix, limit, offset, language)

    def properties_of(self, type: str, limit: int = 20, language: str = "") -> list[Suggestion]:
        """Properties that entities of *type* have most often; of any type for ""."""
        suggester = self._current()[1]
        if not type:
            return suggester.properties_of_all(limit, language)
        return suggester.properties_of_type(type, limit, language)

    def doubles(self) -> list[Double]:
        """Identifiers that several entities have: perhaps the same thing twice."""
        reconciler = self.reconciler()
        return doubles(reconciler.index, reconciler.identifies)

    def index_names(
        self,
        records: Iterable[NameRecord],
        source: str,
        *,
        complete: bool = True,
        parents: dict[str, list[str]] | None = None,
        progress: Callable[[int], None] = lambda count: None,
    ) -> Index:
        """Build the index that is asked instead of the workspace's.

        :raises InputError: there is not one record; what was indexed before stays.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        origin = Origin(source, now, complete)
        some = _some(records, source)
        return build_index(self._folder, some, origin, parents=parents, progress=progress)

    def forget_names(self) -> None:
        """Answer from the workspace again.

        :raises NotFound: there are no names to forget.
        """
        path = self._folder / "index.json"
        if not path.exists():
            raise NotFound(Words("error-no-names-in", (str(self._folder),)))
        path.unlink()

    def _current(self) -> tuple[Reconciler, Suggester, Snapshot | None]:
        with self._guard:
            folder = self._near()
            snapshot: Snapshot | None = None
            state: object
            try:
                path = folder / "index.json"
                state = path.stat().st_mtime_ns, path.stat().st_ino
            except FileNotFoundError:
                snapshot = self._snapshots.current()
                state = snapshot.generation.number
                folder = snapshot.generation.path / NamesView.name
                if not folder.is_dir():
                    raise WorkspaceError(
                        Words("error-no-names"),
                        operator=Words("operator-load-it-again", ("kgtool load FILE",)),
                    ) from None
            leads = self._redirects()
            if self._opened is None or state != self._state or leads is not self._leads:
                index = open_index(folder).leading(leads)
                reconciler = Reconciler(index, self._profile, clock=time.monotonic)
                self._leads = leads
                self._opened = reconciler, Suggester(reconciler), snapshot
                self._state = state
            return self._opened

    def _over(
        self, reconciler: Reconciler, folder: Path
    ) -> Callable[[Iterable[NameRecord]], Reconciler]:
        def over(records: Iterable[NameRecord]) -> Reconciler:
            index = build_index(
                folder, records, reconciler.index.origin, rarity=reconciler.index.rarity
            )
            return Reconciler(index.sharing(reconciler.index), self._profile)

        return over


def _some(records: Iterable[NameRecord], source: str) -> Iterator[NameRecord]:
    empty = True
    for record in records:
        empty = False
        yield record
    if empty:
        raise InputError(f"{source} holds nothing to index.")


def _nobody(queries: Sequence[Query], deadline: float | None) -> Sequence[list[NameRecord]]:
    raise RemoteError(Words("error-no-search"))
