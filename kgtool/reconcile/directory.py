"""Looking things up in an index: by id, by exact name, by the begin of a name."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

import msgspec
import numpy as np

from kgtool.entities import Profile
from kgtool.reconcile.display import label
from kgtool.reconcile.nationalities import all_countries, country_codes, country_names
from kgtool.reconcile.paths import Path
from kgtool.reconcile.paths import values as path_values
from kgtool.views.names.index import Index
from kgtool.views.names.record import NameRecord
from kgtool.views.names.text import tokens

STARTING = 200  # words that the begin of a word may stand for, when suggesting


_IS_ID = re.compile(r"[QPL]\d+$").match
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


class Directory:
    """What the index knows of single entities, whichever segment they are in."""

    def __init__(self, index: Index, profile: Profile) -> None:
        self.index = index
        self._profile = profile
        self._addresses = tuple(
            _SCHEME.sub("", base) for base in (profile.entity_iri(""), profile.page_base)
        )
        self.ids_meant = lru_cache(maxsize=8192)(self._ids_meant)
        self.within = lru_cache(maxsize=65536)(self._within)
        self._label = lru_cache(maxsize=8192)(self._find_label)

    def id_in(self, text: str) -> str:
        """The id that a text is, by itself or as an address of the wiki; else nothing."""
        text = text.strip()
        scheme = _SCHEME.match(text)
        if scheme:
            address = text[scheme.end() :]
            base = next((one for one in self._addresses if address.startswith(one)), None)
            text = address.removeprefix(base) if base else ""
        return text if _IS_ID(text) else ""

    def is_property(self, n: int, entity: int) -> bool:
        """Whether an entity of segment *n* is a property: no answer unless its id is asked."""
        return bool(self.index.segments[n].record(entity).datatype)

    def names_starting(
        self, folded: str, count: int, *, properties: bool = False
    ) -> list[tuple[int, int]]:
        """Segment and number of entities with a name that begins so; the best known first.

        Words in front must be whole, the last one may be begun. *properties* are there if wanted.
        """
        *whole, begun = folded.split(" ") if folded else [""]
        if not begun:
            return []
        found: dict[tuple[int, int], int] = {}
        for n, segment in enumerate(self.index.segments):
            tokens = segment.tokens_starting(begun, STARTING)
            names = np.unique(segment.holders.gather(tokens)[0]) if len(tokens) else tokens
            for word in whole:
                token = segment.token(word)
                held = segment.holders[token] if token is not None else names[:0]
                names = names[np.isin(names, held)]
            names = names[
                np.argsort(
                    -segment.weight[segment.name_entity[names]].astype(np.int32), kind="stable"
                )
            ]
            for name in names[: 20 * count].tolist():
                entity = int(segment.name_entity[name])
                if entity in self.index.dead[n] or (n, entity) in found:
                    continue
                if not properties and self.is_property(n, entity):
                    continue
                first = segment.name_fold[name].startswith(folded)
                found[n, entity] = int(segment.weight[entity]) + (1000 if first else 0)
        return sorted(found, key=lambda place: (-found[place], place))[:count]

    def label(self, id: str, language: str = "") -> str:
        """The label of an entity of the index, or its id."""
        return self._label(id, language)

    def _find_label(self, id: str, language: str) -> str:
        record = self.index.record(id)
        return label(record, language)[0] if record else id

    def full_record(self, id: str) -> NameRecord | None:
        """The record of an id; types and classes stand among the other values, too."""
        record = self.index.record(id)
        return self._full(record) if record else None

    def _full(self, record: NameRecord) -> NameRecord:
        roles = self._profile.properties
        values = dict(record.ids)
        for property, own in (
            (roles.instance_of, record.types),
            (roles.subclass_of, record.parents),
            (roles.country, record.country),
        ):
            if property and own:
                values.setdefault(property, own)
        return msgspec.structs.replace(record, ids=values)

    def path_values(self, n: int, entity: int, path: Path) -> list[str]:
        return path_values(
            path, self._full(self.index.segments[n].record(entity)), self.full_record
        )

    def _within(self, place: str, around: str) -> bool:
        """Whether *place* is *around* or lies in it (located in, country; ten steps at most)."""
        roles = self._profile.properties
        seen: set[str] = set()
        here = {place}
        for _ in range(10):
            if around in here:
                return True
            seen |= here
            records = [record for id in here if (record := self.index.record(id))]
            here = {
                value
                for record in records
                for role in (roles.located_in, roles.country)
                for value in record.ids.get(role, ())
            } - seen
        return around in here

    def _ids_meant(self, text: str) -> tuple[str, ...]:
        """Every id of the entity with this id; or ids of the entities that have exactly this
        name, folded, the best known first, and of countries that it is a word for."""
        if id := self.id_in(text):
            return self.index.redirects.same(id)
        found = dict.fromkeys(self._ids_named(text))
        for code in country_codes(text):
            found.update(dict.fromkeys(self._country(code)))
        return tuple(found)

    def _country(self, code: str) -> tuple[str, ...]:
        """The code, for an index of names may hold codes, and the ids of what has its names."""
        named = (id for name in country_names(code) for id in self._ids_named(name))
        return (code, *dict.fromkeys(named))

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """What the index has for the countries of today: codes and ids."""
        found = (one for code in all_countries() for one in self._country(code))
        return tuple(dict.fromkeys(found))

    def _ids_named(self, text: str) -> tuple[str, ...]:
        places = self.named(text)
        return tuple(self.index.segments[n].record(entity).id for n, entity in places)

    def named(self, text: str, count: int = 20) -> list[tuple[int, int]]:
        """Segment and number of entities that have exactly this name, folded; the best known
        first."""
        words = tokens(text)
        if not words:
            return []
        folded = " ".join(words).encode()
        found: dict[tuple[int, int], tuple[int, str]] = {}
        for n, segment in enumerate(self.index.segments):
            known = [segment.token(word) for word in words]
            if any(token is None for token in known):
                continue
            rarest = min((segment.holders[token] for token in known if token is not None), key=len)
            for name in rarest.tolist():
                entity = int(segment.name_entity[name])
                if segment.name_fold.raw(name) == folded and entity not in self.index.dead[n]:
                    weight = -int(segment.weight[entity])
                    found[n, entity] = weight, segment.record(entity).id
        return sorted(found, key=found.__getitem__)[:count]
