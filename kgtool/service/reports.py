"""The month report: gathered from what was recorded, registered, asked and written."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence

from kgtool.entities import Profile
from kgtool.errors import NotFound, UsageError
from kgtool.messages.words import Words
from kgtool.partners import Partner, Request
from kgtool.partners.request import state_at
from kgtool.reports import html, month_document
from kgtool.reports.document import Document
from kgtool.reports.month import (
    Handled,
    Month,
    Named,
    Period,
    Selected,
    WrittenBatch,
    overall,
    period,
    selected,
)
from kgtool.reports.wikitext import wikitext
from kgtool.service.callers import ANYONE, OPERATOR
from kgtool.service.history import History
from kgtool.service.labels import Labels
from kgtool.service.partners import Partners
from kgtool.service.requests import Requests
from kgtool.service.saved import SavedSelections
from kgtool.service.wording import Wording
from kgtool.spreadsheet import csv_text
from kgtool.writes import Batch, BatchFolder

_TOLD = 16  # months that are remembered
FORMATS = ("wikitext", "csv", "html")


class Reports:
    """Month reports. They tell what is public, unless the office asks for ``everything``."""

    def __init__(
        self,
        history: History,
        partners: Partners,
        saved: SavedSelections,
        requests: Requests,
        batches: BatchFolder,
        labels: Labels,
        wording: Wording,
        profile: Profile,
        clock: Callable[[], datetime.datetime],
    ) -> None:
        self._history = history
        self._partners = partners
        self._saved = saved
        self._requests = requests
        self._batches = batches
        self._labels = labels
        self._wording = wording
        self._profile = profile
        self._clock = clock
        self._told: dict[
            tuple[Period, tuple[str, ...]],
            tuple[int, tuple[list[Selected], tuple[int, int, int]]],
        ] = {}

    def month(
        self, month: str, selections: Sequence[str] = (), *, everything: bool = False
    ) -> Month:
        """What a month (``YYYY-MM``) brought: to these selections, or to all with a history.

        Batches, requests and new partners are those of the whole service; with selections only
        their partners' requests and newness count, and batches are left out. Unless ``everything``
        is wanted, only what is published counts.

        :raises UsageError: it is no month, or it has not begun.
        """
        when = period(month)
        if when.begin > self._clock():
            raise UsageError(Words("error-month-ahead", (month,)))
        partners = self._known_partners(everything)
        named = list(selections) or [
            *(one.qid for one in partners),
            *(one.name for one in self._saved.find(limit=1000)),
        ]
        parts, (new_items, closed, opened) = self._moved(when, tuple(named))
        registered = self._registered()
        return Month(
            everything=everything,
            period=when,
            as_of=max((one.until for one in parts if one.until is not None), default=self._clock()),
            selected=parts,
            new_items=new_items,
            closed=closed,
            opened=opened,
            new_partners=[
                Named(one.qid, one.name)
                for one in partners
                if when.has(registered[one.qid]) and (not selections or one.qid in selections)
            ],
            requests=self._handled(when, selections, everything),
            batches=None if selections else self._written(when),
        )

    def document(self, report: Month, language: str) -> Document:
        """The report in words."""
        measures = {name for one in report.selected for name in one.moved}
        names = self._names(report, language)
        return month_document.document(
            report, language, names, self._wording.of(sorted(measures), language)
        )

    def written(self, report: Month, format: str, language: str) -> str:
        """The report as a text: ``wikitext``, ``csv`` or ``html``.

        :raises NotFound: there is no such format.
        """
        match format:
            case "wikitext":
                return wikitext(self.document(report, language))
            case "html":
                return html.file(self.document(report, language), self._profile.page_url)
            case "csv":
                return _csv(month_document.rows(report, self._names(report, language)))
        raise NotFound(
            Words("error-report-format", (format[:20],)),
            hint=Words("error-known", (", ".join(FORMATS),)),
        )

    def fragment(self, document: Document) -> str:
        """The report as HTML below a title of its own: for a page."""
        return html.fragment(document, self._profile.page_url)

    def months(self, count: int) -> list[datetime.date]:
        """The first days of the newest months, this one first."""
        first = self._clock().date().replace(day=1)
        found = [first]
        while len(found) < count:
            found.append((found[-1] - datetime.timedelta(days=1)).replace(day=1))
        return found

    def _names(self, report: Month, language: str) -> dict[str, tuple[str, str]]:
        ids = [one.id for one in report.selected]
        named: dict[str, tuple[str, str]] = {}
        for partner in self._known_partners(report.everything):
            named[partner.qid] = (partner.name, "")
        for id in ids:
            if id[:1] != "Q" or not id[1:].isdecimal():
                named[id] = (self._saved.get(id).title, "")
        qids = [id for id in {*ids, *(one.id for one in report.new_partners)} if id not in named]
        return named | self._labels.of([*qids, *(id for id in named if _is_item(id))], language)

    def _known_partners(self, everything: bool) -> list[Partner]:
        return self._partners.find(OPERATOR if everything else ANYONE, whole=False)[0]

    def _moved(
        self, when: Period, named: tuple[str, ...]
    ) -> tuple[list[Selected], tuple[int, int, int]]:
        """What moved in a month; told again as it was until another state is recorded."""
        asked = (when, named)
        newest = self._history.newest()
        known = self._told.get(asked)
        if known is not None and known[0] == newest:
            return known[1]
        spans = self._history.spans(named, when.begin, when.end)
        parts = [selected(one, spans.get(one)) for one in named]
        found = parts, overall([spans.get(one) for one in named], parts)
        if len(self._told) >= _TOLD:
            self._told.clear()
        self._told[asked] = (newest, found)
        return found

    def _registered(self) -> dict[str, datetime.datetime]:
        """When each partner came into the registry: its history is not public, its newness is."""
        return self._partners.since()

    def _handled(self, when: Period, selections: Sequence[str], everything: bool) -> Handled:
        all_requests = self._all_requests()
        if not everything:  # a number, too, would tell that there is one
            all_requests = [one for one in all_requests if "listed" in one.published]
        if selections:
            all_requests = [
                one
                for one in all_requests
                if one.partner in selections and (everything or "partner" in one.published)
            ]
        made = [one for one in all_requests if when.has(one.made)]
        moved = [
            one
            for one in all_requests
            if any(e.kind == "moved" and when.has(e.at) and e.at > one.made for e in one.events)
        ]
        # By the end of the month: a request that is opened again later was done all the same.
        done = [
            one
            for one in all_requests
            if state_at(one, when.end) == "done" and state_at(one, when.begin) != "done"
        ]
        touched = {one.id: one for one in [*made, *moved, *done]}
        return Handled(
            new=len(made),
            moved=len(moved),
            done=len(done),
            published=[Named(str(one.id), one.title) for one in touched.values()],
        )

    def _all_requests(self) -> list[Request]:
        found: list[Request] = []
        after: int | None = None
        while True:
            page, after = self._requests.find(OPERATOR, after=after, limit=1000)
            found += page
            if after is None:
                return found

    def _written(self, when: Period) -> list[WrittenBatch]:
        found = []
        for id in self._batches.ids():
            journal = self._batches.folder / id / "journal.jsonl"
            # A journal is only ever appended to, so one last written before is of no interest.
            if not journal.exists() or journal.stat().st_mtime < when.begin.timestamp():
                continue
            one = _in_month(self._batches.open(id), when)
            if one.edits or one.undone:
                found.append(one)
        return found


def _in_month(batch: Batch, when: Period) -> WrittenBatch:
    confirmed = {
        step: entry
        for step, entry in batch.journal.entries.items()
        if entry.state == "confirmed"
        and entry.revision
        and when.has(datetime.datetime.fromtimestamp(entry.at, datetime.UTC))
    }
    steps = {step.id: step for step in batch.steps}
    ours = [steps[id] for id in confirmed if id in steps]
    return WrittenBatch(
        id=batch.id,
        title=batch.plan.title,
        edits=len(ours),
        created=sum(step.kind == "create" for step in ours),
        undone=len(confirmed) - len(ours),
    )


def _csv(rows: Iterable[tuple[object, ...]]) -> str:
    return csv_text(month_document.COLUMNS, rows)


def _is_item(id: str) -> bool:
    return id[:1] == "Q" and id[1:].isdecimal()
