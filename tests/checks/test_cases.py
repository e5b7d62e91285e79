"""The cases in ``tests/checks/cases``: compiled, and by the reference engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from kgtool.checks.engine import Engine
from kgtool.checks.nodes import Graph
from kgtool.checks.reference import to_shexj, validate
from kgtool.checks.runs import Run
from kgtool.checks.schema import Unsupported
from kgtool.checks.shexj import from_shexj
from kgtool.checks.terms import Iri
from tests.checks.compare import schema_text
from tests.shextest.manifest import term_of

FOCUS, SHAPE = Iri("http://e/n"), "http://e/S"
PREFIXES = {
    "": "http://e/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}
SCHEMA_HEAD = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
DATA_HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())


class Case(NamedTuple):
    section: str
    schema: str
    data: str
    conforms: bool
    reference_is_wrong: bool
    compiles: bool


def _read(path: Path) -> Iterator[Case]:
    section, schema, compiles, in_schema = "", "", True, False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            section = line[2:]
        elif line.startswith("  "):
            mark, _, data = line.strip().partition(" ")
            yield Case(section, schema, data, mark[0] == "+", mark[1:] == "!", compiles)
            in_schema = False
        elif line == "fallback":
            schema, compiles, in_schema = "", False, True
        elif line and not line.startswith("!"):
            if not in_schema:
                schema, compiles, in_schema = "", True, True
            schema += line + "\n"


CASES = [case for path in sorted(Path(__file__).parent.glob("cases/*.txt")) for case in _read(path)]
IDS = [f"{number}-{case.section.split()[0]}" for number, case in enumerate(CASES)]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_compiled_schema_says_so(case: Case) -> None:
    if not case.compiles:
        with pytest.raises(Unsupported):
            Engine(from_shexj(to_shexj(SCHEMA_HEAD + case.schema)))
        return
    engine = Engine(from_shexj(to_shexj(SCHEMA_HEAD + case.schema)))
    parsed = ox.parse((DATA_HEAD + case.data).encode(), ox.RdfFormat.TURTLE)
    graph = Graph((term_of(q.subject), q.predicate.value, term_of(q.object)) for q in parsed)

    assert engine.test(SHAPE).holds(graph.node(FOCUS), Run(engine)) is case.conforms


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_reference_engine_says_so_where_it_is_right(case: Case) -> None:
    verdicts = validate(
        schema_text(SCHEMA_HEAD + case.schema), (DATA_HEAD + case.data).encode(), [(FOCUS, SHAPE)]
    )

    assert verdicts[0].conforms is (case.conforms is not case.reference_is_wrong)


def test_there_are_cases_of_every_kind() -> None:
    assert len(CASES) >= 150
    assert sum(case.conforms for case in CASES) >= 60
    assert sum(not case.conforms for case in CASES) >= 60
    assert sum(not case.compiles for case in CASES) >= 5
