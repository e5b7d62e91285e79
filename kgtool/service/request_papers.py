"""What the helpdesk hands out: tables, wikitext and figures of requests."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping

from kgtool.messages import day, say
from kgtool.partners import Request
from kgtool.partners import request as rules
from kgtool.partners.partner import one_of
from kgtool.partners.request_table import to_csv
from kgtool.partners.wikitext import Entry, address, board_wikitext, item, notes_wikitext, plain
from kgtool.service.callers import Caller
from kgtool.service.labels import Labels
from kgtool.service.requests import Requests

_UTC = datetime.UTC
# What an entry tells below its texts.
_WORDED = ("material", "outcome", "justification", "community")


class RequestPapers:
    """Papers about the requests of the helpdesk; wikitext holds only what is public.

    ``public_url`` is where this service is reached: wiki pages link to its requests.
    """

    def __init__(self, requests: Requests, labels: Labels, public_url: str) -> None:
        self._requests = requests
        self._labels = labels
        self._public_url = public_url.rstrip("/")

    def csv(self, caller: Caller) -> str:
        """The requests that the caller may see, as a table; without contacts and comments."""
        return to_csv(self._requests.all(caller))

    def wikitext(self, state: str | None = None, language: str = "en") -> str:
        """The board, or the requests of one state (the agenda, for example), as wikitext.

        Only what was published stands in it: wiki pages are for everyone. The agenda has a section
        for each meeting.
        """
        if state is not None:
            state = one_of(state, rules.STATES)
        shown = [one for one in self._requests.public() if state in (None, one.state)]
        columns: dict[str, list[Request]] = {}
        if state == "agenda":
            shown.sort(key=lambda one: (one.meeting is None, one.meeting or one.made.date()))
            for one in shown:
                columns.setdefault(_meeting(one, language), []).append(one)
        else:
            for state in rules.STATES:
                columns[_state(state, language)] = [one for one in shown if one.state == state]
        labels = self._labels_of(shown, language)
        return board_wikitext(
            {
                heading: [self._entry(one, labels, language) for one in requests]
                for heading, requests in columns.items()
            }
        )

    def notes(self, quarter: str, language: str) -> str:
        """What became of requests in a quarter (``2026Q3``), as wikitext, from what is public.

        A request stands there in the state that it had at the end of the quarter.

        :raises UsageError: it is no quarter.
        """
        begin, end = (
            datetime.datetime.combine(one, datetime.time(), _UTC) for one in rules.quarter(quarter)
        )
        told = [
            (public, rules.state_at(whole, end))
            for whole, public in self._requests.published()
            if any(one.kind == "moved" and begin <= one.at < end for one in whole.events)
        ]
        labels = self._labels_of((one for one, _ in told), language)
        title = say(language, "requests-notes-title", f"{begin.year}Q{(begin.month + 2) // 3}")
        return notes_wikitext(
            title,
            [
                Entry(
                    one.title,
                    [*_country(one, labels), plain(_state(state, language))],
                    [plain(text) for text in (one.description, one.advice, one.result) if text],
                )
                for one, state in told
            ],
        )

    def statistics(self, caller: Caller) -> dict[str, Counter[str]]:
        """How many requests there are by state, country, kind of material, and year."""
        requests = self._requests.all(caller)
        return {
            "state": Counter(one.state for one in requests),
            "country": Counter(one.country or "" for one in requests),
            "kind": Counter(one.kind for one in requests),
            "year": Counter(str(one.made.year) for one in requests),
        }

    def _entry(self, one: Request, labels: Mapping[str, str], language: str) -> Entry:
        texts = [plain(text) for text in (one.description, one.advice, one.result) if text]
        facts = [
            (say(language, f"publish-request-{field}"), plain(text))
            for field in _WORDED
            if (text := getattr(one, field))
        ]
        if one.partner:
            named = item(one.partner, labels.get(one.partner, one.partner))
            facts.append((say(language, "publish-request-partner"), named))
        if one.links:
            facts.append(
                (say(language, "publish-request-links"), " ".join(map(address, one.links)))
            )
        said = [*_country(one, labels), day(language, one.made.date())]
        if one.priority:
            said.append(plain(say(language, f"request-priority-{one.priority}")))
        said.append(f"[{address(f'{self._public_url}/requests/{one.id}')} {one.id}]")
        return Entry(one.title, said, texts, facts)

    def _labels_of(self, requests: Iterable[Request], language: str) -> dict[str, str]:
        named = {id for one in requests for id in (one.country, one.partner) if id}
        return {id: label for id, (label, _) in self._labels.of(named, language).items()}


def _country(one: Request, labels: Mapping[str, str]) -> list[str]:
    return [item(one.country, labels.get(one.country, one.country))] if one.country else []


def _state(state: str, language: str) -> str:
    return say(language, f"request-state-{state}")


def _meeting(one: Request, language: str) -> str:
    if one.meeting is None:
        return _state("agenda", language)
    return say(language, "requests-meeting", one.meeting)
