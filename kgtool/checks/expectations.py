"""What an item of a kind is expected to have, read from the annotations in ``shapes/*.shex``.

docs/shapes.md describes the annotations. An expectation is a measure (see ``kgtool.coverage``): an
item on which it does not hold has a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, TypeAlias, get_args

from kgtool import files
from kgtool.checks.reference import to_shexj
from kgtool.checks.source import everything
from kgtool.errors import NotFound
from kgtool.messages.words import Words

Severity: TypeAlias = Literal["required", "recommended", "suggested"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # the worst first

TERMS = "urn:kgtool:terms#"
SHAPES = "urn:kgtool:shape#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_TERM_MEASURES = {
    f"{_RDFS}label": "L",
    "http://schema.org/description": "D",
    "http://www.w3.org/2004/02/skos/core#altLabel": "A",
}
_direct = re.compile(r"/prop/direct/(P[1-9][0-9]*)$")
_item = re.compile(r"/entity/(Q[1-9][0-9]*)$")


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that an item of a kind should have.

    ``measure`` is in the measure language, ``P217.P195=@partner`` for example; ``when`` is a
    measure too, or empty: the expectation stands only for items on which it holds. ``labels`` and
    ``help`` are texts by language code.
    """

    shape: str
    measure: str
    severity: Severity
    labels: dict[str, str]
    help: dict[str, str]
    when: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A shape, the items that it is for, and what it expects of them.

    An item is of the kind if its P31 is one of ``classes``, or below one where ``below``. A kind
    without classes is never found by itself; people choose it.
    """

    shape: str
    classes: frozenset[str]
    below: bool
    expectations: tuple[Expectation, ...]


@cache
def kinds() -> tuple[Kind, ...]:
    """All kinds, by name: every file of ``shapes/`` that is not a part of others."""
    return tuple(kind(name) for name in files.shape_names() if "/" not in name)


@cache
def kind(shape: str) -> Kind:
    """The kind that ``shapes/<shape>.shex`` describes.

    :raises NotFound: there is no such file, or it is a part of others.
    """
    if "/" in shape:
        raise NotFound(Words("error-shape-parts", (shape,)))
    if shape not in files.shape_names():
        files.shape(shape)  # raises, naming those that are known
    schema = _schema()
    found: dict[tuple[str, str], Expectation] = {}
    for one in schema.expectations(shape):
        key = (one.measure, one.when)
        if key not in found or _rank(one) < _rank(found[key]):
            found[key] = one
    classes, below = schema.classes(shape)
    return Kind(shape, classes, below, tuple(found.values()))


def _rank(expectation: Expectation) -> int:
    return SEVERITIES.index(expectation.severity)


@cache
def _schema() -> _Schema:
    """All shapes, parsed once, which takes hardly longer than one of them with its imports."""
    return _Schema(to_shexj(everything()))


class _Schema:
    """Shapes as ShExJ; the one that a file is about is named like the file."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.shapes = {one["id"]: one.get("shapeExpr", one) for one in schema["shapes"]}

    def expectations(self, shape: str) -> Iterator[Expectation]:
        yield from self._expectations(SHAPES + shape, shape, "")

    def _expectations(self, expression: Any, shape: str, when: str) -> Iterator[Expectation]:
        expression = self._followed(expression)
        match expression.get("type"):
            case "ShapeAnd":
                for member in expression["shapeExprs"]:
                    yield from self._expectations(member, shape, when)
            case "ShapeOr":
                yield from self._of_choice(expression["shapeExprs"], shape, when)
            case "Shape":
                for constraint in _constraints(expression):
                    made = _expectation(constraint, shape)
                    if made:
                        yield replace(made, when=when)

    def _of_choice(self, members: list[Any], shape: str, when: str) -> Iterator[Expectation]:
        """`NOT a OR b` is: if a, then b. Else the first member that says something counts."""
        first = self._followed(members[0])
        if first.get("type") == "ShapeNot" and len(members) == 2:
            condition = self._followed(first["shapeExpr"])
            yield from self._expectations(members[1], shape, _condition(condition))
            return
        for member in members:
            found = list(self._expectations(member, shape, when))
            if found:
                yield from found
                return

    def classes(self, shape: str) -> tuple[frozenset[str], bool]:
        """Classes that P31 must be one of, and whether those below them count."""
        constraint = self._class_constraint(SHAPES + shape)
        if constraint is None:
            return frozenset(), False
        wanted = self._followed(constraint.get("valueExpr", {}))
        members = wanted["shapeExprs"] if wanted.get("type") == "ShapeOr" else [wanted]
        listed = [m for m in map(self._followed, members) if m.get("type") == "NodeConstraint"]
        return (
            frozenset(id for node in listed for id in _items(node)),
            len(listed) < len(members),
        )

    def _class_constraint(self, expression: Any) -> dict[str, Any] | None:
        """The nearest P31 constraint: a shape's own before that of a shape it builds on."""
        followed = self._followed(expression)
        if followed.get("type") == "Shape":
            for constraint in _constraints(followed):
                if constraint["predicate"].endswith("/prop/direct/P31") and constraint.get(
                    "min", 1
                ):
                    return constraint
        if followed.get("type") == "ShapeAnd":
            for member in sorted(followed["shapeExprs"], key=lambda m: isinstance(m, str)):
                found = self._class_constraint(member)
                if found:
                    return found
        return None

    def _followed(self, expression: Any) -> dict[str, Any]:
        while isinstance(expression, str):
            expression = self.shapes[expression]
        followed: dict[str, Any] = expression
        return followed


def _constraints(shape: dict[str, Any]) -> list[dict[str, Any]]:
    expression = shape.get("expression")
    if not expression:
        return []
    members = expression["expressions"] if expression["type"] == "EachOf" else [expression]
    return [member for member in members if member["type"] == "TripleConstraint"]


def _expectation(constraint: dict[str, Any], shape: str) -> Expectation | None:
    severity: Severity | None = None
    measure = _measure(constraint)
    labels: dict[str, str] = {}
    help: dict[str, str] = {}
    for annotation in constraint.get("annotations", []):
        said = annotation["object"]
        match annotation["predicate"]:
            case "urn:kgtool:terms#severity":
                severity = said.removeprefix(TERMS)
            case "urn:kgtool:terms#measure":
                measure = said["value"]
            case "http://www.w3.org/2000/01/rdf-schema#label":
                labels[said["language"]] = said["value"]
            case "http://www.w3.org/2000/01/rdf-schema#comment":
                help[said["language"]] = said["value"]
    if severity is None or not measure:
        return None
    return Expectation(shape, measure, severity, labels, help)


def _measure(constraint: dict[str, Any]) -> str:
    """The measure that says the same as a constraint, where one follows from its form."""
    if not constraint.get("min", 1):
        return ""
    predicate = constraint["predicate"]
    direct = _direct.search(predicate)
    if direct:
        return direct[1]
    if predicate in _TERM_MEASURES:
        tags = [
            value["languageTag"].lower()  # the parser writes pt-BR, as BCP 47 has it
            for value in constraint.get("valueExpr", {}).get("values", [])
            if value.get("type") == "Language" and value["languageTag"] != "mul"
        ]
        return " or ".join(f"{_TERM_MEASURES[predicate]}{tag}" for tag in tags)
    return ""


def _condition(shape: dict[str, Any]) -> str:
    """The measure that holds where a shape of the form ``{ wdt:P17 [wd:Q1 wd:Q2] + }`` does."""
    return " and ".join(
        " or ".join(f"{_measure(constraint)}={item}" for item in _items(constraint["valueExpr"]))
        for constraint in _constraints(shape)
    )


def _items(node: dict[str, Any]) -> list[str]:
    found = (_item.search(value) for value in node.get("values", []) if isinstance(value, str))
    return [item[1] for item in found if item]
