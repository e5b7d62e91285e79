"""What the reconciliation service tells of itself and of single entities."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from kgtool.entities import Entity, Item, Profile
from kgtool.entities.language import fallback, label
from kgtool.errors import EmptyWorkspace
from kgtool.messages import say
from kgtool.reconcile.extend import Lookup, extend
from kgtool.reconcile.matcher import Reconciler
from kgtool.reconcile.protocol import ExtendRequest, Extension
from kgtool.views.names.record import NameRecord
from kgtool.views.snapshot import Snapshots

_NAMES = 12  # other names shown on a card
_IDENTIFIERS = 6


class About(Struct, frozen=True):
    """What is indexed."""

    title: str
    entities: int
    as_of: str
    complete: bool
    sources: list[str]


class Card(Struct, frozen=True):
    """What a preview shows: ``facts`` are labels with their values, ``names`` other names with
    their languages. ``known`` is false where the index does not hold the entity."""

    id: str
    known: bool
    name: str
    description: str = ""
    image: str = ""
    facts: list[tuple[str, list[str]]] = []
    names: list[tuple[str, str]] = []
    redirected_from: str = ""


class Cards:
    """Reads the name index, and the entities of the workspace where they were loaded.

    :param reconciler: gives the matcher over the index that is current.
    """

    def __init__(
        self, reconciler: Callable[[], Reconciler], snapshots: Snapshots, profile: Profile
    ) -> None:
        self._reconciler = reconciler
        self._snapshots = snapshots
        self._profile = profile

    def about(self) -> About:
        """What is indexed, as of when, and whether what is not here is nowhere."""
        index = self._reconciler().index
        origin = index.origin
        return About(
            title=origin.source or self._profile.title,
            entities=len(index),
            as_of=origin.date,
            complete=origin.complete,
            sources=[origin.source] if origin.source else [],
        )

    def card(self, id: str, language: str) -> Card:
        """What there is to say of one entity in a few lines."""
        reconciler = self._reconciler()
        record = reconciler.index.record(id)
        redirected = id if record is not None and record.id != id else ""
        if record is None:
            return Card(id, False, id)
        order = fallback(language)
        name = _first(record.labels, order) or id
        others = [
            (text, code)
            for text, (_, code) in record.names().items()
            if text != name and code != "mul"
        ]
        return Card(
            record.id,
            True,
            name,
            _first(record.descriptions, order),
            image=next(iter(record.ids.get(self._profile.properties.image, [])), ""),
            facts=self._facts(record, language),
            names=list(dict.fromkeys(others))[:_NAMES],
            redirected_from=redirected,
        )

    def extend(self, request: ExtendRequest, language: str) -> Extension:
        """Columns of values, from whole entities where they were loaded, else from the index."""
        reconciler = self._reconciler()
        index = reconciler.index
        items = self._items()
        known: dict[str, Entity | None] = {}

        def entity(id: str) -> Item | None:
            if id not in known:
                known[id] = items(index.redirects.target(id))
            found = known[id]
            return found if isinstance(found, Item) else None

        return extend(
            request,
            Lookup(
                entity=entity,
                record=reconciler.directory.full_record,
                name=self._name,
                poor=self._profile.poor_references,
            ),
            language,
        )

    def _facts(self, record: NameRecord, language: str) -> list[tuple[str, list[str]]]:
        roles = self._profile.properties
        facts: list[tuple[str, list[str]]] = []

        def add(key: str, values: list[str]) -> None:
            if values:
                facts.append((say(language, key), [self._name(v, language) for v in values[:5]]))

        add("recon-types", record.types)
        add("recon-country", record.country)
        add("recon-place", record.ids.get(roles.located_in, []))
        add("recon-begin", [str(year) for year in record.begin])
        add("recon-end", [str(year) for year in record.end])
        add("recon-website", record.ids.get(roles.official_website, []))
        identifiers = list(filter(self._reconciler().identifies, record.ids))
        for property in identifiers[:_IDENTIFIERS]:
            facts.append((self._name(property, language), record.ids[property][:3]))
        return facts

    def _name(self, id: str, language: str) -> str:
        record = self._reconciler().index.record(id)
        if record is not None:
            return _first(record.labels, fallback(language)) or id
        if id[:1] in "QP" and id[1:].isdecimal():
            found = self._items()(id)
            if found is not None:
                term = label(found, language)
                return term.value if term else id
        return id

    def _items(self) -> Callable[[str], Entity | None]:
        try:
            return self._snapshots.current().entities.get
        except EmptyWorkspace:  # an index of names alone
            return lambda id: None


def _first(texts: dict[str, str], order: tuple[str, ...]) -> str:
    return next((texts[code] for code in order if code in texts), next(iter(texts.values()), ""))
