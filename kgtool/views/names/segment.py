"""One immutable part of a name index: arrays over entities, their names and the words of these."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from kgtool.views.names.arrays import Array, ArrayReader, Entry, Postings, Texts
from kgtool.views.names.keys import acronym_code, joined_key, key
from kgtool.views.names.record import NameRecord

NO_YEAR = np.int16(-32768)
COUNTRY = "country"  # stands for the property, in facts of NameRecord.country
IDF_SCALE = 32.0  # weights of words are whole numbers: sums do not depend on their order


class _Values(msgspec.Struct):
    """Of a record, only what it has for properties: the rest is passed over."""

    ids: dict[str, list[str]] = {}
    country: list[str] = []


_decoder = msgspec.json.Decoder(NameRecord)
_values = msgspec.json.Decoder(_Values)


class Meta(msgspec.Struct, frozen=True):
    """What ``segment.json`` holds: counts, names by number, and where the arrays lie.

    ``names`` counts empty ones, too, of which there are ``empty``.
    ``identifying`` are the properties whose values nearly all belong to one entity each.
    """

    entities: int
    names: int
    empty: int
    tokens: int
    languages: list[str]
    properties: list[str]
    identifying: list[str]
    arrays: dict[str, Entry]


class Segment:
    """Opened in milliseconds: everything is mapped, nothing is read until it is asked for.

    Entities, names and words (*tokens*) are numbered from 0 within a segment. The arrays:

    - entities: ``begin``, ``end`` (int16 pairs lowest/highest year), ``weight`` (how well known,
      0–255), ``records`` (JSON), ``id_key``/``id_of`` (sorted keys of ids → entity), ``types`` and
      ``type_names``, ``fact_key``/``fact_of`` (sorted keys of ``property=value`` → entity),
      ``owners`` (property → entities) and ``property_names``;
    - names: ``name_entity``, ``name_rank`` (place of its kind in ``KINDS``), ``name_text``,
      ``name_fold``, ``words`` (name → tokens), ``name_mass`` (sum of the weights of its tokens);
    - tokens: ``token_text``, ``token_sound``, ``token_key``/``token_of``, ``token_mass``
      (weight by rarity), ``holders`` (token → names), ``grams`` (gram → tokens), ``gram_count``,
      ``initials`` (acronym key → names), ``bones`` (key of consonants → tokens).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.meta = msgspec.json.decode((folder / "segment.json").read_bytes(), type=Meta)
        self._arrays = ArrayReader(folder / "arrays.bin", self.meta.arrays)
        self._records = Texts.open(self._arrays, "records")

    def __len__(self) -> int:
        return self.meta.entities

    @property
    def names(self) -> int:
        """How many names there are."""
        return self.meta.names

    @property
    def tokens(self) -> int:
        """How many different words the names have."""
        return self.meta.tokens

    def __getattr__(self, name: str) -> Any:
        # Arrays are opened when first used and kept as plain attributes.
        kind = _KINDS.get(name)
        if kind is None:
            raise AttributeError(name)
        value = kind(self._arrays, name)
        setattr(self, name, value)
        return value

    def record(self, entity: int) -> NameRecord:
        """All that is known of an entity."""
        return _decoder.decode(self._records.raw(entity))

    def values(self, entity: int, properties: Sequence[str]) -> list[str]:
        """What an entity has for properties, or for :data:`COUNTRY`."""
        found = _values.decode(self._records.raw(entity))
        return [
            value
            for property in properties
            for value in (found.country if property == COUNTRY else found.ids.get(property, ()))
        ]

    def find(self, id: str) -> int | None:
        """The number of the entity with that id."""
        found = _lookup(self.id_key, self.id_of, key(id))
        return int(found[0]) if len(found) else None

    def with_fact(self, property: str, value: str) -> Array:
        """Entities that have that value (as :func:`normal_value` has it) for that property."""
        wanted = joined_key(key(property), key(normal_value(value)))
        return _lookup(self.fact_key, self.fact_of, wanted)

    def with_initials(self, acronym: str) -> Array:
        """Names whose words begin with these two to ten folded letters."""
        return _lookup(self.initials_key, self.initials_of, acronym_code(acronym))

    def with_bones(self, bare: str) -> Array:
        """Words with these consonants (:func:`kgtool.views.names.bones.bones`)."""
        return _lookup(self.bones_key, self.bones_of, key(bare))

    @cached_property
    def property_rows(self) -> dict[str, int]:
        """Property → row of ``owners``."""
        return {name: i for i, name in enumerate(self.meta.properties)}

    @property
    def parents(self) -> dict[str, list[str]]:
        """Class → classes above it, of the entities of this segment."""
        path = self.folder / "parents.json"
        return msgspec.json.decode(path.read_bytes(), type=dict[str, list[str]])

    @property
    def languages(self) -> list[str]:
        """Language codes by the number in ``name_language``."""
        return self.meta.languages

    @cached_property
    def type_rows(self) -> dict[str, int]:
        """Type → row of ``instances``."""
        return {self.type_names[i]: i for i in range(len(self.type_names))}

    def tokens_starting(self, begin: str, count: int) -> Array:
        """Words that begin so, in alphabetical order, *count* at most."""
        low, high = 0, self.tokens
        order = self.token_order
        while low < high:
            middle = (low + high) // 2
            if self.token_text[int(order[middle])] < begin:
                low = middle + 1
            else:
                high = middle
        last = low
        while last < min(self.tokens, low + count) and self.token_text[int(order[last])].startswith(
            begin
        ):
            last += 1
        found: Array = order[low:last].astype(np.int64)
        return found

    def token(self, word: str) -> int | None:
        """The number of a word."""
        found = _lookup(self.token_key, self.token_of, key(word))
        return int(found[0]) if len(found) else None


_KINDS: dict[str, Any] = {
    **dict.fromkeys(
        [
            "begin", "end", "weight", "id_key", "id_of", "fact_key", "fact_of", "name_entity",
            "name_rank", "name_mass", "token_key", "token_of", "token_mass", "gram_count",
            "initials_key", "initials_of", "bones_key", "bones_of", "token_initial",
            "token_single", "token_order", "typed",
            "name_language",
        ],
        ArrayReader.__getitem__,
    ),
    **dict.fromkeys(["name_text", "name_fold", "token_text", "token_sound", "type_names"],
        Texts.open,
   ),
    **dict.fromkeys(["words", "holders", "grams", "instances", "owners"], Postings.open),
}  # fmt: skip


def _lookup(keys: Array, values: Array, wanted: int) -> Array:
    first = int(np.searchsorted(keys, np.uint64(wanted), "left"))
    last = first
    while last < len(keys) and keys[last] == wanted:
        last += 1
    return values[first:last]


@lru_cache(maxsize=65536)
def normal_value(value: str) -> str:
    """A value as it is compared: no case, no blanks, of a web address only the host."""
    value = "".join(value.split()).casefold()
    if value.startswith(("http://", "https://")):
        value = value.split("//", 1)[1].split("/", 1)[0].removeprefix("www.")
    return value
