"""Reads schemas from ShExJ, the JSON form that the ShEx specification defines.

What this module does not know is not dropped: :class:`~kgtool.checks.schema.Unsupported` says what
it is, and the caller gives the schema to the reference engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kgtool.checks.actions import always_fail, can_fail
from kgtool.checks.schema import (
    And,
    Annotation,
    EachOf,
    Language,
    NodeConstraint,
    Not,
    OneOf,
    Or,
    Ref,
    Schema,
    Shape,
    ShapeExpr,
    Stem,
    TripleConstraint,
    TripleExpr,
    Unsupported,
    ValueSetValue,
)
from kgtool.checks.terms import LANG_STRING, STRING, Iri, Literal

_NUMERIC = ("mininclusive", "minexclusive", "maxinclusive", "maxexclusive")
_DIGITS = ("totaldigits", "fractiondigits")
_LENGTHS = ("length", "minlength", "maxlength")


def from_shexj(raw: Mapping[str, Any]) -> Schema:
    """Read a schema from decoded ShExJ; numbers must have been decoded as ``Decimal`` or ``int``.

    :raises Unsupported: it uses what the compiler does not cover; says what.
    """
    _known(raw, "@context", "type", "start", "shapes", "prefixmap", "base", "startActs")
    if can_fail(raw.get("startActs")):
        raise Unsupported("semantic actions at the start that can fail")
    return _Reader(raw).schema()


def _known(raw: Mapping[str, Any], *keys: str) -> None:
    for key, value in raw.items():
        if key not in keys and value not in (None, [], False):
            raise Unsupported(f"{raw.get('type', 'a schema')} with “{key}”")


_NOTHING = NodeConstraint(values=())


def _checked(raw: Mapping[str, Any]) -> None:
    if can_fail(raw.get("semActs")):
        raise Unsupported("semantic actions that can fail")


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
                return self._shape(raw)
            case other:
                raise Unsupported(str(other))

    def _shape(self, raw: Mapping[str, Any]) -> ShapeExpr:
        _known(raw, "type", "id", "expression", "closed", "extra", "annotations", "semActs")
        expression = raw.get("expression")
        shape = Shape(
            None if expression is None else self.triples(expression),
            bool(raw.get("closed")),
            frozenset(raw.get("extra") or ()),
            _annotations(raw),
        )
        if always_fail(raw.get("semActs")):
            return And((shape, _NOTHING))
        _checked(raw)
        return shape

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
                raw,
                *("type", "id", "predicate", "inverse", "valueExpr", "min", "max"),
                *("annotations", "semActs"),
            )
            _checked(raw)
            value = raw.get("valueExpr")
            return TripleConstraint(
                raw["predicate"],
                bool(raw.get("inverse")),
                None if value is None else self.shape(value),
                low,
                most,
                _annotations(raw),
            )
        _known(raw, "type", "id", "expressions", "min", "max", "annotations", "semActs")
        if raw["type"] not in ("EachOf", "OneOf"):
            raise Unsupported(str(raw["type"]))
        _checked(raw)
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
