"""Texts → values of a Wikibase datatype, exactly: no float touches a number, nothing is guessed."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from urllib.parse import unquote, urlsplit

from kgtool.drafts.words import Unreadable
from kgtool.entities import (
    Coordinate,
    CoordinateValue,
    EntityId,
    EntityIdValue,
    Monolingual,
    MonolingualValue,
    Quantity,
    QuantityValue,
    StringValue,
)

EARTH = "http://www.wikidata.org/entity/Q2"

# Value type of each datatype (Wikibase, "Data types"): what `datavalue.type` must be.
VALUE_TYPES = {
    "wikibase-item": "wikibase-entityid",
    "wikibase-property": "wikibase-entityid",
    "wikibase-lexeme": "wikibase-entityid",
    "wikibase-form": "wikibase-entityid",
    "wikibase-sense": "wikibase-entityid",
    "string": "string",
    "external-id": "string",
    "url": "string",
    "commonsMedia": "string",
    "geo-shape": "string",
    "tabular-data": "string",
    "math": "string",
    "musical-notation": "string",
    "time": "time",
    "quantity": "quantity",
    "globe-coordinate": "globecoordinate",
    "monolingualtext": "monolingualtext",
}
SCHEMES = {"http", "https", "ftp", "ftps", "mailto", "irc", "ircs", "news", "git", "ssh", "gopher"}

_ENTITY = re.compile(r"(?:^|/)([QP][1-9][0-9]{0,9})$")
_ITEM = re.compile(r"Q([1-9][0-9]{0,9})")
_LAST = 2**31 - 1  # Wikibase has no greater number
_LEXICAL = {"F": "form", "S": "sense"}
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$")
_DMS = re.compile(
    r"^(\d{1,3}(?:\.\d+)?)(?:\s*°\s*|\s+)(?:(\d{1,2}(?:\.\d+)?)(?:\s*['′’]\s*|\s+))?"
    r"(?:(\d{1,2}(?:\.\d+)?)(?:\s*[\"″”]\s*|\s+))?([NSEW])$",
    re.I,
)
_MEDIA_FORBIDDEN = re.compile(r"[#<>\[\]|{}:/\x00-\x1f\x7f]")


def is_item_id(text: str) -> bool:
    """Whether a wiki could have an item under this id."""
    match = _ITEM.fullmatch(text)
    return match is not None and int(match.group(1)) <= _LAST


def parse_entity_id(text: str) -> EntityIdValue:
    """``Q42``, ``P31`` or the address of such an entity.

    :raises Unreadable: it is neither.
    """
    match = _ENTITY.search(text.strip())
    if not match:
        raise Unreadable("not-an-id", text)
    return item_value(match.group(1))


def item_value(id: str) -> EntityIdValue:
    """An entity as value. The numeric id is left to the wiki."""
    if id.startswith("L"):
        return EntityIdValue(EntityId(id, _LEXICAL.get(id.partition("-")[2][:1], "lexeme")))
    return EntityIdValue(EntityId(id, "property" if id.startswith("P") else "item"))


def parse_string(text: str, limit: int = 1500) -> StringValue:
    """A string as Wikibase takes it: it refuses white space at the ends, tabs and line breaks.

    :raises Unreadable: there is none, or more than ``limit`` characters.
    """
    clean = " ".join(text.split())
    if not clean:
        raise Unreadable("empty-text")
    if len(clean) > limit:
        raise Unreadable("too-long", len(clean), limit)
    return StringValue(clean)


def parse_url(text: str) -> StringValue:
    """A URL with a scheme that a Wikibase takes.

    :raises Unreadable: it is none; it is not mended.
    """
    clean = text.strip()
    try:
        parts = urlsplit(clean)
        _ = parts.port  # raises where it is not a number
    except ValueError:
        raise Unreadable("not-a-url", text) from None
    if parts.scheme.lower() not in SCHEMES:
        raise Unreadable("no-scheme", text)
    if re.search(r"\s", clean) or not (parts.netloc or parts.scheme == "mailto"):
        raise Unreadable("not-a-url", text)
    if len(clean) > 500:
        raise Unreadable("too-long", len(clean), 500)
    return StringValue(clean)


def parse_media(text: str) -> StringValue:
    """Name of a file on Commons: without ``File:``, with spaces; addresses of files are read.

    :raises Unreadable: it can be no file name.
    """
    name = text.strip()
    for marker in ("/Special:FilePath/", "/wiki/File:", "/wiki/file:"):
        if marker in name:
            name = unquote(name.split(marker, 1)[1].split("?")[0])
    name = re.sub(r"^(?:File|Image):", "", name, flags=re.I).replace("_", " ").strip()
    if _MEDIA_FORBIDDEN.search(name) or "." not in name[1:-1]:
        raise Unreadable("media", text)
    if len(name.encode()) > 240:
        raise Unreadable("file-too-long", len(name.encode()), 240)
    return StringValue(name[0].upper() + name[1:])


def parse_text(text: str, language: str) -> MonolingualValue:
    """A text in one language.

    :raises Unreadable: it is empty or too long.
    """
    return MonolingualValue(Monolingual(parse_string(text).value, language))


def parse_number(text: str, decimal: str = ".", thousands: str = "") -> Decimal:
    """A decimal number, exactly.

    :raises Unreadable: it is none in the notation that was stated.
    """
    clean = text.strip().replace("\u2212", "-").replace("\u00a0", " ")
    if thousands:
        clean = clean.replace(thousands, "")
    if decimal != ".":
        if "." in clean:
            raise Unreadable("decimal-sign", text, decimal)
        clean = clean.replace(decimal, ".")
    if not _NUMBER.match(clean):
        raise Unreadable("not-a-number", text)
    try:
        return Decimal(clean)
    except InvalidOperation:
        raise Unreadable("not-a-number", text) from None


def decimal_text(number: Decimal) -> str:
    """The form of a Wikibase: ``+14.50``: signed, no exponent, every digit kept."""
    text = format(number, "f")
    return text if text.startswith("-") else f"+{text}"


def parse_quantity(
    text: str, unit: str = "1", decimal: str = ".", thousands: str = ""
) -> QuantityValue:
    """``14.5``, ``14.5±0.5`` or ``14.5[14,15]``; ``unit`` is an item IRI or ``"1"``.

    :raises Unreadable: it is not a number, or the amount is outside its bounds.
    """
    body, lower, upper = text.strip(), None, None
    if match := re.match(r"^(.*)\[(.*),(.*)\]$", body):
        body = match.group(1)
        lower = parse_number(match.group(2), decimal, thousands)
        upper = parse_number(match.group(3), decimal, thousands)
    elif "±" in body or "~" in body:
        body, _, spread = re.split(r"(±|~)", body, maxsplit=1)
        amount, off = (parse_number(t, decimal, thousands) for t in (body, spread))
        lower, upper = amount - off, amount + off
    amount = parse_number(body, decimal, thousands)
    if lower is not None and upper is not None and not lower <= amount <= upper:
        raise Unreadable("outside-bounds", text)
    return QuantityValue(
        Quantity(
            decimal_text(amount),
            unit,
            decimal_text(upper) if upper is not None else None,
            decimal_text(lower) if lower is not None else None,
        )
    )


def parse_coordinate(
    text: str, precision: float | None = None, globe: str = EARTH
) -> CoordinateValue:
    """``59.3287, 18.0786``, ``59°19′43″N 18°4′43″E``, ``59 19 43 N, 18 4 43 E`` or
    ``@59.3287/18.0786``.

    Without a stated precision it is that of the less exact number as written: one unit of its last
    digit, or an arc second, minute or degree.

    :raises Unreadable: it is no place on a globe.
    """
    body = text.strip().removeprefix("@")
    parts = re.split(r"\s*[,;/|]\s*|\s+(?=[+-]?\d+(?:\.\d+)?$)|(?<=[NSns])\s+", body)
    if len(parts) != 2:
        raise Unreadable("not-coordinates", text)
    (latitude, exact_1, _), (longitude, exact_2, axis) = map(_degrees, parts)
    if axis == "lat":
        raise Unreadable("latitude-first", text)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise Unreadable("not-on-globe", text)
    return CoordinateValue(
        Coordinate(latitude, longitude, precision or max(exact_1, exact_2), globe)
    )


def _degrees(part: str) -> tuple[float, float, str]:
    if _NUMBER.match(part.strip()):
        number = Decimal(part.strip())
        exponent = number.as_tuple().exponent
        assert isinstance(exponent, int)  # neither infinite nor no number
        return float(number), float(Decimal(10) ** min(exponent, 0)), ""
    match = _DMS.match(part.strip())
    if not match:
        raise Unreadable("not-an-angle", part)
    degrees, minutes, seconds, side = match.groups()
    total = Decimal(degrees) + Decimal(minutes or 0) / 60 + Decimal(seconds or 0) / 3600
    exact = 1 / 3600 if seconds else 1 / 60 if minutes else 1.0
    sign = -1 if side.upper() in "SW" else 1
    return float(total) * sign, exact, "lat" if side.upper() in "NS" else "lon"
