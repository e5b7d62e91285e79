"""ShEx schemas as values, from ShExJ (the JSON form that the ShEx specification defines).

What this module does not know is not dropped: :class:`Unsupported` says what it is, and the caller
gives the schema to the reference engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from msgspec import Struct

from kgtool.checks.terms import LANG_STRING, STRING, Iri, Literal, Term


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


_NUMERIC = ("mininclusive", "minexclusive", "maxinclusive", "maxexclusive")
_DIGITS = ("totaldigits", "fractiondigits")
_LENGTHS = ("length", "minlength", "maxlength")


def from_shexj(raw: Mapping[str, Any]) -> Schema:
    """Read a schema from decoded ShExJ; numbers must have been decoded as ``Decimal`` or ``int``.

    :raises Unsupported: it uses what the compiler does not cover; says what.
    """
    _known(raw, "@context", "type", "start", "shapes", "prefixmap", "base")
    return _Reader(raw).schema()


def _known(raw: Mapping[str, Any], *keys: str) -> None:
    for key, value in raw.items():
        if key not in keys and value not in (None, [], False):
            raise Unsupported(f"{raw.get('type', 'a schema')} with “{key}”")


class _Reader:
    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        self._named: dict[str, Mapping[str, Any]] = {}
        self._inside: list[str] = []

    def schema(self) -> Schema:
        declared: list[Mapping[str, Any]] = self._raw.get("shapes") or []
        waiting: list[Any] = list(declared)
        while waiting:
            one = waiting.pop()
            if isinstance(one, list):
                waiting += one
            elif isinstance(one, Mapping):
                if one.get("type") in ("TripleConstraint", "EachOf", "OneOf") and one.get("id"):
                    self._named[one["id"]] = one
                waiting += [v for v in one.values() if isinstance(v, Mapping | list)]
        shapes: dict[str, ShapeExpr] = {}
        for declaration in declared:
            if declaration["type"] == "ShapeDecl":
                _known(declaration, "type", "id", "shapeExpr")
                shapes[declaration["id"]] = self.shape(declaration["shapeExpr"])
            else:
                shapes[declaration["id"]] = self.shape(declaration)
        start = self._raw.get("start")
        return Schema(shapes, None if start is None else self.shape(start))

    def shape(self, raw: Any) -> ShapeExpr:
        if isinstance(raw, str):
            return Ref(raw)
        match raw["type"]:
            case "NodeConstraint":
                return _node_constraint(raw)
            case "ShapeAnd":
                return And(tuple(map(self.shape, raw["shapeExprs"])))
            case "ShapeOr":
                return Or(tuple(map(self.shape, raw["shapeExprs"])))
            case "ShapeNot":
                return Not(self.shape(raw["shapeExpr"]))
            case "Shape":
                _known(raw, "type", "id", "expression", "closed", "extra", "annotations")
                expression = raw.get("expression")
                return Shape(
                    None if expression is None else self.triples(expression),
                    bool(raw.get("closed")),
                    frozenset(raw.get("extra") or ()),
                    _annotations(raw),
                )
            case other:
                raise Unsupported(str(other))

    def triples(self, raw: Any) -> TripleExpr:
        if isinstance(raw, str):
            if raw in self._inside or raw not in self._named:
                raise Unsupported(f"the inclusion &<{raw}>")
            self._inside.append(raw)
            included = self.triples(self._named[raw])
            self._inside.pop()
            return included
        low = int(raw.get("min", 1))
        high = int(raw.get("max", 1))
        most = None if high == -1 else high
        if raw["type"] == "TripleConstraint":
            _known(
                raw, "type", "id", "predicate", "inverse", "valueExpr", "min", "max", "annotations"
            )
            value = raw.get("valueExpr")
            return TripleConstraint(
                raw["predicate"],
                bool(raw.get("inverse")),
                None if value is None else self.shape(value),
                low,
                most,
                _annotations(raw),
            )
        _known(raw, "type", "id", "expressions", "min", "max", "annotations")
        if raw["type"] not in ("EachOf", "OneOf"):
            raise Unsupported(str(raw["type"]))
        parts = tuple(map(self.triples, raw["expressions"]))
        if raw["type"] == "EachOf":
            return EachOf(parts, low, most, _annotations(raw))
        return OneOf(parts, low, most, _annotations(raw))


def _annotations(raw: Mapping[str, Any]) -> tuple[Annotation, ...]:
    return tuple(
        Annotation(one["predicate"], _object(one["object"])) for one in raw.get("annotations") or ()
    )


def _object(raw: Any) -> Iri | Literal:
    if isinstance(raw, str):
        return Iri(raw)
    if "language" in raw:
        return Literal(raw["value"], LANG_STRING, raw["language"].lower())
    return Literal(raw["value"], raw.get("type", STRING))


def _node_constraint(raw: Mapping[str, Any]) -> NodeConstraint:
    _known(
        raw,
        *("type", "id", "nodeKind", "datatype", "values", "pattern", "flags"),
        *(*_NUMERIC, *_DIGITS, *_LENGTHS),
    )
    values = raw.get("values")
    return NodeConstraint(
        raw.get("nodeKind") or "",
        raw.get("datatype") or "",
        None if values is None else tuple(map(_value, values)),
        raw.get("pattern"),
        raw.get("flags") or "",
        tuple((name, int(raw[name])) for name in _LENGTHS if name in raw),
        tuple((name, Decimal(raw[name])) for name in (*_NUMERIC, *_DIGITS) if name in raw),
    )


def _value(raw: Any) -> ValueSetValue:
    if isinstance(raw, str):
        return Iri(raw)
    kind = raw.get("type", "")
    if kind == "Language":
        return Language(raw["languageTag"].lower())
    for name in ("Iri", "Literal", "Language"):
        if kind in (f"{name}Stem", f"{name}StemRange"):
            stem = raw["stem"]
            text = None if isinstance(stem, Mapping) else str(stem)
            exclusions = tuple(_exclusion(name, one) for one in raw.get("exclusions") or ())
            if name == "Language":
                # pyrudof writes “. - @en” and “@~ - @en” alike; both are read as the wildcard.
                text = None if text == "" and exclusions else text and text.lower()
            return Stem(name.lower(), text, exclusions)
    return _object(raw)


def _exclusion(name: str, raw: Any) -> ValueSetValue:
    if isinstance(raw, str):
        match name:
            case "Iri":
                return Iri(raw)
            case "Language":
                return Language(raw.lower())
            case _:
                return Stem("text", raw)
    return _value(raw)
