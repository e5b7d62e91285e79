"""What an institution's own item says of it: its place, size, end and successors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from kgtool.entities import (
    CoordinateValue,
    EntityIdValue,
    Item,
    Profile,
    QuantityValue,
    Snak,
    Statement,
    TimeValue,
    best_statements,
)

_DAY, _MONTH, _YEAR = 11, 10, 9  # precisions of Wikibase


class Size(Struct, frozen=True):
    """How much an institution says it holds (P1436), at a time, of a part, in a unit.

    ``counted`` is as exact as the statement: ``2019``, ``2019-05`` or ``2019-05-01``; empty where
    it says no time. ``part`` (P518) and ``unit`` are items; none means all of it, in pieces.
    """

    count: int
    counted: str = ""
    part: str | None = None
    unit: str | None = None


class Institution(Struct, frozen=True):
    """What the item of an institution says.

    ``place`` is latitude and longitude in degrees. It is ``closed`` where it was dissolved (P576)
    or closed (P3999), ``ended`` is when, if that is known to the year; ``successors`` are what
    replaced it (P1366) or what it was merged into (P7888).
    """

    qid: str
    place: tuple[float, float] | None = None
    sizes: list[Size] = []
    closed: bool = False
    ended: str = ""
    successors: list[str] = []

    @property
    def gone(self) -> bool:
        """Whether it is no more: closed, replaced, or merged into another."""
        return self.closed or bool(self.successors)

    @property
    def whole(self) -> Size | None:
        """The size of all of it, in pieces, by the newest statement."""
        return next((one for one in self.sizes if one.part is None and one.unit is None), None)


def institution_of(item: Item, profile: Profile) -> Institution:
    """Read the item of an institution; what is deprecated does not count."""
    roles = profile.properties

    def said(property: str) -> list[Snak]:
        return [one.mainsnak for one in best_statements(item.claims.get(property, []))]

    ends = [
        snak
        for property in (roles.dissolved, roles.closed)
        for snak in said(property)
        if snak.snaktype != "novalue"  # which says that it is still there
    ]
    after = [_item(snak) for p in (roles.replaced_by, roles.merged_into) for snak in said(p)]
    return Institution(
        qid=item.id,
        place=next(_places(said(roles.coordinates), profile), None),
        sizes=_sizes(item.claims.get(roles.collection_size, []), profile),
        closed=bool(ends),
        ended=min(filter(None, map(_date, ends)), default=""),
        successors=list(dict.fromkeys(filter(None, after))),
    )


def _sizes(statements: Iterable[Statement], profile: Profile) -> list[Size]:
    """The newest count of each part in each unit; the whole first.

    A preferred statement wins over another of the same time.
    """
    roles = profile.properties
    newest: dict[tuple[str | None, str | None], tuple[tuple[str, bool], Size]] = {}
    for statement in statements:
        value = statement.mainsnak.datavalue
        if statement.rank == "deprecated" or not isinstance(value, QuantityValue):
            continue
        count = round(float(value.value.amount))
        unit = value.value.unit.rpartition("/")[2]
        dates = [_date(snak) for snak in statement.qualifiers.get(roles.point_in_time, [])]
        parts = [_item(snak) for snak in statement.qualifiers.get(roles.applies_to_part, [])]
        size = Size(
            count,
            max(dates, default=""),
            next(filter(None, parts), None),
            None if unit in ("1", profile.one) else unit,
        )
        order = (size.counted, statement.rank == "preferred")
        key = (size.part, size.unit)
        if key not in newest or order > newest[key][0]:
            newest[key] = (order, size)
    found = [size for _, size in newest.values()]
    return sorted(found, key=lambda one: (one.part is not None, one.unit is not None, -one.count))


def _places(snaks: Iterable[Snak], profile: Profile) -> Iterator[tuple[float, float]]:
    for snak in snaks:
        value = snak.datavalue
        if isinstance(value, CoordinateValue) and value.value.globe.endswith(f"/{profile.earth}"):
            yield float(value.value.latitude), float(value.value.longitude)


def _item(snak: Snak) -> str:
    value = snak.datavalue
    return value.value.id if isinstance(value, EntityIdValue) else ""


def _date(snak: Snak) -> str:
    """A date as exact as it is: ``1923``, ``1923-05``, ``1923-05-01``; empty if it is none."""
    value = snak.datavalue
    if not isinstance(value, TimeValue) or value.value.precision < _YEAR:
        return ""
    found = re.match(r"\+(\d{4,})-(\d\d)-(\d\d)", value.value.time)
    if found is None:
        return ""
    shown = {_YEAR: 1, _MONTH: 2}.get(value.value.precision, 3)
    return "-".join(found.groups()[:shown])
