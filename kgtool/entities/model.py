"""The entities of a Wikibase as values: what everything else in kgtool is a function of.

The classes mirror the Wikibase JSON data model (doc.wikimedia.org/Wikibase, "JSON format") field
for field, so that reading and writing them loses nothing. They are plain values: comparing two
compares all they say.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from msgspec import Struct, field

Rank: TypeAlias = Literal["preferred", "normal", "deprecated"]
SnakType: TypeAlias = Literal["value", "somevalue", "novalue"]


def _written(default: Any) -> Any:
    """A default that is written to JSON all the same, because wikis ask for the field."""
    return field(default_factory=lambda: default)


class StringValue(Struct, frozen=True, tag_field="type", tag="string"):
    """A string, external identifier, URL, media file name, formula or geographic shape."""

    value: str


class EntityId(
    Struct,
    frozen=True,
    omit_defaults=True,
    rename={"entity_type": "entity-type", "numeric_id": "numeric-id"},
):
    """The id of another entity. ``numeric_id`` is kept where the source had it."""

    id: str
    entity_type: str = _written("item")
    numeric_id: int | None = None


class EntityIdValue(Struct, frozen=True, tag_field="type", tag="wikibase-entityid"):
    """A value that is another entity: ``Q42``, ``P31``, ``L1``, ``L1-F1``, ``M1``."""

    value: EntityId


class Time(Struct, frozen=True):
    """A point in time as Wikibase keeps it.

    ``time`` is ``±Y…-MM-DDT00:00:00Z`` in the calendar named by ``calendarmodel`` (an entity URL),
    with ``00`` for what is not known; ``precision`` runs from 0 (billion years) over 9 (year), 10
    (month) and 11 (day) to 14 (second).
    """

    time: str
    precision: int
    calendarmodel: str
    timezone: int = 0
    before: int = 0
    after: int = 0


class TimeValue(Struct, frozen=True, tag_field="type", tag="time"):
    """A date."""

    value: Time


class Quantity(Struct, frozen=True, omit_defaults=True):
    """A number: decimal texts, never floats, so that no digit is lost.

    ``unit`` is an entity URL or ``"1"``.
    """

    amount: str
    unit: str = _written("1")
    upperBound: str | None = None
    lowerBound: str | None = None


class QuantityValue(Struct, frozen=True, tag_field="type", tag="quantity"):
    """A quantity."""

    value: Quantity


class Coordinate(Struct, frozen=True):
    """Degrees on ``globe`` (an entity URL); ``precision`` in degrees, or unknown."""

    latitude: int | float
    longitude: int | float
    precision: int | float | None
    globe: str
    altitude: int | float | None = None


class CoordinateValue(Struct, frozen=True, tag_field="type", tag="globecoordinate"):
    """A place on a globe."""

    value: Coordinate


class Monolingual(Struct, frozen=True):
    """A text with its language code."""

    text: str
    language: str


class MonolingualValue(Struct, frozen=True, tag_field="type", tag="monolingualtext"):
    """A text in one language."""

    value: Monolingual


DataValue: TypeAlias = (
    StringValue | EntityIdValue | TimeValue | QuantityValue | CoordinateValue | MonolingualValue
)


class Snak(Struct, frozen=True, omit_defaults=True):
    """Property and value, or that the value is unknown (``somevalue``) or absent (``novalue``).

    ``hash`` is the wiki's own and only there if the wiki gave it; it does not make snaks differ
    in meaning (compare with :func:`kgtool.entities.same_snak`).
    """

    snaktype: SnakType
    property: str
    hash: str | None = None
    datavalue: DataValue | None = None
    datatype: str | None = None


class Reference(Struct, frozen=True, omit_defaults=True, rename={"snaks_order": "snaks-order"}):
    """One source of a statement: snaks by property."""

    snaks: dict[str, list[Snak]]
    hash: str | None = None
    snaks_order: list[str] = []


class Statement(
    Struct, frozen=True, omit_defaults=True, rename={"qualifiers_order": "qualifiers-order"}
):
    """A claim with rank, qualifiers and references; ``id`` is its GUID, which new ones lack."""

    mainsnak: Snak
    type: Literal["statement"] = _written("statement")
    id: str | None = None
    rank: Rank = _written("normal")
    qualifiers: dict[str, list[Snak]] = {}
    qualifiers_order: list[str] = []
    references: list[Reference] = []


class Term(Struct, frozen=True):
    """A label, description or alias."""

    language: str
    value: str


class Sitelink(Struct, frozen=True, omit_defaults=True):
    """A page about the item on another wiki; ``badges`` are item ids."""

    site: str
    title: str
    badges: list[str] = []
    url: str | None = None


class Item(Struct, frozen=True, omit_defaults=True, tag_field="type", tag="item"):
    """An item."""

    id: str = ""
    labels: dict[str, Term] = {}
    descriptions: dict[str, Term] = {}
    aliases: dict[str, list[Term]] = {}
    claims: dict[str, list[Statement]] = {}
    sitelinks: dict[str, Sitelink] = {}
    lastrevid: int | None = None
    modified: str | None = None
    pageid: int | None = None
    ns: int | None = None
    title: str | None = None


class Property(Struct, frozen=True, omit_defaults=True, tag_field="type", tag="property"):
    """A property; ``datatype`` as in the wiki: ``wikibase-item``, ``external-id``, ``time``, …"""

    datatype: str
    id: str = ""
    labels: dict[str, Term] = {}
    descriptions: dict[str, Term] = {}
    aliases: dict[str, list[Term]] = {}
    claims: dict[str, list[Statement]] = {}
    lastrevid: int | None = None
    modified: str | None = None
    pageid: int | None = None
    ns: int | None = None
    title: str | None = None


Entity: TypeAlias = Item | Property


class _Ranked(Protocol):
    @property
    def rank(self) -> Rank: ...


_S = TypeVar("_S", bound=_Ranked)


def best_statements(statements: list[_S]) -> list[_S]:
    """The statements of *best rank* among those of one property.

    The preferred ones if there are any, else the normal ones; deprecated ones never. Which
    statements are *truthy* follows from this: those of best rank (Wikibase RDF dump format,
    "Truthy statements").
    """
    preferred = [s for s in statements if s.rank == "preferred"]
    return preferred or [s for s in statements if s.rank == "normal"]


def statement_count(entity: Entity) -> int:
    """How many statements an entity has, whatever their rank."""
    return sum(map(len, entity.claims.values()))
