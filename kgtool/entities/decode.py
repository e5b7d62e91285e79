"""Entity JSON → entities. Understands today's form and the old ones still found in real dumps.

The common form is decoded in one typed pass. Only what that pass refuses is mended first: empty
maps that PHP wrote as ``[]``, item values without ``id``, numbers where texts belong.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from kgtool.entities.model import Entity, Item, Property
from kgtool.errors import InputError

_entity = msgspec.json.Decoder(Item | Property)
_any = msgspec.json.Decoder()

_MAPS = {"labels", "descriptions", "aliases", "claims", "sitelinks", "qualifiers", "snaks"}
_PREFIX = {"item": "Q", "property": "P", "lexeme": "L", "mediainfo": "M"}
_OTHER_KINDS = {"lexeme": "lexemes", "mediainfo": "mediainfo"}


class OtherKind(NamedTuple):
    """An entity of a kind that kgtool passes over; ``kind`` is the plural for reports."""

    kind: str
    id: str


def parse_entity(data: bytes | str) -> Entity | OtherKind:
    """Decode one entity from JSON, as in a dump or as ``wbgetentities`` gives it.

    :raises InputError: it is not JSON, or not an entity; says where.
    """
    try:
        entity: Entity = _entity.decode(data)
        return entity
    except (msgspec.DecodeError, RecursionError):
        return _mended(data)
    except UnicodeDecodeError as error:
        raise InputError(f"This is not UTF-8: {error}.") from None


def entity_from(raw: dict[str, Any]) -> Entity | OtherKind:
    """The same from JSON that is already decoded.

    :raises InputError: it is not an entity; says where.
    """
    if raw.get("type") in _OTHER_KINDS:
        return OtherKind(_OTHER_KINDS[raw["type"]], str(raw.get("id", "")))
    try:
        return msgspec.convert(_mend(raw), Item | Property)
    except msgspec.ValidationError as error:
        where = raw.get("id") if isinstance(raw.get("id"), str) else "An entity"
        raise InputError(f"{where} is not in the form of a Wikibase entity: {error}.") from None


def _mended(data: bytes | str) -> Entity | OtherKind:
    try:
        raw = _any.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"This is not JSON: {error}.") from None
    except RecursionError:
        raise InputError("This JSON is nested too deeply.") from None
    if not isinstance(raw, dict):
        raise InputError("An entity is a JSON object; this is something else.")
    return entity_from(raw)


def _mend(raw: Any) -> Any:
    if isinstance(raw, list):
        return [_mend(member) for member in raw]
    if not isinstance(raw, dict):
        return raw
    mended: dict[str, Any] = {}
    for key, value in raw.items():
        if value == [] and key in _MAPS:
            mended[key] = {}
        elif key in ("amount", "upperBound", "lowerBound") and isinstance(value, int | float):
            mended[key] = f"{value:+}"
        elif key in ("lastrevid", "pageid") and isinstance(value, str) and value.isdecimal():
            mended[key] = int(value)
        else:
            mended[key] = _mend(value)
    if "numeric-id" in mended and "id" not in mended:
        kind = mended.setdefault("entity-type", "item")
        mended["id"] = f"{_PREFIX.get(kind, 'Q')}{mended['numeric-id']}"
    return mended
