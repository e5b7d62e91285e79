"""ShEx schemas as values; :mod:`kgtool.checks.shexj` reads them."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from kgtool.checks.terms import Iri, Literal, Term


class Unsupported(Exception):
    """The compiler does not cover this construct; the reference engine must answer."""


class Stem(Struct, frozen=True):
    """``kind`` is ``iri``, ``literal`` or ``language``; ``stem`` ``None`` is the wildcard."""

    kind: str
    stem: str | None
    exclusions: tuple[ValueSetValue, ...] = ()


class Language(Struct, frozen=True):
    """A language tag in a value set, lower case."""

    tag: str


ValueSetValue: TypeAlias = Iri | Literal | Stem | Language


class Annotation(Struct, frozen=True):
    """What a schema says of one of its parts; engines ignore it, reports read it."""

    predicate: str
    value: Term


class NodeConstraint(Struct, frozen=True):
    """What a single node must be like. ``facets`` are the numeric ones, by ShExJ name."""

    kind: str = ""  # iri, bnode, nonliteral, literal
    datatype: str = ""
    values: tuple[ValueSetValue, ...] | None = None
    pattern: str | None = None
    flags: str = ""
    lengths: tuple[tuple[str, int], ...] = ()
    facets: tuple[tuple[str, Decimal], ...] = ()


class ClassOf(Struct, frozen=True):
    """One of these classes or a subclass of one, by the subclass closure; ids of items."""

    roots: tuple[str, ...]


class Ref(Struct, frozen=True):
    """A reference to a shape by its label."""

    label: str


class And(Struct, frozen=True):
    """All of these."""

    parts: tuple[ShapeExpr, ...]


class Or(Struct, frozen=True):
    """At least one of these."""

    parts: tuple[ShapeExpr, ...]


class Not(Struct, frozen=True):
    """Not this."""

    part: ShapeExpr


class TripleConstraint(Struct, frozen=True):
    """So many arcs of a predicate, to or (``inverse``) from such nodes; ``max`` may be none."""

    predicate: str
    inverse: bool = False
    value: ShapeExpr | None = None
    min: int = 1
    max: int | None = 1
    annotations: tuple[Annotation, ...] = ()


class EachOf(Struct, frozen=True):
    """All of these, from ``min`` to ``max`` times."""

    parts: tuple[TripleExpr, ...]
    min: int = 1
    max: int | None = 1
    annotations: tuple[Annotation, ...] = ()


class OneOf(Struct, frozen=True):
    """One of these, from ``min`` to ``max`` times."""

    parts: tuple[TripleExpr, ...]
    min: int = 1
    max: int | None = 1
    annotations: tuple[Annotation, ...] = ()


class Shape(Struct, frozen=True):
    """What the arcs around a node must be like."""

    expression: TripleExpr | None = None
    closed: bool = False
    extra: frozenset[str] = frozenset()
    annotations: tuple[Annotation, ...] = ()


TripleExpr: TypeAlias = TripleConstraint | EachOf | OneOf
ShapeExpr: TypeAlias = NodeConstraint | ClassOf | Ref | And | Or | Not | Shape


class Schema(Struct, frozen=True):
    """Shapes by label, in the order of the file, and the one to start with."""

    shapes: dict[str, ShapeExpr]
    start: ShapeExpr | None = None
