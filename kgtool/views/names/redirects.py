"""Ids of entities that were merged into others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from kgtool.views.names.record import NameRecord


class Redirects:
    """Where merged ids lead, through further redirects; never in a circle."""

    def __init__(self, leads: Mapping[str, str]) -> None:
        self.leads: dict[str, str] = {}
        for id, now in leads.items():
            seen = {id}
            while now in leads and now not in seen:
                seen.add(now)
                now = leads[now]
            if now != id:
                self.leads[id] = now

    def target(self, id: str) -> str:
        """The id of the entity that *id* was merged into, else itself."""
        return self.leads.get(id, id)

    def same(self, id: str) -> tuple[str, ...]:
        """Every id of the entity that *id* leads to, the one it has now first."""
        now = self.target(id)
        return (now, *self._merged.get(now, ()))

    @cached_property
    def _merged(self) -> dict[str, list[str]]:
        merged: dict[str, list[str]] = {}
        for id, now in self.leads.items():
            merged.setdefault(now, []).append(id)
        return merged


def followed(records: Iterable[NameRecord], leads: dict[str, str]) -> Iterator[NameRecord]:
    """Records as they count: redirects come last, as more names of their targets.

    Notes in *leads* where each leads.
    """
    waiting: list[NameRecord] = []
    for record in records:
        if record.same_as:
            leads[record.id] = record.same_as
            waiting.append(record)
        else:
            yield record
    redirects = Redirects(leads)
    for record in waiting:
        aliases = {language: [label] for language, label in record.labels.items()}
        for language, names in record.aliases.items():
            aliases.setdefault(language, []).extend(names)
        if aliases:
            yield NameRecord(redirects.target(record.id), aliases=aliases)
