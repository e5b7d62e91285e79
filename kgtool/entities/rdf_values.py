"""Values as RDF terms, in N-Triples: the simple value, and the node that says all of it.

The rules are those of the Wikibase RDF dump format (mediawiki.org/wiki/Wikibase/Indexing/RDF Dump
Format); ``tests/entities/test_rdf.py`` compares with what a real Wikibase wrote.
"""

from __future__ import annotations

import re
from calendar import monthrange
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, quote_plus

from kgtool.entities.hashes import php_number, value_hash
from kgtool.entities.model import (
    Coordinate,
    CoordinateValue,
    MonolingualValue,
    Quantity,
    QuantityValue,
    Time,
    TimeValue,
)
from kgtool.entities.profile import Profile

RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
ONTOLOGY = "http://wikiba.se/ontology#"
SCHEMA = "http://schema.org/"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGER = f"^^<{_XSD}integer>"
_DECIMAL = f"^^<{_XSD}decimal>"
_DOUBLE = f"^^<{_XSD}double>"
DATE_TIME = f"^^<{_XSD}dateTime>"
_WKT = "^^<http://www.opengis.net/ont/geosparql#wktLiteral>"

_special = re.compile(r'["\\\x00-\x1f]')
_not_in_iri = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_time = re.compile(r"([+-])(\d{1,16})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\dZ)", re.ASCII)
_tag = re.compile(r"[A-Za-z]+(?:-[A-Za-z0-9]+)*")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


StructuredValue: TypeAlias = MonolingualValue | TimeValue | QuantityValue | CoordinateValue


class Node(NamedTuple):
    """A value as a term, and the node (subject, triples) behind it if its kind has one."""

    term: str
    subject: str | None = None
    triples: str = ""
    group: int = 0  # Wikibase writes the nodes of coordinates (0) before quantities, then times


def literal(text: str) -> str:
    """A plain literal: quoted and escaped."""
    if _special.search(text):
        text = _special.sub(lambda m: _ESCAPES.get(m[0]) or f"\\u{ord(m[0]):04X}", text)
    return f'"{text}"'


def tagged(text: str, language: str) -> str:
    """A literal in a language; a code that cannot be written becomes ``und``, undetermined."""
    return f"{literal(text)}@{_language(language)}"


@lru_cache(maxsize=4096)
def _language(code: str) -> str:
    return code if _tag.fullmatch(code) else "und"


def iri(text: str) -> str:
    """An IRI in angle brackets; what may not stand in one is percent-encoded."""
    if _not_in_iri.search(text):
        text = _not_in_iri.sub(lambda m: f"%{ord(m[0]):02X}", text)
    return f"<{text}>"


def number(value: int) -> str:
    """An ``xsd:integer``."""
    return f'"{value}"{_INTEGER}'


def value_node(value: StructuredValue, profile: Profile) -> Node:
    """How a value that is more than a name or a string is written."""
    match value:
        case MonolingualValue(text):
            return Node(tagged(text.text, text.language))
        case TimeValue(time):
            return _time_node(time, profile)
        case QuantityValue(quantity):
            return _quantity_node(quantity, profile)
        case CoordinateValue(place):
            return _coordinate_node(place, profile)


def string_term(text: str, datatype: str | None, profile: Profile) -> str:
    """How a string is written in a property of that datatype.

    ``math`` stays the plain TeX: Wikibase converts it to MathML with a renderer of its own.
    """
    match datatype:
        case "url":
            return iri(text.strip())
        case "commonsMedia" | "localMedia":
            return f"<{profile.media_base}{quote(text.strip(), safe='')}>"
        case "geo-shape" | "tabular-data":
            # Spaces become "+": so does MediaWiki's wfUrlencode.
            name = quote_plus(text.strip(), safe=";@$!*(),/~:")
            return f"<{profile.data_page_base}{name}>"
        case "external-id":
            return literal(text.strip())
        case _:
            return literal(text)


def normalized(text: str, pattern: str) -> str:
    """The IRI that a *formatter URI for RDF resource* makes of an identifier."""
    return iri(pattern.replace("$1", quote_plus(text.strip(), safe=";@$!*(),/~:")))


def xsd_date_time(time: Time, profile: Profile) -> str | None:
    """Lexical form of ``xsd:dateTime`` (XSD 1.1, proleptic Gregorian), or ``None`` for year 0.

    Julian days become Gregorian ones; coarser than a day, the calendar makes no difference. Years
    BCE are one less than historians count, from precision year on. What is not known is 1. A day
    that the month does not have is its last one.
    """
    parsed = _time.fullmatch(time.time)
    if parsed is None:
        return None
    negative = parsed[1] == "-"
    year, month, day = (int(parsed[n]) for n in (2, 3, 4))
    month, day = min(max(month, 1), 12), max(day, 1)
    if year == 0:
        return None
    if time.precision >= 11 and time.calendarmodel != f"{profile.vocabulary_base}entity/" + (
        profile.gregorian
    ):
        if time.calendarmodel != f"{profile.vocabulary_base}entity/{profile.julian}":
            return None
        if year <= (4713 if negative else 1465072):
            converted = _gregorian(-year + 1 if negative else year, month, day)
            if converted is not None:
                year, month, day = converted
                return f"{'-' if year < 0 else ''}{abs(year):04}-{month:02}-{day:02}T{parsed[5]}"
    if time.precision <= 9:
        month = day = 1
    elif time.precision == 10:
        day = 1
    if day > 28:
        # The calendar repeats every 400 years.
        day = min(day, monthrange((1 - year if negative else year) % 400 + 400, month)[1])
    if negative and time.precision >= 9:
        year -= 1
        negative = year > 0
    return f"{'-' if negative else ''}{year:04}-{month:02}-{day:02}T{parsed[5]}"


def _gregorian(year: int, month: int, day: int) -> tuple[int, int, int] | None:
    # Julian calendar to day number to Gregorian calendar, years astronomical (0 is 1 BCE); the
    # arithmetic is that of the Explanatory Supplement to the Astronomical Almanac.
    shift = (14 - month) // 12
    y, m = year + 4800 - shift, month + 12 * shift - 3
    days = day + (153 * m + 2) // 5 + 365 * y + y // 4 - 32083
    if days <= 0:
        return None
    a = days + 32044
    b = (4 * a + 3) // 146097
    c = a - 146097 * b // 4
    d = (4 * c + 3) // 1461
    e = c - 1461 * d // 4
    n = (5 * e + 2) // 153
    return 100 * b + d - 4800 + n // 10, n + 3 - 12 * (n // 10), e - (153 * n + 2) // 5 + 1


def _time_node(time: Time, profile: Profile) -> Node:
    stamp = xsd_date_time(time, profile)
    term = literal(time.time) if stamp is None else f'"{stamp}"{DATE_TIME}'
    subject = f"<{profile.prefixes['wdv']}{value_hash(time)}>"
    return Node(
        term,
        subject,
        f"{subject} {RDF_TYPE} <{ONTOLOGY}TimeValue> .\n"
        f"{subject} <{ONTOLOGY}timeValue> {term} .\n"
        f'{subject} <{ONTOLOGY}timePrecision> "{time.precision}"{_INTEGER} .\n'
        f'{subject} <{ONTOLOGY}timeTimezone> "{time.timezone}"{_INTEGER} .\n'
        f"{subject} <{ONTOLOGY}timeCalendarModel> {iri(time.calendarmodel)} .\n",
        group=2,
    )


def _quantity_node(quantity: Quantity, profile: Profile) -> Node:
    term = f"{literal(quantity.amount)}{_DECIMAL}"
    subject = f"<{profile.prefixes['wdv']}{value_hash(quantity)}>"
    bounds = ""
    if quantity.upperBound is not None and quantity.lowerBound is not None:
        bounds = (
            f"{subject} <{ONTOLOGY}quantityUpperBound> {literal(quantity.upperBound)}{_DECIMAL} .\n"
            f"{subject} <{ONTOLOGY}quantityLowerBound> {literal(quantity.lowerBound)}{_DECIMAL} .\n"
        )
    unit = quantity.unit
    if unit == "1":
        unit = f"{profile.vocabulary_base}entity/{profile.one}"
    return Node(
        term,
        subject,
        f"{subject} {RDF_TYPE} <{ONTOLOGY}QuantityValue> .\n"
        f"{subject} <{ONTOLOGY}quantityAmount> {term} .\n"
        f"{bounds}"
        f"{subject} <{ONTOLOGY}quantityUnit> {iri(unit)} .\n",
        group=1,
    )


def _coordinate_node(place: Coordinate, profile: Profile) -> Node:
    latitude, longitude = php_number(place.latitude), php_number(place.longitude)
    point = f"Point({longitude} {latitude})"
    if place.globe != f"{profile.vocabulary_base}entity/{profile.earth}":
        point = f"<{place.globe.replace('>', '%3E')}> {point}"
    auto, precision = "", place.precision
    subject = f"<{profile.prefixes['wdv']}{value_hash(place)}>"
    if precision is None:
        # Wikibase takes an arc second where the precision is not known, and says so.
        auto, precision = f"{subject} {RDF_TYPE} <{ONTOLOGY}GeoAutoPrecision> .\n", 1 / 3600
    return Node(
        f"{literal(point)}{_WKT}",
        subject,
        f"{subject} {RDF_TYPE} <{ONTOLOGY}GlobecoordinateValue> .\n"
        f'{subject} <{ONTOLOGY}geoLatitude> "{latitude}"{_DOUBLE} .\n'
        f'{subject} <{ONTOLOGY}geoLongitude> "{longitude}"{_DOUBLE} .\n'
        f"{auto}"
        f'{subject} <{ONTOLOGY}geoPrecision> "{php_number(precision)}"{_DOUBLE} .\n'
        f"{subject} <{ONTOLOGY}geoGlobe> {iri(place.globe.strip())} .\n",
    )
