"""Which items belong to partners, asked of a wiki: by SPARQL, or by search where there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias, get_args

from kgtool.entities import Profile
from kgtool.errors import RemoteError
from kgtool.messages.words import Words
from kgtool.sources.wikibase import Wikibase

_qid = re.compile(r"Q[1-9]\d{0,9}")


# In which roles items are looked for: with sub-collections, in all but *identified*.
MemberRole: TypeAlias = Literal["collection", "located", "owned", "archives", "identified"]
MEMBER_ROLES: tuple[MemberRole, ...] = get_args(MemberRole)


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

    def members(self, partners: Sequence[str], roles: Sequence[MemberRole] = ()) -> list[str]:
        """The partners, what is part of them, and what belongs to them in these roles; by number.

        Without ``roles``, in every role. At any rank and time, so that former items are among them.

        :raises RemoteError: an endpoint gave fewer items than it counts.
        """
        asked = roles or MEMBER_ROLES
        if not self._endpoints:
            return _sorted({*partners, *self._searched(partners, asked)})
        # A partner and its parts may be described by one endpoint, and their items by another.
        collections = set(partners)
        for address, endpoint in self._endpoints.items():
            collections |= self._asked(address, endpoint, self._tree(partners))
        wanted = [self._stated(property, collections) for property in self._properties(asked)]
        if "identified" in asked:
            wanted += [
                f"{{ ?item {self._claim(property)} ?statement . }}"
                for property in self._identifiers(partners)
            ]
        found = set(collections)
        for address, endpoint in self._endpoints.items() if wanted else ():
            found |= self._asked(address, endpoint, " UNION ".join(wanted))
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
                Words("error-no-endpoint", (self._profile.name,)),
                operator=Words("operator-profile-sparql", ('sparql = ["https://…"]',)),
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
                Words("error-counts-gave", (address, expected, len(found))),
                hint=Words("error-cut-short"),
            )
        return found

    def _ids(self, endpoint: Endpoint, query: str) -> set[str]:
        self._count()
        rows = endpoint.select(query).rows
        last = (row["item"].value.rpartition("/")[2] for row in rows if "item" in row)
        return {id for id in last if _qid.fullmatch(id)}

    def _tree(self, partners: Sequence[str]) -> str:
        """The partners and what is part of them, however deep, as ``?item``."""
        p = self._profile.properties
        ways = [self._direct(p.part_of)] if p.part_of else []
        ways += [f"^{self._direct(p.has_part)}"] if p.has_part else []
        if not ways:
            return f"VALUES ?item {{ {self._entities(partners)} }}"
        named = f"VALUES ?partner {{ {self._entities(partners)} }}"
        return f"{named} ?item ({'|'.join(ways)})* ?partner ."

    def _stated(self, property: str, collections: Iterable[str]) -> str:
        """Items of which a statement names one of the collections."""
        named = f"VALUES ?collection {{ {self._entities(sorted(collections))} }}"
        return f"{{ {named} ?item {self._claim(property)}/{self._said(property)} ?collection . }}"

    def _properties(self, roles: Sequence[MemberRole]) -> list[str]:
        """The properties by which items say that they belong, of these roles."""
        p = self._profile.properties
        known = {
            "collection": p.collection,
            "located": p.located,
            "owned": p.owned,
            "archives": p.archives,
        }
        return [known[role] for role in roles if known.get(role)]

    def _identifiers(self, partners: Sequence[str]) -> list[str]:
        """The partners' own identifier properties."""
        property = self._profile.properties.own_property
        if not property:
            return []
        query = (
            f"SELECT DISTINCT ?own WHERE {{ VALUES ?partner {{ {self._entities(partners)} }} "
            f"?partner {self._direct(property)} ?own . }}"
        )
        found: set[str] = set()
        for endpoint in self._endpoints.values():
            self._count()
            found |= {row["own"].value.rpartition("/")[2] for row in endpoint.select(query).rows}
        return sorted(id for id in found if re.fullmatch(r"P[1-9]\d*", id))

    def _searched(self, partners: Sequence[str], roles: Sequence[MemberRole]) -> set[str]:
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
            for property in self._properties(roles):
                found |= set(self._wiki.search(f"haswbstatement:{property}={parent}"))
        return found | collections

    def _entities(self, ids: Iterable[str]) -> str:
        return " ".join(self._entity(id) for id in ids)

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
