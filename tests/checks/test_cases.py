"""Small cases from the sections of the ShEx specification, on the compiled and the other path.

``cases/*.txt``: a heading, a schema whose shape ``:S`` counts, then one case a line: whether the
node ``:n`` conforms, and the Turtle that follows it. Both engines must say so; what stands in
``reference_engine.txt`` the compiler must leave to the reference engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from kgtool.checks.engine import Engine, Run
from kgtool.checks.nodes import Graph
from kgtool.checks.reference import schema_text, to_shexj, validate
from kgtool.checks.schema import Unsupported, from_shexj
from kgtool.checks.terms import Iri
from tests.shextest.manifest import term_of

PREFIXES = (
    "PREFIX : <http://e/>\nPREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
)
NODE, SHAPE = Iri("http://e/n"), "http://e/S"


class Case(NamedTuple):
    """One line of a file."""

    file: str
    heading: str
    schema: str
    data: str
    conforms: bool


def cases() -> Iterator[Case]:
    for path in sorted((Path(__file__).parent / "cases").glob("*.txt")):
        for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
            heading, *lines = block.splitlines()
            schema = "\n".join(one for one in lines if one.split()[0] not in ("yes", "no"))
            for line in lines:
                verdict, _, data = line.partition(" ")
                if verdict in ("yes", "no"):
                    yield Case(path.stem, heading[2:], schema, data.strip(), verdict == "yes")


CASES = list(cases())


def test_there_are_many() -> None:
    assert len(CASES) >= 150


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.heading[:40]}: {c.data or 'nothing'}")
def test_both_engines_say_what_the_specification_says(case: Case) -> None:
    triples = f":n {case.data} .\n" if case.data else ""
    data = ox.serialize(
        ox.parse(PREFIXES + triples, ox.RdfFormat.TURTLE, lenient=True),
        format=ox.RdfFormat.N_TRIPLES,
    )
    assert data is not None
    verdict = validate(schema_text(PREFIXES + case.schema), data, [(NODE, SHAPE)])[0]
    assert verdict.conforms == case.conforms, verdict.details
    engine = compiled(case.schema)
    assert (engine is None) == (case.file == "reference_engine")
    if engine is not None:
        graph = Graph(
            (term_of(q.subject), q.predicate.value, term_of(q.object))
            for q in ox.parse(data, ox.RdfFormat.N_TRIPLES, lenient=True)
        )
        assert engine.test(SHAPE).holds(graph.node(NODE), Run(engine)) == case.conforms


@cache
def compiled(schema: str) -> Engine | None:
    try:
        return Engine(from_shexj(to_shexj(PREFIXES + schema)))
    except Unsupported:
        return None
