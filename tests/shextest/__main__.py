"""``python -m tests.shextest MANIFEST``: every case of a validation manifest, through the router.

A schema is compiled where the compiler covers it; otherwise the reference engine answers. Prints
what went wrong, how many were right, and who answered; exit code 1 if anything went wrong.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from kgtool.checks.engine import Engine
from kgtool.checks.reference import schema_text, to_shexj, validate
from kgtool.checks.runs import Run
from kgtool.checks.schema import Unsupported, from_shexj
from kgtool.errors import KgtoolError
from tests.shextest.manifest import Case, read_graph, read_manifest


class Answer(NamedTuple):
    """What came out of a case: ``engine`` is ``compiled`` or ``pyrudof``."""

    engine: str
    conforms: bool


def answer(case: Case) -> Answer:
    """Verdicts on a case, from the compiled schema if it can be compiled.

    :raises KgtoolError: no engine takes the schema or the data.
    """
    text = case.schema.read_text(encoding="utf-8")
    base = case.schema.resolve().as_uri()
    try:
        return Answer("compiled", _compiled(case, text, base))
    except Unsupported:
        pass
    verdicts = validate(
        schema_text(text, base),
        case.data.read_bytes(),
        case.pairs,
        base=base,
        externals="" if case.externals is None else str(case.externals),
    )
    return Answer("pyrudof", all(verdict.conforms for verdict in verdicts))


def _compiled(case: Case, text: str, base: str) -> bool:
    engine = Engine(from_shexj(to_shexj(text, base)))
    graph = read_graph(case.data)
    run = Run(engine)
    return all(engine.test(shape).holds(graph.node(focus), run) for focus, shape in case.pairs)


def main(arguments: list[str]) -> int:
    """Run a manifest; the exit code."""
    if len(arguments) != 1:
        print("Use: python -m tests.shextest MANIFEST", file=sys.stderr)
        return 2
    cases = read_manifest(Path(arguments[0]))
    engines: Counter[str] = Counter()
    wrong = 0
    for case in cases:
        try:
            found = answer(case)
        except KgtoolError as error:
            wrong += 1
            print(f"error  {case.name}: {error}")
            continue
        engines[found.engine] += 1
        if found.conforms != case.conforms:
            wrong += 1
            print(f"wrong  {case.name} ({found.engine}): {found.conforms}, not {case.conforms}")
    shares = ", ".join(f"{number} {name}" for name, number in sorted(engines.items()))
    print(f"{len(cases) - wrong} of {len(cases)} right ({shares})")
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
