"""Which shape refers to which, and what follows: strata of negation, and where a call is enough."""

from __future__ import annotations

from collections.abc import Iterator

from kgtool.checks.bags import is_one_group
from kgtool.checks.schema import (
    And,
    Not,
    Or,
    Ref,
    Schema,
    Shape,
    ShapeExpr,
    TripleConstraint,
    TripleExpr,
    Unsupported,
)
from kgtool.errors import InputError

# Chains of references up to this length are followed by plain calls.
_DEEPEST_CALLS = 30
_MOST_STRATA = 30


class References:
    """``deep`` has the labels that need the fixpoint; the others can be called.

    ``stratum`` numbers all labels so that negative references lead to lower numbers.

    :raises InputError: a shape that is referred to is not there.
    :raises Unsupported: negation runs in a circle, or through very many levels.
    """

    def __init__(self, schema: Schema) -> None:
        self.edges = {label: _edges(expr) for label, expr in schema.shapes.items()}
        roots = {} if schema.start is None else _edges(schema.start)
        for source, edges in [*self.edges.items(), ("start", roots)]:
            for target in edges:
                if target not in self.edges:
                    raise InputError(
                        f"The shape <{source}> refers to <{target}>, which the schema does not"
                        " have.",
                        hint="Check the spelling of the label, or IMPORT the schema that has it.",
                    )
        self.deep: set[str] = set()
        self.stratum: dict[str, int] = {}
        height: dict[str, int] = {}
        for members in self._components():
            inside = set(members)
            edges_of = [(a, b, n) for a in members for b, n in self.edges[a].items()]
            if any(negative and target in inside for _, target, negative in edges_of):
                raise Unsupported(f"the shape <{members[0]}>, which negates itself")
            below = [(target, negative) for _, target, negative in edges_of if target not in inside]
            stratum = max((self.stratum[t] + negative for t, negative in below), default=0)
            high = max((height[t] + 1 for t, _ in below), default=0)
            if stratum > _MOST_STRATA:
                raise Unsupported(f"more than {_MOST_STRATA} levels of negation")
            for label in members:
                self.stratum[label] = stratum
                height[label] = high
            if high > _DEEPEST_CALLS or len(edges_of) > len(below):
                self.deep |= inside

    def _components(self) -> Iterator[list[str]]:
        """Strongly connected components, what is referred to first (Tarjan's algorithm)."""
        number: dict[str, int] = {}
        low: dict[str, int] = {}
        open_: list[str] = []
        is_open: set[str] = set()
        for root in self.edges:
            if root in number:
                continue
            number[root] = low[root] = len(number)
            open_.append(root)
            is_open.add(root)
            path = [(root, iter(self.edges[root]))]
            while path:
                at, targets = path[-1]
                for target in targets:
                    if target not in number:
                        number[target] = low[target] = len(number)
                        open_.append(target)
                        is_open.add(target)
                        path.append((target, iter(self.edges[target])))
                        break
                    if target in is_open:
                        low[at] = min(low[at], number[target])
                else:
                    path.pop()
                    if path:
                        low[path[-1][0]] = min(low[path[-1][0]], low[at])
                    if low[at] == number[at]:
                        members = [open_.pop()]
                        while members[-1] != at:
                            members.append(open_.pop())
                        is_open.difference_update(members)
                        yield members


def _edges(expr: ShapeExpr) -> dict[str, bool]:
    """Labels that an expression refers to → whether one of the ways there is negative."""
    found: dict[str, bool] = {}
    waiting: list[tuple[ShapeExpr, bool]] = [(expr, False)]
    while waiting:
        one, negative = waiting.pop()
        match one:
            case Ref(label):
                found[label] = found.get(label, False) or negative
            case And(parts) | Or(parts):
                waiting += [(part, negative) for part in parts]
            case Not(part):
                waiting.append((part, True))
            case Shape(expression, _, extra) if expression is not None:
                listed = is_one_group(expression)
                for constraint in constraints_of(expression):
                    if constraint.value is not None:
                        # Where EXTRA lets other values pass, one more that fits can break a
                        # maximum, or call for another alternative.
                        limited = constraint.max is not None or not listed
                        turned = constraint.predicate in extra and limited
                        waiting.append((constraint.value, negative or turned))
            case _:
                pass  # node constraints and empty shapes lead nowhere
    return found


def constraints_of(expression: TripleExpr) -> list[TripleConstraint]:
    """All triple constraints of an expression, in order."""
    if isinstance(expression, TripleConstraint):
        return [expression]
    return [one for part in expression.parts for one in constraints_of(part)]
