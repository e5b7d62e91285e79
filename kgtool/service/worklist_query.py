"""A worklist as a SPARQL query, to be opened in the query service."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from kgtool.coverage.expression import parse
from kgtool.coverage.selection import OfFocusList, OfPartners
from kgtool.coverage.sparql import Sparql
from kgtool.coverage.worklist import page
from kgtool.entities import Profile
from kgtool.errors import TooLarge, UsageError
from kgtool.messages.words import Words
from kgtool.service.measuring import Measuring, selected

_LISTED = 300  # items in an address of some 7,000 characters, which servers and browsers still take


class WorklistQueries:
    """Writes the query that gives the same items on the wiki's own query service."""

    def __init__(self, measuring: Measuring, profile: Profile) -> None:
        self._measuring = measuring
        self._profile = profile

    def query(self, selection: str, missing: Sequence[str], having: Sequence[str]) -> str:
        """The query of a worklist.

        Partners and focus lists are asked for as such; of any other selection, its items are named.

        :raises UsageError: a partner is selected in another role, or a measure is about a shape.
        :raises TooLarge: there are too many items to name.
        """
        named = self._measuring.resolved(selected(selection))
        snapshot, opened = self._measuring.current()
        chosen = self._measuring.find(snapshot, opened, named)
        partners = frozenset(f"Q{number}" for number in chosen.partners)
        writer = Sparql(self._profile)
        match named:
            case OfPartners(qids=qids, role="collection"):
                partners |= set(qids)
                where = writer.members(partners)
            case OfPartners():
                raise UsageError(Words("error-query-collections"))
            case OfFocusList(qid=qid):
                where = writer.members([qid], "?list", self._profile.properties.focus_list)
            case _:
                found = page(opened.planes.cube, chosen.bits, 0, _LISTED)
                if found.more:
                    raise TooLarge(Words("error-query-listed", (_LISTED,)))
                where = writer.listed([f"Q{number}" for number in found.items.tolist()])
        states = [writer.states(parse(text), "truthy", partners) for text in missing]
        parts = [f"!({state})" for one in states for state in one.values()]
        parts += [writer.holds(parse(text), "truthy", partners) for text in having]
        return writer.items(where, " && ".join(f"({one})" for one in parts))

    def address(self, selection: str, missing: Sequence[str], having: Sequence[str]) -> str:
        """Where the query opens; empty where the wiki has no such page, or it cannot be asked."""
        if not self._profile.query_page:
            return ""
        try:
            query = self.query(selection, missing, having)
        except (TooLarge, UsageError):
            return ""
        return f"{self._profile.query_page}{quote(query)}"
