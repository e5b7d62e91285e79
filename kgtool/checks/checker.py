"""A schema, ready to judge entities: verdicts and findings, without RDF text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kgtool.checks.arrays import Datatypes
from kgtool.checks.closure import class_roots, with_classes
from kgtool.checks.columns import ColumnChecker, NumbersBelow
from kgtool.checks.engine import Closures, Engine, Test
from kgtool.checks.entity_nodes import Neighbours, Referrers, Wiki
from kgtool.checks.entity_tests import EntityTests
from kgtool.checks.findings import Finding
from kgtool.checks.plan import Plan, looked_at
from kgtool.checks.reference import to_shexj
from kgtool.checks.report import Explainer
from kgtool.checks.runs import Run
from kgtool.checks.shexj import from_shexj
from kgtool.checks.source import resolve, resolved
from kgtool.checks.surroundings import incoming
from kgtool.checks.terms import Term
from kgtool.checks.wording import Names
from kgtool.checks.worker import ReferenceWorker
from kgtool.entities import Entity, Profile
from kgtool.errors import InputError

if TYPE_CHECKING:
    import duckdb

_SKOLEM = "/.well-known/genid/"


@dataclass(frozen=True)
class Parsed:
    """A schema as ShExJ, and which of its shapes stand for a class and those below it."""

    name: str
    raw: Mapping[str, Any]
    classes: Mapping[str, tuple[str, ...]]


def parse(name: str, profile: Profile) -> Parsed:
    """The schema ``shapes/<name>.shex``.

    :raises NotFound: there is no such shape.
    :raises InputError: it is not ShExC; says in which line and column.
    """
    raw = to_shexj(resolved(name))
    _refuse_other_unknown(raw)
    return Parsed(name, raw, class_roots(raw, profile))


def parse_text(name: str, text: str, profile: Profile, worker: ReferenceWorker) -> Parsed:
    """A schema from outside, under a name. It may import any file of ``shapes/``.

    :raises InputError: it is not ShExC, or imports anything else; says in which line and column.
    :raises TimedOut, TooLarge: it takes the parser too long, or is nested too deeply for it.
    """
    raw = worker.shexj(resolve(text))
    _refuse_other_unknown(raw)
    return Parsed(name, raw, class_roots(raw, profile))


def _refuse_other_unknown(raw: object) -> None:
    """Unknown values have two forms in RDF; a schema for the other one would fail everything.

    :raises InputError: the schema names the IRIs that query services give unknown values.
    """
    waiting = [raw]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and _SKOLEM in one:
            raise InputError(
                f"The schema looks for unknown values as <{one}>, as query services write them.",
                hint="Here they are blank nodes, as in dumps: write BNODE.",
            )


class Checker:
    """Judges entities by the start shape of a schema, or by the shape of that label.

    :raises Unsupported: the compiler does not cover the schema: see :mod:`kgtool.checks.router`.
    :raises NotFound: there is no such shape in it.
    """

    engine: Literal["compiled", "pyrudof"] = "compiled"

    def __init__(
        self,
        parsed: Parsed,
        profile: Profile,
        below: Closures | None = None,
        neighbours: Neighbours | None = None,
        patterns: dict[str, str] | None = None,
        label: str | None = None,
        referrers: Referrers | None = None,
    ) -> None:
        self.name = parsed.name
        self._wiki = Wiki(profile, neighbours, patterns, referrers)
        self._looks_back = bool(incoming(parsed.raw, self._wiki))
        schema = with_classes(from_shexj(parsed.raw), parsed.classes)
        self._engine = Engine(schema, profile.entity_iri(""), below)
        self._test: Test = self._engine.test(label)
        self._run = Run(self._engine)
        self._explainer = Explainer(self._engine, Names(profile), parsed.name, self._run)
        tests = EntityTests(self._engine, self._wiki, self._run)
        self._plan = Plan(self._engine, self._test, tests, self._explainer)

    def conforms(self, entity: Entity) -> bool:
        """Whether an entity conforms."""
        self._forget()
        return self._plan.conforms(entity, self._wiki, self._run)

    def check(self, entity: Entity) -> list[Finding]:
        """Every constraint that the entity fails, in the order of the schema."""
        self._forget()
        return self._plan.findings(entity, self._wiki, self._run)

    def _forget(self) -> None:
        # Who refers to a neighbour may depend on what is being checked.
        self._run.forget(most=0) if self._looks_back else self._run.forget()

    def reach(self, entity: Entity) -> None:
        """Ask for every neighbour that judging the entity can need."""
        for _ in self.arcs(entity):
            pass  # to come to an arc is to ask for where it leads

    def walk(self, entity: Entity) -> list[Finding]:
        """The same by the general way through nodes, which :meth:`check` is held to."""
        return self._plan.walk(entity, self._wiki, self._run)

    def arcs(self, entity: Entity) -> Iterator[tuple[Term, str, Term]]:
        """The triples around an entity that the schema looks at."""
        return looked_at(self._engine, self._test, self._wiki.node(entity))

    def over(
        self, tables: duckdb.DuckDBPyConnection, below: NumbersBelow, datatypes: Datatypes
    ) -> ColumnChecker:
        """The same judgement of many items at once, over the columns of a generation."""
        return ColumnChecker(
            self._engine, self._test, self._explainer, tables, self._wiki, below, datatypes
        )
