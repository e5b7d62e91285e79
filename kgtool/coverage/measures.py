"""Measures: what can be there or be lacking on an item, as values that print as they are written.

A measure is an *atom* (``P18``, ``Lsv``, ``P170.goodref``, …) or a combination of measures by
``and``, ``or``, ``not``. :func:`kgtool.coverage.expression.parse` reads the written form;
``str(measure)`` writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

PARTNER = "@partner"


@dataclass(frozen=True, slots=True)
class HasProperty:
    """``P18``: a statement with that property."""

    property: str

    def __str__(self) -> str:
        return self.property


@dataclass(frozen=True, slots=True)
class HasValue:
    """``P31=Q3305213``: a statement with that item as value; ``…*``: or one of its subclasses."""

    property: str
    item: str
    below: bool = False

    def __str__(self) -> str:
        return f"{self.property}={self.item}{'*' if self.below else ''}"


@dataclass(frozen=True, slots=True)
class HasReference:
    """``P170.ref``: a statement with a reference; ``P170.ref=P248``: one that uses P248."""

    property: str
    source: str = ""

    def __str__(self) -> str:
        return f"{self.property}.ref" + (f"={self.source}" if self.source else "")


@dataclass(frozen=True, slots=True)
class HasGoodReference:
    """``P170.goodref``: a statement with a reference that says more than where it was copied from.

    A reference is not good that has nothing but the properties in ``Profile.poor_references``.
    """

    property: str

    def __str__(self) -> str:
        return f"{self.property}.goodref"


@dataclass(frozen=True, slots=True)
class HasQualifier:
    """``P217.P195``: a statement with that qualifier; ``P217.P195=Q1``: with that value.

    ``P217.P195=@partner`` asks for the partner that coverage is measured of, or a sub-collection.
    """

    property: str
    qualifier: str
    item: str = ""

    def __str__(self) -> str:
        return f"{self.property}.{self.qualifier}" + (f"={self.item}" if self.item else "")


@dataclass(frozen=True, slots=True)
class HasTerm:
    """``Lsv`` ``Dsv`` ``Asv``: label, description, alias in a language, as Wikibase codes it.

    A label in ``mul`` meets ``Lsv`` where its script serves the language; not so ``Lsv.own``.
    """

    kind: Literal["L", "D", "A"]
    language: str
    own: bool = False

    def __str__(self) -> str:
        return f"{self.kind}{self.language}{'.own' if self.own else ''}"


@dataclass(frozen=True, slots=True)
class HasSitelink:
    """``Senwiki``: a page on that wiki."""

    site: str

    def __str__(self) -> str:
        return f"S{self.site}"


@dataclass(frozen=True, slots=True)
class Conforms:
    """``shape:artwork``: nothing to find for that shape; ``shape:artwork/P217``: at P217."""

    shape: str
    property: str = ""

    def __str__(self) -> str:
        return f"shape:{self.shape}" + (f"/{self.property}" if self.property else "")


@dataclass(frozen=True, slots=True)
class Not:
    """``not M``."""

    of: Measure

    def __str__(self) -> str:
        return f"not {_inner(self.of, (And, Or))}"


@dataclass(frozen=True, slots=True)
class And:
    """``M and M …``; two or more."""

    of: tuple[Measure, ...]

    def __str__(self) -> str:
        return " and ".join(_inner(one, (And, Or)) for one in self.of)


@dataclass(frozen=True, slots=True)
class Or:
    """``M or M …``; two or more."""

    of: tuple[Measure, ...]

    def __str__(self) -> str:
        return " or ".join(_inner(one, (Or,)) for one in self.of)


Atom: TypeAlias = (
    HasProperty
    | HasValue
    | HasReference
    | HasGoodReference
    | HasQualifier
    | HasTerm
    | HasSitelink
    | Conforms
)
Combination: TypeAlias = Not | And | Or
Measure: TypeAlias = Atom | Combination


def atoms(measure: Measure) -> Iterator[Atom]:
    """The atoms of a measure, from left to right."""
    match measure:
        case Not(of=inner):
            yield from atoms(inner)
        case And(of=parts) | Or(of=parts):
            for part in parts:
                yield from atoms(part)
        case _:
            yield measure


def names_partner(measure: Measure) -> bool:
    """Whether what it asks depends on the partner that it is asked of."""
    return any(isinstance(a, HasQualifier) and a.item == PARTNER for a in atoms(measure))


def _inner(measure: Measure, in_brackets: tuple[type, ...]) -> str:
    return f"({measure})" if isinstance(measure, in_brackets) else str(measure)
