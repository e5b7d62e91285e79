"""The sample: fourteen museums and some of their well-known works, as entities.

The facts stand in the tables beside this file, one item a line; ``docs/sample.md`` describes them.
They were written by hand and are an excerpt: what was not certain was left out, so that the sample
has gaps, though not those of Wikidata.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from uuid import NAMESPACE_URL, uuid5

from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    DataValue,
    Entity,
    EntityId,
    EntityIdValue,
    Item,
    Monolingual,
    MonolingualValue,
    Property,
    Quantity,
    QuantityValue,
    Reference,
    Sitelink,
    Snak,
    Statement,
    StringValue,
    Term,
    Time,
    TimeValue,
)

_TABLES = ("institutions", "works", "people", "places", "terms")
_ENTITY = "http://www.wikidata.org/entity/"
_CENTIMETRE = f"{_ENTITY}Q174728"
_EARTH = f"{_ENTITY}Q2"
_GREGORIAN = f"{_ENTITY}Q1985727"
_JULIAN = f"{_ENTITY}Q1985786"
_GREGORIAN_SINCE = "1582-10-15"

# What the page in the column `source` says; the rest is general knowledge and has no reference.
_SOURCED = {"P131", "P170", "P195", "P217", "P571", "P625", "P856", "P2048", "P2049", "P6375"}


def entities() -> Iterator[Entity]:
    """The properties and items of the sample, institutions first."""
    for row in _rows("properties"):
        yield Property(
            row["datatype"], id=row["property"], labels=_labels(row["label"], row["labels"])
        )
    for table in _TABLES:
        for row in _rows(table):
            yield _item(row)


def institutions() -> list[str]:
    """Ids of the museums, in the order of their table."""
    museums = {"Q33506", "Q207694"}
    return [row["item"] for row in _rows("institutions") if museums & set(row["P31"].split("|"))]


@cache
def _rows(table: str) -> tuple[dict[str, str], ...]:
    text = files("kgtool.sample").joinpath(f"{table}.tsv").read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines(), dialect="excel-tab", quoting=csv.QUOTE_NONE)
    return tuple(reader)


@cache
def _datatypes() -> dict[str, str]:
    return {row["property"]: row["datatype"] for row in _rows("properties")}


def _item(row: dict[str, str]) -> Item:
    claims: dict[str, list[Statement]] = {}
    for column, cell in row.items():
        if column in _datatypes() and cell:
            claims[column] = [
                _statement(row, column, text, number)
                for number, text in enumerate(cell.split("|"), start=1)
            ]
    description = row.get("description", "")
    return Item(
        id=row["item"],
        labels=_labels(row["label"], row["labels"]),
        descriptions={"en": Term("en", description)} if description else {},
        claims=claims,
        sitelinks={site: Sitelink(site, title) for site, title in _pairs(row.get("sitelinks", ""))},
    )


def _labels(english: str, others: str) -> dict[str, Term]:
    return {language: Term(language, text) for language, text in [("en", english), *_pairs(others)]}


def _pairs(cell: str) -> Iterable[tuple[str, str]]:
    for pair in cell.split("|") if cell else []:
        key, _, text = pair.partition(":")
        yield key, text


def _statement(row: dict[str, str], property: str, text: str, number: int) -> Statement:
    qualifiers = {
        column.partition("/")[2]: [_snak(column.partition("/")[2], cell)]
        for column, cell in row.items()
        if column.startswith(f"{property}/") and cell
    }
    source = row.get("source", "") if property in _SOURCED else ""
    guid = str(uuid5(NAMESPACE_URL, f"{_ENTITY}{row['item']}/{property}/{number}")).upper()
    return Statement(
        _snak(property, text),
        id=f"{row['item']}${guid}",
        qualifiers=qualifiers,
        qualifiers_order=list(qualifiers),
        references=[Reference({"P854": [_snak("P854", source)]}, snaks_order=["P854"])]
        if source
        else [],
    )


def _snak(property: str, text: str) -> Snak:
    datatype = _datatypes()[property]
    if text == "?":
        return Snak("somevalue", property, datatype=datatype)
    return Snak("value", property, datavalue=_value(datatype, text), datatype=datatype)


def _value(datatype: str, text: str) -> DataValue:
    match datatype:
        case "wikibase-item":
            return EntityIdValue(EntityId(text, numeric_id=int(text[1:])))
        case "time":
            return TimeValue(_time(text))
        case "quantity":
            return QuantityValue(Quantity(f"+{text}", _CENTIMETRE))
        case "globe-coordinate":
            latitude, longitude = text.split(",")
            places = len(latitude.partition(".")[2])
            return CoordinateValue(
                Coordinate(float(latitude), float(longitude), float(f"1e-{places}"), _EARTH)
            )
        case "monolingualtext":
            language, _, words = text.partition(":")
            return MonolingualValue(Monolingual(words, language))
        case _:
            return StringValue(text)


def _time(text: str) -> Time:
    """``1642``, ``1640s`` or ``1642-07-15``; before the reform of 1582 in the Julian calendar."""
    calendar = _GREGORIAN if text >= _GREGORIAN_SINCE else _JULIAN
    if text.endswith("s"):
        return Time(f"+{text[:4]}-00-00T00:00:00Z", 8, calendar)
    if len(text) == 4:
        return Time(f"+{text}-00-00T00:00:00Z", 9, calendar)
    return Time(f"+{text}T00:00:00Z", 11, calendar)
