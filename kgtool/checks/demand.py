"""What a constraint asks for, said twice: in ShEx's own terms, and in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from kgtool.checks.engine import Arcs, Test
from kgtool.checks.expectations import TERMS
from kgtool.checks.references import constraints_of
from kgtool.checks.schema import (
    And,
    Annotation,
    ClassOf,
    NodeConstraint,
    Not,
    Or,
    Ref,
    Schema,
    Shape,
    ShapeExpr,
)
from kgtool.checks.terms import Iri, Literal
from kgtool.checks.wanted import Wanted, either
from kgtool.checks.wording import Names, cardinality, marks
from kgtool.messages.words import Words

_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_COMMENT = "http://www.w3.org/2000/01/rdf-schema#comment"


class Demand(NamedTuple):
    """What is asked for: ``expected`` in ShEx's own terms, ``words`` for people."""

    expected: str
    words: Words


class Demands:
    """Tells what the constraints of one schema ask for; each is told once and then remembered."""

    def __init__(self, schema: Schema, names: Names) -> None:
        self._schema, self._names = schema, names
        self._words = Wanted(names.iri, self._named)
        self.constraint = cache(self._constraint)
        self.of_arcs = cache(self._of_arcs)
        self.of_test = cache(self._of_test)
        self.of_none = cache(self._of_none)

    def _constraint(self, arcs: Arcs) -> str:
        """A triple constraint in a line, nearly as ShExC has it: ``wdt:P18 . +``."""
        predicate = self._names.predicate(arcs.predicate, inverse=arcs.inverse)
        value = "." if arcs.source.value is None else self._told(arcs.source.value)
        return f"{predicate} {value}{marks(arcs.min, arcs.max)}"

    def _of_arcs(self, arcs: Arcs) -> Demand:
        """So many values of such a kind."""
        number = cardinality(arcs.min, arcs.max)
        value = arcs.source.value
        return Demand(
            number if value is None else f"{number} of {self._told(value)}",
            self._words.number(arcs.min, arcs.max, value),
        )

    def _of_test(self, test: Test) -> Demand:
        """Something that passes a test."""
        return Demand(self._told(test.source), self._words.what(test.source))

    def _of_none(self, test: Test) -> Demand:
        """Nothing that passes a test."""
        return Demand(f"not {self._told(test.source)}", self._words.what(test.source))

    def of_any(self, several: Iterable[Arcs]) -> Demand:
        """What any of these arcs asks for."""
        demands = list(dict.fromkeys(map(self.of_arcs, several)))
        return Demand(
            " or ".join(dict.fromkeys(one.expected for one in demands)),
            either(one.words for one in demands),
        )

    def of_bag(self, arcs: Sequence[Arcs]) -> Demand:
        """A combination of arcs that the schema permits."""
        predicates = dict.fromkeys(self._names.iri(one.predicate) for one in arcs)
        return Demand(
            f"a permitted combination of {', '.join(predicates)}",
            self._words.together(one.predicate for one in arcs),
        )

    def of_closed(self, allowed: frozenset[str]) -> Demand:
        """No predicates but these."""
        expected = "only " + (", ".join(sorted(map(self._names.iri, allowed))) or "nothing")
        return Demand(expected, self._words.only(allowed))

    def _named(self, label: str) -> tuple[ShapeExpr, Words | None]:
        """What a label refers to, and what its annotations call that."""
        meant = self._schema.shapes[label]
        _, called, _ = read_annotations(meant.annotations if isinstance(meant, Shape) else ())
        return meant, Words(texts=tuple(called.items())) if called else None

    def _told(self, expr: ShapeExpr) -> str:
        match expr:
            case NodeConstraint() | ClassOf():
                return self._names.values(expr)
            case Ref(label):
                meant = self._schema.shapes[label]
                if isinstance(meant, NodeConstraint | ClassOf):
                    return self._names.values(meant)
                return "@" + label.rpartition("#")[2].rpartition("/")[2]
            case And(parts):
                return " and ".join(map(self._told, parts))
            case Or(parts):
                return " or ".join(map(self._told, parts))
            case Not(part):
                return f"not {self._told(part)}"
            case Shape(expression):
                if expression is None:
                    return "{}"
                predicates = dict.fromkeys(
                    self._names.iri(one.predicate) for one in constraints_of(expression)
                )
                return f"{{{'; '.join(predicates)}}}"


def read_annotations(
    annotations: Sequence[Annotation],
) -> tuple[str, dict[str, str], dict[str, str]]:
    """The severity that annotations give, labels by language, and help by language."""
    severity = ""
    labels: dict[str, str] = {}
    help: dict[str, str] = {}
    for one in annotations:
        match one:
            case Annotation(predicate, Iri(value)) if predicate == f"{TERMS}severity":
                severity = value.removeprefix(TERMS)
            case Annotation(predicate, Literal(value, _, language)) if predicate == _LABEL:
                labels[language] = value
            case Annotation(predicate, Literal(value, _, language)) if predicate == _COMMENT:
                help[language] = value
    return severity, labels, help
