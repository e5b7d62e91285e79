"""Reading the history of items from a wiki: their revisions since a day, once each.

50 pages or revisions a request, as the Action API lets anybody ask for; only the history of a page
that changed takes a request of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from kgtool.entities import Profile
from kgtool.sources.revision import Page, Revision, redirect_of, revisions_in
from kgtool.sources.revisions import History
from kgtool.sources.wikibase import Wikibase, batches

Progress = Callable[[str, int, int], None]

_PROPS = "ids|timestamp|user|comment|content"


class HistoryReader:
    """Reads what :class:`History` lacks. ``now`` is the time noted as *seen*, in ISO 8601.

    ``stop`` is asked before each request; what was read stays.
    """

    def __init__(
        self,
        wiki: Wikibase,
        profile: Profile,
        history: History,
        now: str,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Progress = lambda what, done, all: None,
    ) -> None:
        self._wiki = wiki
        self._profile = profile
        self._history = history
        self._now = now
        self._stop = stop
        self._progress = progress

    def read(
        self, ids: Collection[str], day: str, here: Mapping[str, int], seen_after: str
    ) -> bool:
        """All revisions of items since a day, and the ones before; says whether nothing is left.

        ``here`` are the revisions that the workspace has: these states are not read again. Pages
        that were seen after ``seen_after`` are taken as they were then.
        """
        pages = self._history.pages(ids)
        old = [id for id in ids if id not in pages or pages[id].seen <= seen_after]
        for done, batch in _counted(old):
            if self._stop():
                return False
            self._progress("pages", done, len(old))
            self._look(batch, pages)
        pages = self._history.pages(ids)
        changed = [
            page
            for page in pages.values()
            if page.latest
            and page.changed >= day
            and not (page.read_to == page.latest and page.back_to <= day)
        ]
        for done, page in enumerate(changed):
            if self._stop():
                return False
            self._progress("histories", done, len(changed))
            self._read_page(page, day)
        return self._read_bases(ids, day, here) and self._read_heirs(ids)

    def contents(self, revisions: Iterable[int], what: str = "revisions") -> bool:
        """Single revisions by their numbers; says whether all are here now, or cannot be had."""
        wanted = list(dict.fromkeys(one for one in revisions if one))
        known = self._history.known(wanted)
        wanted = [one for one in wanted if one not in known]
        for start in range(0, len(wanted), 50):
            if self._stop():
                return False
            self._progress(what, start, len(wanted))
            part = wanted[start : start + 50]
            found: list[Revision] = []
            for answer in self._wiki.query(
                prop="revisions", revids="|".join(map(str, part)), rvprop=_PROPS, rvslots="main"
            ):
                found += revisions_in(answer)
            # Those of deleted pages are not shown; noted as hidden, they are not asked for again.
            here = {one.id for one in found}
            found += [Revision(id, "", 0, "", "", "", None) for id in part if id not in here]
            self._history.add(found)
        return True

    def _look(self, batch: list[str], known: dict[str, Page]) -> None:
        """Which revision of each page stands, of up to 50 pages in one request."""
        id_of = {self._profile.page_title(id): id for id in batch}
        pages: dict[str, Page] = {}
        for answer in self._wiki.query(
            prop="revisions", titles="|".join(id_of), rvprop="ids|timestamp"
        ):
            for raw in answer.get("pages", []):
                id = id_of.get(str(raw.get("title")))
                newest = (raw.get("revisions") or [None])[0]
                if id is not None and newest is not None:
                    latest, changed = int(newest["revid"]), str(newest["timestamp"])
                    before = known.get(id, Page(id, 0, ""))
                    pages[id] = Page(id, latest, changed, before.back_to, before.read_to, self._now)
        for id in batch:
            if id not in pages:
                pages[id] = self._deleted(id)
        self._history.add(pages=pages.values())

    def _deleted(self, id: str) -> Page:
        for answer in self._wiki.query(
            list="logevents",
            letype="delete",
            letitle=self._profile.page_title(id),
            lelimit="1",
            leprop="user|timestamp|type",
        ):
            for event in answer.get("logevents", []):
                by, at = str(event.get("user", "")), str(event.get("timestamp", ""))
                return Page(id, 0, at, seen=self._now, gone_by=by, gone_at=at)
        return Page(id, 0, "", seen=self._now)

    def _read_page(self, page: Page, day: str) -> None:
        """The history of one page since a day, with contents: 50 revisions a request.

        Where it is kept back to that day, only what came since.
        """
        covered = page.read_to and page.back_to <= day
        end = {"rvendid": str(page.read_to)} if covered else {"rvend": f"{day}T00:00:00Z"}
        found: list[Revision] = []
        for answer in self._wiki.query(
            prop="revisions",
            titles=self._profile.page_title(page.item),
            rvprop=_PROPS,
            rvslots="main",
            rvlimit="50",
            **end,
        ):
            found += revisions_in(answer)
        latest = max((one.id for one in found), default=page.latest)
        back_to = page.back_to if covered else day
        self._history.add(
            found,
            [
                msgspec.structs.replace(
                    page, latest=latest, back_to=back_to, read_to=latest, seen=self._now
                )
            ],
        )

    def _read_bases(self, ids: Collection[str], day: str, here: Mapping[str, int]) -> bool:
        """The revision of each item that stood at the beginning of the day."""
        since = self._history.since(ids, day)
        pages = self._history.pages(ids)
        bases = [
            since[id][0].parent if id in since else page.latest
            for id, page in pages.items()
            if id in since or page.latest != here.get(id)
        ]
        return self.contents(bases, "states at the beginning")

    def _read_heirs(self, ids: Collection[str]) -> bool:
        """Where a page is a redirect now: the item that it leads to, as it stands."""
        pages = self._history.pages(ids)
        standing = self._history.revisions(page.latest for page in pages.values())
        heirs = {redirect_of(one) for one in standing.values()} - {""} - pages.keys()
        for done, batch in _counted(sorted(heirs)):
            if self._stop():
                return False
            self._progress("merged items", done, len(heirs))
            self._look(batch, {})
        found = self._history.pages(heirs)
        return self.contents([page.latest for page in found.values()], "merged items")


def _counted(ids: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    done = 0
    for batch in batches(ids):
        yield done, batch
        done += len(batch)
