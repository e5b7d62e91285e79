"""A worklist as a SPARQL query, to be opened in the query service."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from kgtool.coverage.expression import parse
from kgtool.coverage.selection import OfPartners
from kgtool.coverage.sparql import Sparql
from kgtool.entities import Profile
from kgtool.errors import UsageError
from kgtool.service.measuring import Measuring, selected


class WorklistQueries:
    """Writes the query that gives the same items on the wiki's own query service."""

    def __init__(self, measuring: Measuring, profile: Profile) -> None:
        self._measuring = measuring
        self._profile = profile

    def query(self, selection: str, missing: Sequence[str], having: Sequence[str]) -> str:
        """The query of a partner's worklist.

        :raises UsageError: the selection is no partner, or a measure is about a shape.
        """
        named = selected(selection)
        if not isinstance(named, OfPartners) or named.role != "collection":
            raise UsageError("Only the worklists of partners can be asked of a query service.")
        snapshot, opened = self._measuring.current()
        chosen = self._measuring.find(snapshot, opened, named)
        below = {f"Q{number}" for number in chosen.partners} | set(named.qids)
        writer = Sparql(self._profile)
        partners = frozenset(below)
        states = [writer.states(parse(text), "truthy", partners) for text in missing]
        parts = [f"!({state})" for one in states for state in one.values()]
        parts += [writer.holds(parse(text), "truthy", partners) for text in having]
        return writer.items(writer.members(below), " && ".join(f"({one})" for one in parts))

    def address(self, selection: str, missing: Sequence[str], having: Sequence[str]) -> str:
        """Where the query opens; empty where the wiki has no such page, or it cannot be asked."""
        if not self._profile.query_page:
            return ""
        try:
            query = self.query(selection, missing, having)
        except UsageError:
            return ""
        return f"{self._profile.query_page}{quote(query)}"
