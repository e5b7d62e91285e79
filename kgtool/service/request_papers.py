"""What the helpdesk hands out: tables, wikitext and figures of requests."""

from __future__ import annotations

from collections import Counter

from kgtool.messages import say
from kgtool.partners import request as rules
from kgtool.partners.partner import one_of
from kgtool.partners.request_table import to_csv
from kgtool.partners.wikitext import board_wikitext, notes_wikitext
from kgtool.service.callers import Caller
from kgtool.service.requests import Requests


class RequestPapers:
    """Papers about the requests of the helpdesk; wikitext holds only what is public."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

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
        public = self._requests.public()
        if state == "agenda":
            days = sorted({one.meeting for one in public if one.meeting is not None})
            columns = {day.isoformat(): [r for r in public if r.meeting == day] for day in days}
            columns = {
                day: [r for r in requests if r.state == "agenda"]
                for day, requests in columns.items()
            }
            columns[""] = [r for r in public if r.state == "agenda" and r.meeting is None]
            names = {day.isoformat(): say(language, "requests-meeting", day) for day in days}
            return board_wikitext(columns, names | {"": say(language, "request-state-agenda")})
        return board_wikitext(
            {
                column: [one for one in public if one.state == column]
                for column in rules.STATES
                if state in (None, column)
            },
            _states(language),
        )

    def notes(self, quarter: str, language: str) -> str:
        """What became of requests in a quarter (``2026Q3``), as wikitext, from what is public.

        :raises UsageError: it is no quarter.
        """
        begin, end = rules.quarter(quarter)
        title = say(language, "requests-notes-title", f"{begin.year}Q{(begin.month + 2) // 3}")
        return notes_wikitext(self._requests.public(), begin, end, title, _states(language))

    def statistics(self, caller: Caller) -> dict[str, Counter[str]]:
        """How many requests there are by state, country and kind of material."""
        requests = self._requests.all(caller)
        return {
            "state": Counter(one.state for one in requests),
            "country": Counter(one.country or "" for one in requests),
            "kind": Counter(one.kind for one in requests),
        }


def _states(language: str) -> dict[str, str]:
    return {state: say(language, f"request-state-{state}") for state in rules.STATES}
