"""Selections: from what a person names to the items it means in one generation."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import duckdb
import msgspec
import numpy as np

from kgtool import files
from kgtool.coverage.planes import Partners
from kgtool.coverage.selection import (
    OfFocusList,
    OfItems,
    OfPagePile,
    OfPartners,
    OfQuery,
    Role,
    Saved,
    Selection,
    checked_ids,
)
from kgtool.entities.profile import Profile
from kgtool.entities.solutions import Table
from kgtool.errors import NotFound, NotInWorkspace, UsageError
from kgtool.messages.words import Words
from kgtool.views import membership
from kgtool.views.cube import Bits, Cube
from kgtool.views.snapshot import Snapshot

_PREFIX = re.compile(r"\bPREFIX\s+([\w-]*):", re.IGNORECASE)
_REMEMBERED = 32  # answers of queries and piles


class SavedSelections(Protocol):
    """Where selections are kept under names."""

    def get(self, name: str) -> HasDefinition:
        """The selection of that name; raises NotFound."""


class HasDefinition(Protocol):
    """A selection as it was saved."""

    @property
    def definition(self) -> dict[str, object]:
        """The selection as JSON (:mod:`kgtool.coverage.selection`)."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The items of a selection: a plane; ``partners`` is what ``@partner`` stands for in it."""

    name: str
    bits: Bits
    partners: Partners = frozenset()
    node: int | None = None  # the number in Cube.nodes where it is exactly that


class Selections:
    """Finds the items of selections; safe to share between threads."""

    def __init__(
        self,
        profile: Profile,
        saved: Callable[[], SavedSelections],
        select: Callable[[str], Table],
        pagepile: Callable[[int], Iterable[str]],
    ) -> None:
        self._profile = profile
        self._saved = saved
        self._select = select
        self._pagepile = pagepile
        self._guard = threading.Lock()
        self._answers: OrderedDict[tuple[int, Selection], Chosen] = OrderedDict()

    def find(self, snapshot: Snapshot, cube: Cube, selection: Selection) -> Chosen:
        """The items of a selection that are in this generation.

        :raises NotInWorkspace: a partner or an item is not here; names the sync to run.
        :raises NotFound: no selection is saved under that name, or there is no such query.
        """
        match selection:
            case OfPartners(qids=qids, role=role):
                return self._of_partners(snapshot, cube, qids, role)
            case OfItems(qids=qids, name=name):
                return _of_items(cube, qids, name)
            case OfQuery() | OfPagePile():
                return self._asked(snapshot.generation.number, cube, selection)
            case OfFocusList(qid=qid):
                found = membership.members(
                    snapshot.tables(),
                    self._profile,
                    self._profile.properties.focus_list,
                    np.array([membership.number(qid)], dtype=np.uint32),
                )
                if not len(found) and qid not in snapshot.entities:
                    raise NotInWorkspace([qid])
                return Chosen(str(selection), cube.pack(found))
            case Saved(name=name):
                found_inner = self.find(snapshot, cube, self.resolved(selection))
                return Chosen(name, found_inner.bits, found_inner.partners, found_inner.node)

    def _asked(self, generation: int, cube: Cube, selection: OfQuery | OfPagePile) -> Chosen:
        """What is asked elsewhere, and so only once a generation: a pile never changes."""
        key = generation, selection
        with self._guard:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        match selection:
            case OfQuery(query=query):
                found = _of_items(cube, self._items_of_query(query), selection)
            case OfPagePile(number=number):
                found = _of_items(cube, checked_ids(list(self._pagepile(number))), selection)
        with self._guard:
            self._answers[key] = found
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return found

    def resolved(self, selection: Selection) -> Selection:
        """What a saved selection stands for; any other one is what it is.

        :raises NotFound: no selection is saved under that name.
        """
        if not isinstance(selection, Saved):
            return selection
        name = selection.name
        try:
            inner: Selection = msgspec.convert(self._saved().get(name).definition, Selection)
        except msgspec.ValidationError as error:
            raise UsageError(Words("error-selection-broken", (name, str(error)))) from None
        if isinstance(inner, Saved):
            raise UsageError(Words("error-selection-another", (name,)))
        return inner

    def _items_of_query(self, query: str) -> tuple[str, ...]:
        """The column ``?item`` of a query given by its name or as text."""
        text = self._with_prefixes(query) if "{" in query else files.query(query)
        table = self._select(text)
        if "item" not in table.variables:
            raise UsageError(
                Words("error-query-item"),
                hint=Words("error-query-item-form", ("SELECT ?item WHERE { … }",)),
            )
        base = self._profile.entity_iri("")
        terms = (row["item"] for row in table.rows if "item" in row)
        return checked_ids([term.value.removeprefix(base) for term in terms])

    def _with_prefixes(self, query: str) -> str:
        """The query with the wiki's usual prefixes, which query services know without being told.

        Before its first line, so that errors name the lines that people wrote.
        """
        declared = {name.lower() for name in _PREFIX.findall(query)}
        missing = (
            f"PREFIX {name}: <{iri}> "
            for name, iri in self._profile.prefixes.items()
            if name.lower() not in declared and f"{name}:" in query
        )
        return "".join(missing) + query

    def _of_partners(
        self, snapshot: Snapshot, cube: Cube, qids: tuple[str, ...], role: Role
    ) -> Chosen:
        numbers = [membership.number(qid) for qid in qids]
        below = [cube.below(one) for one in numbers]
        parts = [
            self._in_role(snapshot.tables, cube, qid, one, own, role)
            for qid, one, own in zip(qids, numbers, below, strict=True)
        ]
        unknown = [
            qid
            for qid, part in zip(qids, parts, strict=True)
            if not part.any() and not self._known(snapshot, cube, qid)
        ]
        if unknown:
            raise NotInWorkspace(unknown)
        whole = cube.nodes.find(numbers[0]) if role == "collection" and len(qids) == 1 else None
        partners = frozenset(int(one) for own in below for one in own)
        return Chosen(" ".join(qids), np.bitwise_or.reduce(parts), partners, whole)

    def _known(self, snapshot: Snapshot, cube: Cube, qid: str) -> bool:
        return membership.number(qid) in cube.known or qid in snapshot.entities

    def _in_role(
        self,
        tables: Callable[[], duckdb.DuckDBPyConnection],
        cube: Cube,
        qid: str,
        partner: int,
        below: membership.Numbers,
        role: Role,
    ) -> Bits:
        roles = self._profile.properties
        alone = np.array([partner], dtype=np.uint32)
        match role:
            case "collection":
                return cube.of_segments(cube.nodes.chosen([partner]))
            case "former":
                over = membership.members(
                    tables(), self._profile, roles.collection, below, over=True
                )
                return cube.pack(over) & ~cube.of_segments(cube.nodes.chosen([partner]))
            case "identified":
                return cube.pack(
                    membership.identified(tables(), self._identifier(tables(), qid, partner))
                )
            case "located" | "owned" | "archives":
                property = {
                    "located": roles.located,
                    "owned": roles.owned,
                    "archives": roles.archives,
                }[role]
                return cube.pack(membership.members(tables(), self._profile, property, alone))

    def _identifier(self, tables: duckdb.DuckDBPyConnection, qid: str, partner: int) -> str:
        property = membership.own_property(tables, self._profile, partner)
        if not property:
            raise NotFound(
                Words("error-no-identifier", (qid,)),
                hint=Words("error-state-identifier", (self._profile.properties.own_property,)),
            )
        return property


def _of_items(cube: Cube, qids: tuple[str, ...], name: object) -> Chosen:
    items = np.fromiter((int(qid[1:]) for qid in qids), np.uint32, len(qids))
    bits = cube.pack(items)
    if int(np.bitwise_count(bits).sum()) < len(items):
        here = set(cube.items[np.isin(cube.items, items)].tolist())
        raise NotInWorkspace([f"Q{item}" for item in items.tolist() if item not in here])
    return Chosen(str(name), bits)
