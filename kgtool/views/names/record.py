"""What the name index knows of one entity, whatever it was read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from kgtool.entities import (
    CoordinateValue,
    DataValue,
    Entity,
    EntityIdValue,
    Item,
    MonolingualValue,
    Profile,
    QuantityValue,
    StringValue,
    TimeValue,
    best_statements,
)
from kgtool.entities.bulk import BulkItem
from kgtool.entities.profile import NameProperties

# What a name is of its entity. A name that was given up is a former one, whatever else it was.
STATED = (*NameProperties.__struct_fields__, "former")  # by a statement
KINDS = ("label", "alias", *STATED)
NO_LANGUAGE = "und"  # of names that are texts of no language
YEAR_DIGITS = 18  # more are no year


class StatedName(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A name that a statement gives; ``kind`` is one of :data:`STATED`."""

    kind: str
    language: str
    text: str


# Thousands are alive at once, and never in circles: Python need not look for those among them.


class NameRecord(msgspec.Struct, omit_defaults=True, gc=False):
    """One entity: its names, and what tells it from its namesakes.

    ``ids`` holds the values of every other property as texts: identifiers as they are, items as
    QIDs, dates as ``1840``, ``1840-11`` or ``1840-11-14`` (``-0044`` is 45 BCE, as in Wikibase's
    RDF), coordinates as ``latitude,longitude``. ``stated`` are names that statements give, those
    of lower rank and those that ended too. ``begin`` and ``end`` are years of life or of
    existence: every year that a source gives. ``same_as`` names the target of a redirect.
    """

    id: str
    labels: dict[str, str] = {}
    aliases: dict[str, list[str]] = {}
    descriptions: dict[str, str] = {}
    stated: list[StatedName] = []
    types: list[str] = []
    parents: list[str] = []
    begin: list[int] = []
    end: list[int] = []
    ids: dict[str, list[str]] = {}
    country: list[str] = []
    sitelinks: int = 0
    datatype: str = ""
    same_as: str = ""

    def names(self) -> dict[str, tuple[str, str]]:
        """Every name once, with what it is first (one of :data:`KINDS`) and in which language:
        labels, then what statements give, then aliases.

        An official name that is an alias too is told as the official name.
        """
        found: dict[str, tuple[str, str]] = {}
        for language, label in self.labels.items():
            if label not in found:
                found[label] = "label", language
        for one in self.stated:
            if one.text not in found:
                found[one.text] = one.kind, one.language
        for language, aliases in self.aliases.items():
            for alias in aliases:
                if alias not in found:
                    found[alias] = "alias", language
        return found


def merge(first: NameRecord, second: NameRecord) -> NameRecord:
    """What both say of one entity. Where they differ the first one's label is the label and the
    second one's becomes an alias, so that no name is lost."""
    labels = dict(first.labels)
    aliases = {language: list(names) for language, names in first.aliases.items()}
    for language, label in second.labels.items():
        if labels.setdefault(language, label) != label:
            aliases.setdefault(language, []).append(label)
    for language, names in second.aliases.items():
        aliases.setdefault(language, []).extend(names)
    ids = {property: list(values) for property, values in first.ids.items()}
    for property, values in second.ids.items():
        ids[property] = _union(ids.get(property, []), values)
    return NameRecord(
        id=first.id,
        labels=labels,
        aliases={language: _union(names, []) for language, names in aliases.items()},
        stated=_union(first.stated, second.stated),
        descriptions=second.descriptions | first.descriptions,
        types=_union(first.types, second.types),
        parents=_union(first.parents, second.parents),
        begin=_union(first.begin, second.begin),
        end=_union(first.end, second.end),
        ids=ids,
        country=_union(first.country, second.country),
        sitelinks=max(first.sitelinks, second.sitelinks),
        datatype=first.datatype or second.datatype,
        same_as=first.same_as or second.same_as,
    )


def _union(first: list[Any], second: list[Any]) -> list[Any]:
    return list(dict.fromkeys([*first, *second]))


def record(entity: Entity | BulkItem, profile: Profile) -> NameRecord:
    """The record of an entity: truthy statements only, of the roles that *profile* names; but of
    names that *profile* knows properties for, all statements that are not deprecated.

    :returns: for a property, its names and datatype only.
    """
    labels = {language: term.value for language, term in entity.labels.items()}
    aliases = {
        language: [term.value for term in terms] for language, terms in entity.aliases.items()
    }
    descriptions = {language: term.value for language, term in entity.descriptions.items()}
    if not isinstance(entity, Item | BulkItem):
        return NameRecord(entity.id, labels, aliases, descriptions, datatype=entity.datatype)
    roles = profile.properties
    values: dict[str, list[str]] = {}
    stated: list[StatedName] = []
    claims: Mapping[str, list[Any]] = entity.claims  # of either kind
    for property, statements in claims.items():
        if kind := profile.name_kinds.get(property):
            stated += _stated(kind, statements, roles.end_time)
        if len(statements) > 1:
            statements = best_statements(statements)
        elif statements[0].rank == "deprecated":
            continue
        texts = [plain(value) for one in statements if (value := one.mainsnak.datavalue)]
        if texts:
            values[property] = texts if len(texts) == 1 else _union(texts, [])
    return NameRecord(
        id=entity.id,
        labels=labels,
        aliases=aliases,
        descriptions=descriptions,
        stated=stated,
        types=values.pop(roles.instance_of, []),
        parents=values.pop(roles.subclass_of, []),
        begin=_years(values, roles.birth, roles.inception),
        end=_years(values, roles.death, roles.dissolved),
        ids=values | {site: [link.title] for site, link in entity.sitelinks.items()},
        country=values.get(roles.country, []),
        sitelinks=len(entity.sitelinks),
    )


def _stated(kind: str, statements: list[Any], end_time: str) -> Iterator[StatedName]:
    """The names that statements of one property give."""
    for statement in statements:
        if statement.rank == "deprecated":
            continue
        ended = any(one.snaktype != "novalue" for one in statement.qualifiers.get(end_time, ()))
        match statement.mainsnak.datavalue:
            case StringValue(text):
                yield StatedName("former" if ended else kind, NO_LANGUAGE, text)
            case MonolingualValue(worded):
                yield StatedName("former" if ended else kind, worded.language, worded.text)


def _years(values: dict[str, list[str]], *properties: str) -> list[int]:
    years: list[int] = []
    for property in properties:
        for text in values.get(property, []):
            negative = text.startswith("-")
            head = text.lstrip("-").split("-")[0]
            if head.isascii() and head.isdecimal() and len(head) <= YEAR_DIGITS:
                years.append(-int(head) if negative else int(head))
    return _union(years, [])


def plain(value: DataValue) -> str:
    """A value as the text that a table would hold (see :class:`NameRecord`)."""
    kind = type(value)
    # Told by kind, which mypy does not follow: a load asks this of every statement.
    if kind is StringValue:
        return value.value  # type: ignore[return-value]
    if kind is EntityIdValue:
        return value.value.id  # type: ignore[union-attr]
    match value:
        case TimeValue(time):
            return _plain_time(time.time, time.precision)
        case QuantityValue(quantity):
            return quantity.amount.lstrip("+")
        case CoordinateValue(place):
            return f"{place.latitude},{place.longitude}"
        case MonolingualValue(worded):
            return worded.text
    raise AssertionError(kind)


def _plain_time(time: str, precision: int) -> str:
    sign = "-" if time.startswith("-") else ""
    year, month, day = time.lstrip("+-").split("T")[0].split("-")
    year = year.lstrip("0").zfill(4)
    if precision >= 11:
        return f"{sign}{year}-{month}-{day}"
    if precision == 10:
        return f"{sign}{year}-{month}"
    unknown = min(max(0, 9 - precision), len(year))  # digits, as in EDTF: 18XX
    return f"{sign}{year[: len(year) - unknown]}{'X' * unknown}"
