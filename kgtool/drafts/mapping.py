"""A *mapping*: how the columns of a partner's table become labels, statements and references.

It is a TOML file; ``docs/drafts.md`` explains it by example and the shipped ones lie in
``kgtool/drafts/mappings``. Everything is typed: an unknown or misspelt key is an error that names
the key and the place.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from kgtool.drafts.dates import Calendar
from kgtool.drafts.values import VALUE_TYPES
from kgtool.entities import Rank
from kgtool.errors import MappingError, NotFound

Otherwise = Literal["refuse", "doubt", "skip"]

_PROPERTY = re.compile(r"^P[1-9]\d*$")
_ITEM = re.compile(r"^Q[1-9]\d*$")
_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_FIELD = re.compile(r"\{([^{}]+)\}")


class Reconcile(Struct, frozen=True, forbid_unknown_fields=True):
    """Find the item by its name: of which types, and which columns hold evidence."""

    types: list[str] = []
    properties: dict[str, str] = {}  # property → column


class Value(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a value comes from and how its text is read.

    One of ``constant``, ``column``, ``template`` (“{title}, {year}”; “{code|names}” looks the code
    up in the table ``names``), ``parameter`` (given when
    planning) and ``draft`` (column with the key of another row, which becomes the value).
    ``when`` names columns and the texts they must have for the rule to count.
    Then, in this order: ``split``; ``ignore`` (texts that mean nothing); ``some_value`` and
    ``no_value`` (texts that mean so); ``pattern`` (RE2; group 1 is kept, a text that does not match
    goes by ``otherwise``); ``map``; ``lookup`` (a second table); ``format`` (RE2; must match
    whole); the datatype's own reading. What cannot be read goes by ``otherwise``: *refuse* the
    row, leave the row in *doubt*, or *skip* the value and say so.
    """

    constant: str | None = None
    column: str | None = None
    template: str | None = None
    parameter: str | None = None
    draft: str | None = None
    when: dict[str, str] = {}
    split: str = ""
    ignore: list[str] = []
    some_value: list[str] = []
    no_value: list[str] = []
    pattern: str = ""
    map: dict[str, str] = {}
    lookup: str = ""
    format: str = ""
    otherwise: Otherwise = "refuse"
    language: str = ""
    unit: str = "1"
    decimal: str = "."
    thousands: str = ""
    precision: float | None = None
    calendar: Calendar = "auto"
    range: str = ""  # the sign between two dates in one column, as in 1400^1499
    until: str = ""  # the column with the second date
    earliest: str = ""  # qualifier property of a span's first date
    latest: str = ""  # and of its last
    circa: str = ""  # qualifier property for “circa” dates …
    circa_item: str = ""  # … and its value
    reconcile: Reconcile | None = None

    def columns(self) -> set[str]:
        """Names of the columns it reads."""
        named = {self.column, self.draft, self.until or None}
        named |= {field.partition("|")[0] for field in _FIELD.findall(self.template or "")}
        if self.reconcile:
            named |= set(self.reconcile.properties.values())
        return {name for name in named if name is not None} | set(self.when)


class SnakRule(Value, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A property and its value: a qualifier, or part of a reference."""

    property: str
    type: str


class ReferenceRule(Struct, frozen=True, forbid_unknown_fields=True):
    """One reference. It is left out where none of its snaks has a value."""

    snaks: list[SnakRule]


class StatementRule(SnakRule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A statement.

    ``many``: it may stand beside other values of the property. ``per``: qualifier property that
    tells values apart (an inventory number per collection). ``key``: the value identifies the
    item. ``references`` replaces the mapping's own; ``[]`` means none. ``required``: a row without
    the value is refused.
    """

    rank: Rank = "normal"
    many: bool = False
    per: str = ""
    key: bool = False
    required: bool = False
    qualifiers: list[SnakRule] = []
    references: list[ReferenceRule] | None = None


class TermRule(Value, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A label, description or alias; ``language`` is its code, ``cut`` shortens it to the limit."""

    cut: bool = False


class SitelinkRule(Value, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sitelink; ``site`` as in Wikibase: ``enwiki``."""

    site: str


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the data are from."""

    title: str
    url: str = ""
    publisher: str = ""
    attribution: str = ""


class Permission(Struct, frozen=True, forbid_unknown_fields=True):
    """Who allowed the data to be given to the public as CC0, when, and where that is recorded."""

    by: str
    date: datetime.date
    link: str


class License(Struct, frozen=True, forbid_unknown_fields=True):
    """Under which licence the data are published, and where it says so."""

    name: str
    link: str = ""


class Notability(Struct, frozen=True, forbid_unknown_fields=True):
    """Why the items belong on the wiki (Wikidata:Notability)."""

    ground: str
    link: str = ""


class Parameter(Struct, frozen=True, forbid_unknown_fields=True):
    """A value that the person who plans gives; without ``default`` it may be left out."""

    help: str
    default: str = ""


class Lookup(Struct, frozen=True, forbid_unknown_fields=True):
    """A second table, beside the first: texts of ``key`` become those of ``value``."""

    file: str
    key: str
    value: str


class NewProperty(Struct, frozen=True, forbid_unknown_fields=True):
    """A property that the wiki lacks, as it would be proposed."""

    label: str
    datatype: str
    description: str
    motivation: str
    column: str
    format: str = ""
    formatter_url: str = ""


class Mapping(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    name: str
    title: str
    key: str
    source: Source | None = None
    license: License | None = None
    permission: Permission | None = None
    notability: Notability | None = None
    item: str = ""  # column with the QID, where the partner already knows it
    language: str = "en"
    where: dict[str, str] = {}
    summary: str = ""
    shape: str = ""
    parameters: dict[str, Parameter] = {}
    lookups: dict[str, Lookup] = {}
    labels: list[TermRule] = []
    descriptions: list[TermRule] = []
    aliases: list[TermRule] = []
    sitelinks: list[SitelinkRule] = []
    statements: list[StatementRule] = field(default_factory=list)
    references: list[ReferenceRule] = []
    new_properties: list[NewProperty] = []

    def columns(self) -> set[str]:
        """Names of all columns that it reads."""
        named = set(self.where) | ({self.item} if self.item else set())
        named |= set(_FIELD.findall(self.key)) if "{" in self.key else {self.key}
        rules: list[Value] = [*self.labels, *self.descriptions, *self.aliases, *self.sitelinks]
        references = list(self.references)
        for statement in self.statements:
            rules += [statement, *statement.qualifiers]
            references += statement.references or []
        for reference in references:
            rules += reference.snaks
        for rule in rules:
            named |= rule.columns()
        return named | {new.column for new in self.new_properties}


# Licences whose data may enter Wikidata, which is CC0 throughout, without more being asked.
_FREE = {"cc0", "cc0-1.0", "cc0 1.0", "pddl", "pddl-1.0", "public domain"}


def permission_problems(mapping: Mapping) -> list[str]:
    """What keeps the mapping's data from being written: source, licence and ground must be named.

    Data under another licence than CC0 or PDDL need a permission: who gave it, when, and a link.
    """
    problems = []
    if mapping.source is None or not mapping.source.title.strip():
        problems.append("the mapping names no source: add [source] with a title")
    if mapping.permission is not None:
        if not (mapping.permission.by.strip() and mapping.permission.link.strip()):
            problems.append("the permission must say by whom and link to where it is recorded")
    elif mapping.license is None:
        problems.append(
            "the mapping names no licence: add [license] with a name, "
            "or [permission] with by, date and link"
        )
    elif mapping.license.name.strip().lower() not in _FREE:
        problems.append(
            f"the data are under {mapping.license.name}, but Wikidata is CC0: "
            "add [permission] with by, date and link"
        )
    if mapping.notability is None or not mapping.notability.ground.strip():
        problems.append("the mapping names no ground for notability: add [notability] with ground")
    return problems


def parse_mapping(text: str, where: str = "the mapping") -> Mapping:
    """Read a mapping from TOML.

    :raises MappingError: it is not TOML (with line and column), a key is unknown, missing or of
        the wrong kind, or a rule contradicts itself; names the key and its place.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(where, f"this is not TOML: {error}.") from None
    try:
        mapping = msgspec.convert(raw, Mapping)
    except msgspec.ValidationError as error:
        message = str(error)
        place = _PLACE.search(message)
        raise MappingError(
            f"{where}, {place.group(1)}" if place and place.group(1) else where,
            _PLACE.sub("", message) + ".",
        ) from None
    for key, problem in _contradictions(mapping):
        raise MappingError(f"{where}, {key}", problem)
    return mapping


def load_mapping(name: str) -> Mapping:
    """The shipped mapping of that name, or the one in the TOML file at that path.

    :raises NotFound: neither is there.
    :raises MappingError: it is wrong.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise NotFound(f"There is no mapping at {path}.")
        return parse_mapping(path.read_text(encoding="utf-8"), str(path))
    if name not in mapping_names():
        raise NotFound(
            f"There is no mapping named “{name}”.",
            hint=f"Shipped: {', '.join(mapping_names())}; or give the path of a .toml file.",
        )
    text = files("kgtool.drafts").joinpath("mappings", f"{name}.toml").read_text(encoding="utf-8")
    return parse_mapping(text, name)


def mapping_names() -> list[str]:
    """Names of the shipped mappings, sorted."""
    folder = files("kgtool.drafts").joinpath("mappings")
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )


def _contradictions(mapping: Mapping) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    terms: dict[str, list[Any]] = {
        "labels": mapping.labels,
        "descriptions": mapping.descriptions,
        "aliases": mapping.aliases,
        "sitelinks": mapping.sitelinks,
    }
    for name, rules in terms.items():
        for n, rule in enumerate(rules):
            found += _value_problems(f"{name}[{n}]", rule, mapping)
    for n, statement in enumerate(mapping.statements):
        place = f"statements[{n}] ({statement.property})"
        found += _snak_problems(place, statement, mapping)
        for m, qualifier in enumerate(statement.qualifiers):
            found += _snak_problems(f"{place}.qualifiers[{m}]", qualifier, mapping)
        for m, reference in enumerate(statement.references or []):
            for k, rule in enumerate(reference.snaks):
                found += _snak_problems(f"{place}.references[{m}].snaks[{k}]", rule, mapping)
    for m, reference in enumerate(mapping.references):
        for k, rule in enumerate(reference.snaks):
            found += _snak_problems(f"references[{m}].snaks[{k}]", rule, mapping)
    return found


def _snak_problems(place: str, rule: SnakRule, mapping: Mapping) -> list[tuple[str, str]]:
    found = []
    if not _PROPERTY.match(rule.property):
        found.append((f"{place}.property", f"“{rule.property}” is not a property id such as P31."))
    if rule.type not in VALUE_TYPES:
        known = ", ".join(sorted(VALUE_TYPES))
        found.append((f"{place}.type", f"“{rule.type}” is not a datatype; known: {known}."))
    if rule.type == "monolingualtext" and not (rule.language or mapping.language):
        found.append((f"{place}.language", "a monolingual text needs a language code."))
    if (rule.range or rule.until) and rule.type != "time":
        found.append((f"{place}.range", "only a time can be a span."))
    if (rule.range or rule.until) and not (rule.earliest and rule.latest):
        found.append((f"{place}.earliest", "a span needs the properties earliest and latest."))
    if rule.unit != "1" and not _ITEM.match(rule.unit):
        found.append((f"{place}.unit", f"“{rule.unit}” is not an item id such as Q174728."))
    return found + _value_problems(place, rule, mapping)


def _value_problems(place: str, rule: Value, mapping: Mapping) -> list[tuple[str, str]]:
    from re2 import compile as compile_re2
    from re2 import error as pattern_error

    found = []
    given = [rule.constant, rule.column, rule.template, rule.parameter, rule.draft]
    if sum(one is not None for one in given) != 1:
        found.append(
            (place, "give exactly one of constant, column, template, parameter and draft.")
        )
    if rule.parameter is not None and rule.parameter not in mapping.parameters:
        found.append((f"{place}.parameter", f"[parameters] has no “{rule.parameter}”."))
    if rule.lookup and rule.lookup not in mapping.lookups:
        found.append((f"{place}.lookup", f"[lookups] has no “{rule.lookup}”."))
    for key, pattern in (("pattern", rule.pattern), ("format", rule.format)):
        try:
            if pattern and key == "pattern" and compile_re2(pattern).groups != 1:
                found.append((f"{place}.pattern", "it must have one group: the part to keep."))
            elif pattern:
                compile_re2(pattern)
        except pattern_error as error:
            found.append((f"{place}.{key}", f"this is not a regular expression (RE2): {error}."))
    return found
