"""What was found: a constraint that fails, and the node that fails it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from kgtool.messages.words import Words

Kind: TypeAlias = Literal[
    "missing", "value", "many", "unexpected", "forbidden", "combination", "verdict"
]


class Fault(Struct, frozen=True):
    """A constraint that fails, whatever the node; many nodes share one.

    ``path`` leads from the node to the constraint, as prefixed names (``p:P217``, ``pq:P195``).
    ``property`` is that of its first step, ``""`` where that is a term or a page. ``constraint``
    is the triple constraint of the node's shape that the path begins with, ``""`` where the node
    itself is not as wanted. ``expected`` and ``got`` are in ShEx's own terms, ``wanted`` says to
    people what is expected. ``labels`` and ``help`` are texts by language, from the annotations of
    the schema.
    """

    shape: str
    path: tuple[str, ...]
    property: str
    kind: Kind
    expected: str
    wanted: str | Words
    constraint: str = ""
    got: tuple[str, ...] = ()
    severity: str = "required"
    labels: dict[str, str] = {}
    help: dict[str, str] = {}


class Finding(Struct, frozen=True):
    """A node, ``new`` for one without an id, and a constraint that it fails."""

    node: str
    fault: Fault
