"""Partial typed decode for bulk: what views need of an entity, and nothing else.

Hashes, GUIDs, data types and orders are skipped over, which makes reading about a third faster than
:func:`kgtool.entities.parse_entity`. Lines in old forms fall back to that function.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import msgspec
from msgspec import Struct

from kgtool.entities.decode import OtherKind, parse_entity
from kgtool.entities.encode import to_json
from kgtool.entities.model import DataValue, Rank, SnakType


class BulkSnak(Struct):
    """A snak of a property that the caller knows from its key."""

    snaktype: SnakType
    datavalue: DataValue | None = None


class BulkReference(Struct):
    """A reference."""

    snaks: dict[str, list[BulkSnak]]


class BulkStatement(Struct):
    """A statement."""

    mainsnak: BulkSnak
    rank: Rank = "normal"
    qualifiers: dict[str, list[BulkSnak]] = {}
    references: list[BulkReference] = []


class BulkText(Struct):
    """A term of a language that the caller knows from its key."""

    value: str


class BulkSitelink(Struct):
    """A sitelink of a site that the caller knows from its key."""

    title: str


class BulkItem(Struct, tag_field="type", tag="item"):
    """An item, without what only editing needs."""

    id: str
    labels: dict[str, BulkText] = {}
    descriptions: dict[str, BulkText] = {}
    aliases: dict[str, list[BulkText]] = {}
    claims: dict[str, list[BulkStatement]] = {}
    sitelinks: dict[str, BulkSitelink] = {}
    lastrevid: int | None = None
    modified: str | None = None


class BulkProperty(Struct, tag_field="type", tag="property"):
    """A property, of which views keep only the entity itself and what it counts."""

    id: str
    labels: dict[str, msgspec.Raw] = {}
    claims: dict[str, list[msgspec.Raw]] = {}


BulkEntity: TypeAlias = BulkItem | BulkProperty

_bulk = msgspec.json.Decoder(BulkItem | BulkProperty)


class Redirect(NamedTuple):
    """An entity that is only a pointer to another one."""

    id: str
    target: str


_redirect = msgspec.json.Decoder(dict[str, object])


def parse_bulk(line: bytes) -> BulkEntity | OtherKind | Redirect:
    """Decode one entity from JSON, leaving out what views do not keep.

    :raises InputError: it is not JSON, or not an entity.
    """
    try:
        entity: BulkEntity = _bulk.decode(line)
        return entity
    except (msgspec.DecodeError, RecursionError):
        pass
    mended = in_todays_form(line)
    if not isinstance(mended, bytes):
        return mended
    entity = _bulk.decode(mended)
    return entity


def bare(line: bytes) -> bytes:
    """A line without white space, the brackets of the array form and the comma at its end."""
    line = line.strip()
    if line[-1:] == b",":
        line = line[:-1].rstrip()
    if line[:1] == b"[":
        line = line[1:].lstrip()
        if line[-1:] == b"]":
            line = line[:-1].rstrip()
    return b"" if line == b"]" else line


def in_todays_form(line: bytes) -> bytes | OtherKind | Redirect:
    """The JSON of an entity as wikis write it now; of a redirect or another kind, what it is.

    :raises InputError: it is not JSON, or not an entity.
    """
    redirect = _as_redirect(line)
    if redirect is not None:
        return redirect
    whole = parse_entity(line)
    return whole if isinstance(whole, OtherKind) else to_json(whole)


def _as_redirect(line: bytes) -> Redirect | None:
    # As in Special:EntityData of a merged item: {"entity": "Q1", "redirect": "Q2"}
    if b'"redirect"' not in line:
        return None
    try:
        raw = _redirect.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return None
    match raw:
        case {"entity": str(id), "redirect": str(target)}:
            return Redirect(id, target)
    return None
