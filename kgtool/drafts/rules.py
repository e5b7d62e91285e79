"""The rules of a mapping, typed: where values come from and what they become."""

from __future__ import annotations

import datetime
import re
from typing import Literal, TypeAlias

from msgspec import Struct

from kgtool.drafts.dates import Calendar
from kgtool.entities import Rank

Otherwise: TypeAlias = Literal["refuse", "doubt", "skip"]

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
    unit: str = ""  # of numbers without one in the cell; "1": they have none
    units: dict[str, str] = {}  # of units that stand in the cell, as in 12 cm
    decimal: str = "."
    thousands: str = ""
    precision: float | None = None
    calendar: Calendar = "auto"
    range: str = ""  # the sign between two dates in one column, as in 1400^1499
    until: str = ""  # the column with the second date
    earliest: str = "P1319"  # qualifier property of a span's first date
    latest: str = "P1326"  # and of its last
    circa: str = "P1480"  # qualifier property for “circa” dates …
    circa_item: str = "Q5727902"  # … and its value
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
    statements: list[StatementRule] = []
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
