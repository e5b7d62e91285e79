"""What the wiki would refuse, found here first: a refused creation still costs an item id.

Limits and rules are those of Wikibase (``repo/config/Wikibase.default.php``, its validators), as
seen on a running one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal, InvalidOperation

from kgtool.drafts.dates import order
from kgtool.drafts.draft import Draft, Finding, finding, local_key, snaks_of
from kgtool.drafts.values import EARTH, SCHEMES, VALUE_TYPES, is_item_id
from kgtool.drafts.words import words
from kgtool.entities import (
    CoordinateValue,
    EntityIdValue,
    Item,
    MonolingualValue,
    Profile,
    Property,
    QuantityValue,
    Snak,
    StringValue,
    Time,
    TimeValue,
)
from kgtool.entities.sites import may_be_linked
from kgtool.entities.term_languages import is_term_language
from kgtool.messages.words import Words

_DECIMAL = re.compile(r"[+-](?:[1-9][0-9]*|[0-9])(?:\.[0-9]+)?")
_DIGITS = 127  # of a decimal, with sign and point
_TIME = re.compile(r"^[+-]\d{4,16}-\d\d-\d\dT00:00:00Z$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
# Codes that a monolingual text may not have, and those that it may have besides.
_NOT_MONOLINGUAL = {"simple", "de-formal", "nl-informal", "hu-formal", "zh-min-nan", "mul"}
_ALSO_MONOLINGUAL = {"mis", "und", "zxx", "mul"}
_URL_LIMIT = 500


def validate(
    draft: Draft,
    profile: Profile,
    properties: dict[str, Property],
    *,
    complete: bool,
    items: Collection[str] = (),
    asked: Collection[str] = (),
    batch: Collection[str] = (),
) -> list[Finding]:
    """Everything that the wiki would refuse in the draft.

    ``properties`` are the known ones; with ``complete``, one that is not among them does not exist,
    and likewise an item of ``asked`` that is not in ``items``. ``batch`` are the keys that rows may
    refer to.
    """
    found = _terms(draft.wanted, profile)
    for site, link in draft.wanted.sitelinks.items():
        if not link.title or re.search(r"[#<>\[\]|{}\n\t]", link.title):
            found.append(_refuse("bad-title", words("bad-title", link.title), site))
        # Which sites another wiki links to is its own affair.
        if profile.is_of_wikidata and not may_be_linked(site):
            found.append(_refuse("no-site", words("no-site", site), site))
    for statements in draft.wanted.claims.values():
        for statement in statements:
            for snak in snaks_of(statement):
                found += _snak(snak, profile, properties, complete)
                id = named_entity(snak, profile)
                if id is None:
                    continue
                key = local_key(id)
                if key is not None and key not in batch:
                    found.append(_refuse("no-row", words("no-row", key), snak.property))
                elif key is None and complete and id in asked and id not in items:
                    found.append(_refuse("no-item", words("no-item", id), snak.property))
                elif id.startswith("P") and complete and id not in properties:
                    found.append(_refuse("no-property", words("no-property", id), snak.property))
    if not (draft.wanted.labels or draft.wanted.claims or draft.wanted.sitelinks):
        found.append(_refuse("empty", words("empty")))
    return _distinct(found)


def named_entity(snak: Snak, profile: Profile) -> str | None:
    """The entity that a value is, or whose unit it has if that is an item of this wiki."""
    match snak.datavalue:
        case EntityIdValue(value):
            return value.id
        case QuantityValue(value):
            item = value.unit.removeprefix(profile.entity_iri(""))
            return item if is_item_id(item) else None
    return None


def _distinct(findings: list[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for one in findings:
        if one not in kept:
            kept.append(one)
    return kept


def _terms(item: Item, profile: Profile) -> list[Finding]:
    found = []
    groups = [
        ("label", list(item.labels.values())),
        ("description", list(item.descriptions.values())),
        ("alias", [term for terms in item.aliases.values() for term in terms]),
    ]
    for kind, terms in groups:
        for term in terms:
            where = f"{kind} ({term.language})"
            if not is_term_language(term.language) or (
                kind == "description" and term.language == "mul"
            ):
                found.append(_refuse("no-language", words("no-language", term.language), where))
            if not term.value.strip():
                found.append(_refuse("empty-term", words("empty-text"), where))
            if len(term.value) > profile.term_limit:
                found.append(
                    _refuse(
                        "term-too-long",
                        words("too-long", len(term.value), profile.term_limit),
                        where,
                    )
                )
    for code, term in item.labels.items():
        if code in item.descriptions and item.descriptions[code].value == term.value:
            found.append(_refuse("label-is-description", words("label-is-description"), code))
    return found


def _snak(
    snak: Snak, profile: Profile, properties: dict[str, Property], complete: bool
) -> list[Finding]:
    where = snak.property
    known = properties.get(where)
    found: list[Finding] = []
    if known is None and complete:
        return [_refuse("no-property", words("no-property", where), where)]
    datatype = known.datatype if known else snak.datatype
    if known and snak.datatype and known.datatype.lower() != snak.datatype.lower():
        return [
            _refuse(
                "datatype",
                words("datatype", where, known.datatype, snak.datatype),
                where,
            )
        ]
    value = snak.datavalue
    if snak.snaktype != "value":
        return found
    if value is None:
        return [_refuse("no-value", words("no-value"), where)]
    wanted = VALUE_TYPES.get(datatype or "")
    given = value.__struct_config__.tag
    if wanted and wanted != given:
        return [
            _refuse("value-type", words("value-type", str(datatype), wanted, str(given)), where)
        ]
    match value:
        case StringValue():
            found += _string(value.value, datatype or "", profile, where)
        case EntityIdValue(entity) if entity.id.startswith("Q") and not is_item_id(entity.id):
            found.append(_refuse("not-an-id", words("not-an-id", entity.id), where))
        case TimeValue():
            found += _time(value.value, where)
        case QuantityValue():
            numbers = (value.value.amount, value.value.upperBound, value.value.lowerBound)
            if not all(n is None or _is_decimal(n) for n in numbers):
                found.append(_refuse("number", words("number", value.value.amount), where))
            elif not _is_unit(value.value.unit, profile):
                found.append(_refuse("unit", words("not-an-id", value.value.unit), where))
            elif not _ordered(value.value.lowerBound, value.value.amount, value.value.upperBound):
                found.append(_refuse("bounds", words("bounds"), where))
        case CoordinateValue():
            place = value.value
            # Longitudes of other globes may be counted all around to the east.
            east = 180 if place.globe == EARTH else 360
            if abs(place.latitude) > 90 or abs(place.longitude) > east:
                found.append(_refuse("coordinate", words("coordinate"), where))
            if place.precision is None:
                found.append(_refuse("no-precision", words("no-precision"), where))
        case MonolingualValue():
            text = value.value
            found += _string(text.text, "string", profile, where)
            if text.language not in _ALSO_MONOLINGUAL and (
                text.language in _NOT_MONOLINGUAL or not is_term_language(text.language)
            ):
                found.append(_refuse("no-language", words("no-language", text.language), where))
    return found


def _string(text: str, datatype: str, profile: Profile, where: str) -> list[Finding]:
    limit = _URL_LIMIT if datatype == "url" else profile.string_limit
    if not text:
        return [_refuse("empty-text", words("empty-text"), where)]
    if len(text) > limit:
        return [_refuse("too-long", words("too-long", len(text), limit), where)]
    if text != text.strip() or _CONTROL.search(text):
        return [_refuse("white-space", words("white-space"), where)]
    if datatype == "url":
        scheme, colon, rest = text.partition(":")
        if not colon or scheme.lower() not in SCHEMES or not rest.strip("/"):
            return [_refuse("url", words("no-scheme", text), where)]
    if datatype.lower() == "commonsmedia" and re.search(r"[#<>\[\]|{}:/]", text):
        return [_refuse("media", words("media", text), where)]
    return []


def _time(time: Time, where: str) -> list[Finding]:
    if not _TIME.match(time.time):
        return [_refuse("time", words("time", time.time), where)]
    if not 0 <= time.precision <= 11:
        return [_refuse("time-precision", words("time-precision"), where)]
    _, month, day = order(time)
    if month > 12 or day > 31 or (time.precision >= 10 and not month):
        return [_refuse("time", words("no-date", time.time), where)]
    if time.precision == 11 and not day:
        return [_refuse("time", words("no-day", time.time), where)]
    return []


def _is_decimal(text: str) -> bool:
    return len(text) <= _DIGITS and _DECIMAL.fullmatch(text) is not None


def _is_unit(unit: str, profile: Profile) -> bool:
    """Whether a unit is none, an item of this wiki, or an address elsewhere."""
    own = profile.entity_iri("")
    if unit.startswith(own):
        return is_item_id(unit.removeprefix(own))
    return unit == "1" or unit.startswith(("http://", "https://"))


def _ordered(lower: str | None, amount: str, upper: str | None) -> bool:
    try:
        return (lower is None or Decimal(lower) <= Decimal(amount)) and (
            upper is None or Decimal(amount) <= Decimal(upper)
        )
    except InvalidOperation:
        return False


def _refuse(code: str, said: Words, where: str = "") -> Finding:
    return finding("refuse", code, said, where)
