"""Which items belong to partners, asked of a wiki: by SPARQL, or by search where there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from kgtool.entities import Profile
from kgtool.errors import RemoteError
from kgtool.sources.wikibase import Wikibase

_qid = re.compile(r"Q[1-9]\d{0,9}")


class _Term(Protocol):
    @property
    def value(self) -> str: ...


class _Table(Protocol):
    @property
    def rows(self) -> Sequence[Mapping[str, _Term]]: ...


class Endpoint(Protocol):
    """A SPARQL endpoint (:class:`kgtool.sources.sparql.SparqlEndpoint`)."""

    def select(self, query: str) -> _Table:
        """The rows of an answer."""


class Membership:
    """Finds the items of partners and their sub-collections, in every role.

    ``endpoints`` are asked all: the query service of a wiki may be split into several graphs.
    """

    def __init__(
        self,
        profile: Profile,
        endpoints: Mapping[str, Endpoint],
        wiki: Wikibase,
        *,
        count: Callable[[], None] = lambda: None,
    ) -> None:
        self._profile = profile
        self._endpoints = endpoints
        self._wiki = wiki
        self._count = count

    def members(self, partners: Sequence[str]) -> list[str]:
        """The partners, what is part of them, and all that belongs to any of these; by number.

        In every role of membership and at any rank, so that former items are among them.

        :raises RemoteError: an endpoint gave fewer items than it counts.
        """
        if not self._endpoints:
            return _sorted({*partners, *self._searched(partners)})
        found = set(partners)
        identifiers = self._identifiers(partners)
        for address, endpoint in self._endpoints.items():
            found |= self._asked(address, endpoint, self._where(partners, identifiers))
        return _sorted(found)

    def on_focus_list(self, project: str) -> list[str]:
        """The items on the focus list of a project. Raises as :meth:`members` does."""
        property = self._profile.properties.focus_list
        if not self._endpoints:
            return self._wiki.search(f"haswbstatement:{property}={project}")
        where = f"?item {self._direct(property)} {self._entity(project)} ."
        found: set[str] = set()
        for address, endpoint in self._endpoints.items():
            found |= self._asked(address, endpoint, where)
        return _sorted(found)

    def of_query(self, query: str) -> list[str]:
        """The column ``?item`` of a SELECT query, from all endpoints.

        :raises RemoteError: there is no endpoint to ask.
        """
        if not self._endpoints:
            raise RemoteError(
                f"The wiki profile {self._profile.name} names no SPARQL endpoint.",
                hint='Add sparql = ["https://…"] to it.',
            )
        found: set[str] = set()
        for endpoint in self._endpoints.values():
            found |= self._ids(endpoint, query)
        return _sorted(found)

    def _asked(self, address: str, endpoint: Endpoint, where: str) -> set[str]:
        self._count()
        rows = endpoint.select(f"SELECT (COUNT(DISTINCT ?item) AS ?n) WHERE {{ {where} }}").rows
        expected = int(rows[0]["n"].value) if rows else 0
        if expected == 0:
            return set()
        found = self._ids(endpoint, f"SELECT DISTINCT ?item WHERE {{ {where} }}")
        if len(found) < expected:
            raise RemoteError(
                f"{address} counts {expected:,} items and gave {len(found):,}.",
                hint="It cut its answer short. Run the sync again.",
            )
        return found

    def _ids(self, endpoint: Endpoint, query: str) -> set[str]:
        self._count()
        rows = endpoint.select(query).rows
        last = (row["item"].value.rpartition("/")[2] for row in rows if "item" in row)
        return {id for id in last if _qid.fullmatch(id)}

    def _where(self, partners: Sequence[str], identifiers: Sequence[str]) -> str:
        p = self._profile.properties
        values = " ".join(self._entity(partner) for partner in partners)
        ways = [self._direct(p.part_of) if p.part_of else ""]
        ways.append(f"^{self._direct(p.has_part)}" if p.has_part else "")
        path = "|".join(way for way in ways if way)
        tree = f"?collection ({path})* ?partner ." if path else "BIND(?partner AS ?collection)"
        roles = [role for role in (p.collection, p.located, p.owned, p.archives) if role]
        parts = [f"{{ ?item {self._claim(r)}/{self._said(r)} ?collection . }}" for r in roles]
        named = f"VALUES ?partner {{ {values} }}"
        itself = tree.replace("?collection", "?item")
        found = f"{named} {tree} {' UNION '.join(parts)}"
        own = [f"{{ ?item {self._claim(property)} ?statement . }}" for property in identifiers]
        return " UNION ".join([f"{{ {named} {itself} }}", f"{{ {found} }}", *own])

    def _identifiers(self, partners: Sequence[str]) -> list[str]:
        """The partners' own identifier properties."""
        property = self._profile.properties.own_property
        if not property:
            return []
        values = " ".join(self._entity(partner) for partner in partners)
        query = (
            f"SELECT DISTINCT ?own WHERE {{ VALUES ?partner {{ {values} }} "
            f"?partner {self._direct(property)} ?own . }}"
        )
        found: set[str] = set()
        for endpoint in self._endpoints.values():
            self._count()
            found |= {row["own"].value.rpartition("/")[2] for row in endpoint.select(query).rows}
        return sorted(id for id in found if re.fullmatch(r"P[1-9]\d*", id))

    def _searched(self, partners: Sequence[str]) -> set[str]:
        """What search finds; sub-collections are looked for level by level."""
        p = self._profile.properties
        found: set[str] = set()
        collections, fresh = set(partners), list(partners)
        while fresh:
            parent = fresh.pop()
            if p.part_of:
                parts = set(self._wiki.search(f"haswbstatement:{p.part_of}={parent}"))
                fresh += sorted(parts - collections)
                collections |= parts
            for role in (p.collection, p.located, p.owned, p.archives):
                if role:
                    found |= set(self._wiki.search(f"haswbstatement:{role}={parent}"))
        return found | collections

    def _entity(self, id: str) -> str:
        return f"<{self._profile.entity_iri(id)}>"

    def _direct(self, property: str) -> str:
        return f"<{self._profile.prefixes['wdt']}{property}>"

    def _claim(self, property: str) -> str:
        return f"<{self._profile.prefixes['p']}{property}>"

    def _said(self, property: str) -> str:
        return f"<{self._profile.prefixes['ps']}{property}>"


def _sorted(ids: set[str]) -> list[str]:
    return sorted(ids, key=lambda id: int(id[1:]))
