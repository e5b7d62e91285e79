"""RDF terms as values, and the lexical rules of the datatypes that ShEx looks into."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

XSD = "http://www.w3.org/2001/XMLSchema#"
STRING = XSD + "string"
LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


class Iri(Struct, frozen=True):
    """An IRI."""

    value: str


class Literal(Struct, frozen=True):
    """A literal; ``language`` is lower case (tags are compared without case) and ``""`` if none."""

    value: str
    datatype: str = STRING
    language: str = ""


class Blank(Struct, frozen=True):
    """A blank node; ``value`` is its label, without ``_:``."""

    value: str


Term: TypeAlias = Iri | Literal | Blank


def text_in(text: str, language: str) -> Literal:
    """A language-tagged literal."""
    return Literal(text, LANG_STRING, language.lower())


_escape = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def _unescape(text: str) -> str:
    def plain(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        return chr(int(code, 16)) if code else _ESCAPES.get(found[3], found[3])

    return _escape.sub(plain, text) if "\\" in text else text


@lru_cache(maxsize=65536)
def parse_term(text: str) -> Term:
    """A term in N-Triples → the term. ``text`` must be well formed: it is our own."""
    if text.startswith("<"):
        return Iri(_unescape(text[1:-1]))
    if text.startswith("_:"):
        return Blank(text[2:])
    end = text.rindex('"')
    value, tail = _unescape(text[1:end]), text[end + 1 :]
    if tail.startswith("@"):
        return text_in(value, tail[1:])
    return Literal(value, _unescape(tail[3:-1])) if tail else Literal(value)


def shown(term: Term) -> str:
    """A term as people read it in a report; texts keep their language tag."""
    match term:
        case Literal(value, _, language):
            return f"“{value}”@{language}" if language else f"“{value}”"
        case Blank():
            return "unknown value"
        case Iri(value):
            return value


def to_ntriples(term: Term) -> str:
    """A term in N-Triples."""
    match term:
        case Iri(value):
            return f"<{value}>"
        case Blank(label):
            return f"_:{label}"
        case Literal(value, datatype, language):
            text = value.replace("\\", "\\\\").replace('"', '\\"')
            text = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
            if language:
                return f'"{text}"@{language}'
            return f'"{text}"' if datatype == STRING else f'"{text}"^^<{datatype}>'


# Bounds of the integer types (XML Schema part 2, §3.4.13 and following).
_INTEGERS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}
_integer = re.compile(r"[+-]?[0-9]+")
_decimal = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_double = re.compile(r"(?:[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|-?INF|NaN")
_date_time = re.compile(
    r"-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
    r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
)
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _is_date_time(text: str) -> bool:
    found = _date_time.fullmatch(text)
    if found is None:
        return False
    year, month, day = int(found[1][-4:]), int(found[2]), int(found[3])
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= _MONTHS[month - 1] + leap


def well_formed(literal: Literal) -> bool:
    """Whether the text is in the lexical space of its datatype.

    Looked at for the SPARQL operand data types, as ShEx says (§5.4.3, Datatype Constraints); any
    text is well formed for other datatypes.
    """
    if not literal.datatype.startswith(XSD):
        return True
    name, text = literal.datatype[len(XSD) :], literal.value
    bounds = _INTEGERS.get(name)
    if bounds is not None:
        if not _integer.fullmatch(text):
            return False
        low, high = bounds
        # Twenty-odd digits are beyond every bound; int() of a million digits takes seconds.
        if low is None and high is None:
            return True
        digits = text.lstrip("+-").lstrip("0")
        value = int(digits[:25] or "0") * (-1 if text[0] == "-" else 1)
        return (low is None or value >= low) and (high is None or value <= high)
    match name:
        case "decimal":
            return _decimal.fullmatch(text) is not None
        case "float" | "double":
            return _double.fullmatch(text) is not None
        case "boolean":
            return text in ("true", "false", "1", "0")
        case "dateTime":
            return _is_date_time(text)
        case _:
            return True


def numeric_value(literal: Literal) -> Decimal | None:
    """The number that a literal of a numeric type stands for; ``None`` for any other literal."""
    if not literal.datatype.startswith(XSD) or not well_formed(literal):
        return None
    name = literal.datatype[len(XSD) :]
    if name not in _INTEGERS and name not in ("decimal", "float", "double"):
        return None
    return Decimal({"INF": "Infinity", "-INF": "-Infinity"}.get(literal.value, literal.value))


def digits(literal: Literal) -> tuple[int, int] | None:
    """Total and fraction digits of a decimal (XML Schema part 2, §4.3.11 and §4.3.12).

    ``None`` if it is not of ``xsd:decimal`` or a type derived from it.
    """
    name = literal.datatype.removeprefix(XSD)
    if name not in _INTEGERS and name != "decimal":
        return None
    if not literal.datatype.startswith(XSD) or not well_formed(literal):
        return None
    whole, _, fraction = literal.value.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    significant = len((whole + fraction).lstrip("0"))
    return max(significant, len(fraction), 1), len(fraction)
