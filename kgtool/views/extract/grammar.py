"""What stands where in the JSON of an entity, as tables that compiled code walks by.

A *context* is an object or a list; a *role* says what may stand at a place and what is done with
it. What is not named here is checked to be JSON and passed over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# What may stand at a place.
STRING, OBJECT, LIST, NUMBER, NULL, TRUTH, EMPTY_LIST = (1 << n for n in range(7))

# What is done with a string or a number.
NOTHING, PART, INTEGER, ENTITY_ID, REVISION, MODIFIED, TERM_TEXT, LINK_TITLE = range(8)
# … with one that is one of a few words.
ENTITY_TYPE, STATEMENT_TYPE, RANK, SNAKTYPE, VALUE_TYPE = range(8, 13)
FIRST_CHOICE = ENTITY_TYPE

# What is done with the key of a map.
PASS, FIELD, LANGUAGE, SITE, PROPERTY = range(5)


@dataclass(frozen=True, slots=True)
class Role:
    """What may stand at a place, which context begins there, and what is done with a scalar."""

    may: int
    object: str = ""
    list: str = ""
    action: int = NOTHING


TEXT = Role(STRING)
TEXT_OR_NULL = Role(STRING | NULL)
WHOLE = Role(NUMBER, action=INTEGER)
WHOLE_OR_NULL = Role(NUMBER | NULL, action=INTEGER)
TEXTS = Role(LIST, list="texts")
ANYTHING = Role(
    STRING | OBJECT | LIST | NUMBER | NULL | TRUTH, object="any object", list="any list"
)


def _map(context: str) -> Role:
    # PHP writes an empty map as an empty list.
    return Role(OBJECT | EMPTY_LIST, object=context)


def _part(may: int) -> Role:
    return Role(may, action=PART)


# Objects with known fields; those that must be there end in "!".
STRUCTS: dict[str, dict[str, Role]] = {
    "entity": {
        "type!": Role(STRING, action=ENTITY_TYPE),
        "datatype": TEXT,
        "id!": Role(STRING, action=ENTITY_ID),
        "labels": _map("labels"),
        "descriptions": _map("descriptions"),
        "aliases": _map("aliases"),
        "claims": _map("claims"),
        "sitelinks": _map("sitelinks"),
        "pageid": WHOLE_OR_NULL,
        "ns": WHOLE_OR_NULL,
        "title": TEXT_OR_NULL,
        "lastrevid": Role(NUMBER | NULL, action=REVISION),
        "modified": Role(STRING | NULL, action=MODIFIED),
    },
    "term": {"language!": TEXT, "value!": Role(STRING, action=TERM_TEXT)},
    "sitelink": {
        "site!": TEXT,
        "title!": Role(STRING, action=LINK_TITLE),
        "badges": TEXTS,
        "url": TEXT_OR_NULL,
    },
    "statement": {
        "mainsnak!": Role(OBJECT, object="main snak"),
        "type": Role(STRING, action=STATEMENT_TYPE),
        "qualifiers": _map("qualifiers"),
        "qualifiers-order": TEXTS,
        "id": TEXT_OR_NULL,
        "rank": Role(STRING, action=RANK),
        "references": Role(LIST, list="references"),
    },
    "reference": {"hash": TEXT_OR_NULL, "snaks!": _map("snaks"), "snaks-order": TEXTS},
    "snak": {
        "snaktype!": Role(STRING, action=SNAKTYPE),
        "property!": TEXT,
        "hash": TEXT_OR_NULL,
        "datavalue": Role(OBJECT | NULL, object="datavalue"),
        "datatype": TEXT_OR_NULL,
    },
    "datavalue": {
        "value!": Role(STRING | OBJECT, object="parts", action=PART),
        "type!": Role(STRING, action=VALUE_TYPE),
    },
    "parts": {
        "entity-type": _part(STRING),
        "numeric-id": WHOLE_OR_NULL,
        "id": _part(STRING),
        "time": _part(STRING),
        "timezone": WHOLE,
        "before": WHOLE,
        "after": WHOLE,
        "precision": _part(NUMBER | NULL),
        "calendarmodel": _part(STRING),
        "amount": _part(STRING),
        "unit": _part(STRING),
        "upperBound": TEXT_OR_NULL,
        "lowerBound": TEXT_OR_NULL,
        "text": _part(STRING),
        "language": _part(STRING),
        "latitude": _part(NUMBER),
        "longitude": _part(NUMBER),
        "altitude": Role(NUMBER | NULL),
        "globe": _part(STRING),
    },
}
STRUCTS["main snak"] = STRUCTS["snak"]

# Objects whose keys say something themselves: what is done with the key, what each value is.
MAPS: dict[str, tuple[int, Role]] = {
    "labels": (LANGUAGE, Role(OBJECT, object="term")),
    "descriptions": (LANGUAGE, Role(OBJECT, object="term")),
    "aliases": (LANGUAGE, Role(LIST, list="terms")),
    "sitelinks": (SITE, Role(OBJECT, object="sitelink")),
    "claims": (PROPERTY, Role(LIST, list="statements")),
    "qualifiers": (PROPERTY, Role(LIST, list="group")),
    "snaks": (PROPERTY, Role(LIST, list="group")),
    "any object": (PASS, ANYTHING),
}
LISTS: dict[str, Role] = {
    "terms": Role(OBJECT, object="term"),
    "statements": Role(OBJECT, object="statement"),
    "references": Role(OBJECT, object="reference"),
    "group": Role(OBJECT, object="snak"),
    "texts": TEXT,
    "any list": ANYTHING,
}

NAMES = [*STRUCTS, *MAPS, *LISTS]
WORDS: dict[int, list[str]] = {
    ENTITY_TYPE: ["item", "property"],
    STATEMENT_TYPE: ["statement"],
    RANK: ["normal", "preferred", "deprecated"],
    SNAKTYPE: ["value", "somevalue", "novalue"],
    VALUE_TYPE: [
        *("string", "wikibase-entityid", "time"),
        *("quantity", "monolingualtext", "globecoordinate"),
    ],
}


def context(name: str) -> int:
    """The number of a context."""
    return NAMES.index(name)


def field(struct: str, name: str) -> int:
    """The place of a field in its object."""
    return [key.rstrip("!") for key in STRUCTS[struct]].index(name)


_roles = list(
    dict.fromkeys(
        [
            Role(OBJECT, object="entity"),
            ANYTHING,
            *(role for fields in STRUCTS.values() for role in fields.values()),
            *(role for _, role in MAPS.values()),
            *LISTS.values(),
        ]
    )
)
ROOT, SKIP = 0, 1
_fields = [(key, role) for name in NAMES for key, role in STRUCTS.get(name, {}).items()]
_words = [word for words in WORDS.values() for word in words]
_keys = [key.rstrip("!").encode() for key, _ in _fields] + [word.encode() for word in _words]


def _numbers(values: object) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(list(values), np.int64)  # type: ignore[call-overload]  # any iterable


# By role.
MAY = _numbers(role.may for role in _roles)
ACTION = _numbers(role.action for role in _roles)
IN_OBJECT = _numbers(NAMES.index(role.object) if role.object else -1 for role in _roles)
IN_LIST = _numbers(NAMES.index(role.list) if role.list else -1 for role in _roles)

# By context. Fields of a struct are FIRST to LAST in the tables below.
KEYS = _numbers(FIELD if n in STRUCTS else MAPS[n][0] if n in MAPS else PASS for n in NAMES)
IS_LIST = np.array([name in LISTS for name in NAMES])
EACH = _numbers(
    _roles.index(MAPS[n][1] if n in MAPS else LISTS[n]) if n not in STRUCTS else -1 for n in NAMES
)
_sizes = [len(STRUCTS.get(name, {})) for name in NAMES]
LAST = np.cumsum(_numbers(_sizes))
FIRST = LAST - _numbers(_sizes)
NEEDED = _numbers(
    sum(1 << at for at, key in enumerate(STRUCTS.get(name, {})) if key.endswith("!"))
    for name in NAMES
)

# By field, and behind them WORDS, of which CHOICES says where those of each action begin.
ROLE = _numbers(_roles.index(role) for _, role in _fields)
KEY_END = np.cumsum(_numbers(map(len, _keys)))
KEY_START = KEY_END - _numbers(map(len, _keys))
LETTERS = np.frombuffer(b"".join(_keys), np.uint8)
CHOICES = len(_fields) + np.cumsum(_numbers([0, *map(len, WORDS.values())]))
# The first eight bytes of each key with the quotation mark behind it, as one number, and which of
# its bits count.
_quoted = [key + b'"' for key in _keys]
KEY_HEAD = np.array([int.from_bytes(key[:8], "little") for key in _quoted], np.uint64)
KEY_BITS = np.array([(1 << 8 * min(len(key), 8)) - 1 for key in _quoted], np.uint64)
