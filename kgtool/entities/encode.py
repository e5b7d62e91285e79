"""Entities → entity JSON, in the form that a Wikibase reads and writes."""

from __future__ import annotations

from typing import Any

import msgspec

from kgtool.entities.model import Entity, Snak, Statement

_encoder = msgspec.json.Encoder()


def to_json(value: Entity | Statement | Snak) -> bytes:
    """One line of JSON without the line end. Reading it back gives an equal value."""
    return _encoder.encode(value)


def to_raw(value: Entity | Statement | Snak) -> dict[str, Any]:
    """The same as plain dictionaries and lists."""
    raw: dict[str, Any] = msgspec.to_builtins(value)
    return raw
