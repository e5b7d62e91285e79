"""Entities as people paste, post and keep them in files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from kgtool.entities import Entity, OtherKind, entity_from, parse_entity
from kgtool.errors import InputError, KgtoolError


def read_entities(data: bytes) -> list[Entity]:
    """Entities as people paste and post them: one, a list, ``wbgetentities``, or JSON lines.

    :raises InputError: it is none of these; says where.
    """
    try:
        raw: Any = msgspec.json.decode(data)
    except RecursionError:
        raise InputError("This JSON is nested too deeply.") from None
    except msgspec.DecodeError:
        return list(read_lines(data.splitlines()))
    if isinstance(raw, dict) and isinstance(raw.get("entities"), dict | list):
        inner = raw["entities"]
        raw = list(inner.values()) if isinstance(inner, dict) else inner
    listed = raw if isinstance(raw, list) else [raw]
    found = []
    for number, one in enumerate(listed, start=1):
        if not isinstance(one, dict):
            raise InputError(f"Entity {number} is not a JSON object.")
        entity = entity_from({"type": "item", **one})
        if isinstance(entity, OtherKind):
            raise InputError(f"Entity {number} is one of {entity.kind}, which have no shapes.")
        found.append(entity)
    return found


def read_lines(lines: Iterable[bytes]) -> Iterator[Entity]:
    """Entities from JSON lines; those that have no shapes are passed over.

    :raises InputError: a line is not an entity; says which.
    """
    for number, line in enumerate(lines, start=1):
        text = line.strip().rstrip(b",")
        if not text or text in (b"[", b"]"):
            continue
        try:
            entity = parse_entity(text)
        except KgtoolError as error:
            raise InputError(
                f"Line {number}: {error.message}", hint=error.hint, operator=error.operator
            ) from None
        if not isinstance(entity, OtherKind):
            yield entity
