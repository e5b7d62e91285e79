"""Which entities an entity's JSON names in its statements; nothing is decoded."""

from __future__ import annotations

import re

# A text that looks like an id is none: inventory numbers such as "P001170" are common.
_mention = re.compile(rb'"(?:id|property)"\s*:\s*"([PQ][1-9]\d{0,9})"')


def mentions(line: bytes) -> set[bytes]:
    """Ids of the entity itself, of the properties of its statements and of the entities that are
    values in them."""
    return set(_mention.findall(line))
