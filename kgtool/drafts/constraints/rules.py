"""Constraint statements of a property → constraints, typed."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias, get_args

from msgspec import Struct

from kgtool.entities import (
    ConstraintIds,
    EntityIdValue,
    Profile,
    Property,
    QuantityValue,
    Snak,
    Statement,
    StringValue,
)

Position: TypeAlias = Literal["main", "qualifier", "reference"]
Status: TypeAlias = Literal["", "mandatory", "suggestion"]
Kind: TypeAlias = Literal[
    "format",
    "one_of",
    "none_of",
    "integer",
    "no_bounds",
    "units",
    "entity_types",
    "property_scope",
    "allowed_qualifiers",
    "required_qualifier",
    "citation_needed",
    "single_value",
    "single_best_value",
    "distinct_values",
    "conflicts_with",
    "requires_statement",
    "difference",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Limit(Struct, frozen=True):
    """An end of a range: a number and the item id of its unit (``"1"`` for none)."""

    number: Decimal
    unit: str


class Constraint(Struct, frozen=True):
    """One constraint of a property.

    ``items`` and ``properties`` are its parameters; ``nothing`` and ``anything`` whether *no value*
    and *unknown value* are among the items. ``scope`` says where the property may stand,
    ``checked_on`` where the constraint is meant (everywhere, if empty). ``separators`` are
    qualifiers that tell values apart; ``excepted`` items it is not about.
    """

    kind: Kind
    status: Status = ""
    items: frozenset[str] = frozenset()
    nothing: bool = False
    anything: bool = False
    properties: tuple[str, ...] = ()
    scope: frozenset[Position] = frozenset()
    checked_on: frozenset[Position] = frozenset()
    separators: frozenset[str] = frozenset()
    pattern: str = ""
    least: Limit | None = None
    most: Limit | None = None
    excepted: frozenset[str] = frozenset()

    def concerns(self, item: str, position: Position = "main") -> bool:
        """Whether it is about this item, and about snaks in this position."""
        return item not in self.excepted and (
            not self.checked_on or position in self.checked_on or self.kind == "property_scope"
        )


def constraints_of(property: Property, profile: Profile) -> list[Constraint]:
    """The constraints of a property that are not deprecated; other kinds than ours are left out.

    A pattern may also stand on the property by itself (``Roles.format_regex``).
    """
    ids, pattern = profile.constraints, profile.properties.format_regex
    kinds: dict[str, Kind] = {id: kind for kind in KINDS if (id := getattr(ids, kind))}
    found = [
        Constraint("format", pattern=text)
        for statement in _standing(property, pattern)
        for text in _texts([statement.mainsnak])
    ]
    for statement in _standing(property, ids.property_constraint):
        named = _ids([statement.mainsnak])
        kind = kinds.get(named[0]) if named else None
        if kind is not None:
            found.append(_read(kind, statement, ids, pattern))
    # The same pattern often stands in both places.
    return list(dict.fromkeys(found))


def _read(kind: Kind, statement: Statement, ids: ConstraintIds, pattern: str) -> Constraint:
    def given(property: str) -> list[Snak]:
        return statement.qualifiers.get(property, []) if property else []

    positions: dict[str, Position] = {
        ids.as_main: "main",
        ids.as_qualifier: "qualifier",
        ids.as_reference: "reference",
        ids.on_main: "main",
        ids.on_qualifier: "qualifier",
        ids.on_reference: "reference",
    }
    statuses: dict[str, Status] = {ids.mandatory: "mandatory", ids.suggestion: "suggestion"}
    items = given(ids.item)
    return Constraint(
        kind,
        status=next((statuses[id] for id in _ids(given(ids.status)) if id in statuses), ""),
        items=frozenset(_ids(items)),
        nothing=any(snak.snaktype == "novalue" for snak in items),
        anything=any(snak.snaktype == "somevalue" for snak in items),
        properties=tuple(_ids(given(ids.property))),
        scope=frozenset(positions[id] for id in _ids(given(ids.scope)) if id in positions),
        checked_on=frozenset(
            positions[id] for id in _ids(given(ids.checked_on)) if id in positions
        ),
        separators=frozenset(_ids(given(ids.separator))),
        pattern=next(iter(_texts(given(pattern))), ""),
        least=_limit(given(ids.minimum)),
        most=_limit(given(ids.maximum)),
        excepted=frozenset(_ids(given(ids.exception))),
    )


def _standing(property: Property, role: str) -> list[Statement]:
    statements = property.claims.get(role, []) if role else []
    return [one for one in statements if one.rank != "deprecated"]


def _ids(snaks: list[Snak]) -> list[str]:
    return [s.datavalue.value.id for s in snaks if isinstance(s.datavalue, EntityIdValue)]


def _texts(snaks: list[Snak]) -> list[str]:
    return [s.datavalue.value for s in snaks if isinstance(s.datavalue, StringValue)]


def _limit(snaks: list[Snak]) -> Limit | None:
    for snak in snaks:
        if isinstance(snak.datavalue, QuantityValue):
            quantity = snak.datavalue.value
            return Limit(Decimal(quantity.amount), unit_id(quantity.unit))
    return None


def unit_id(unit: str) -> str:
    """The item id of a quantity's unit; ``"1"`` where it has none."""
    return unit.rpartition("/")[2]
