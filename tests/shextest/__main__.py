"""``python -m tests.shextest MANIFEST``: every case of a validation manifest, through the router.

A schema is compiled where the compiler covers it; otherwise the reference engine answers. Prints
what went wrong, how many were right, and who answered; exit code 1 if anything went wrong. With
``--both``, what was compiled is put to the reference engine too, and differences are told.

Only verdicts are compared: not the results that a manifest may name, nor what actions print.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from kgtool.checks.bags import Bag
from kgtool.checks.engine import BagHolds, Engine, Test
from kgtool.checks.reference import to_shexj, validate
from kgtool.checks.runs import Run
from kgtool.checks.schema import Schema, Shape, Unsupported
from kgtool.checks.shexj import from_shexj
from kgtool.errors import KgtoolError
from tests.checks.compare import schema_text
from tests.shextest.manifest import Case, read_graph, read_manifest


class Answer(NamedTuple):
    """What came out of a case: ``engine`` is ``compiled`` or ``pyrudof``."""

    engine: str
    conforms: bool


class _Greedy(Engine):
    """The trait *Greedy*: an arc goes to the first constraint that it fits, not to any (§5.5.2)."""

    def _shape(self, shape: Shape) -> Test:
        test = super()._shape(shape)
        if isinstance(test, BagHolds):
            assert shape.expression is not None
            test.bag = _FirstFit(shape.expression)
        return test


class _FirstFit(Bag):
    def admits(self, possible: dict[tuple[int, ...], int]) -> bool:
        first: Counter[tuple[int, ...]] = Counter()
        for places, number in possible.items():
            first[places[:1]] += number
        return super().admits(first)


def answer(case: Case) -> Answer:
    """Verdicts on a case, from the compiled schema if it can be compiled.

    :raises KgtoolError: no engine takes the schema or the data.
    """
    if case.actions is None:
        try:
            return Answer("compiled", _compiled(case, from_shexj(_shexj(case))))
        except Unsupported:
            pass
    return Answer("pyrudof", by_reference(case))


def by_reference(case: Case) -> bool:
    """What the reference engine alone says.

    :raises KgtoolError: it does not take the schema or the data.
    """
    is_json = case.schema.suffix == ".json" or case.actions is not None
    base = case.schema.as_uri()
    verdicts = validate(
        _as_json(case) if is_json else schema_text(_text(case.schema), base),
        f"@base <{case.data.as_uri()}> .\n".encode() + case.data.read_bytes(),
        case.pairs,
        is_json=is_json,
        base=base,
        externals="" if case.externals is None else str(case.externals),
    )
    return all(verdict.conforms for verdict in verdicts)


def _as_json(case: Case) -> str:
    raw = _shexj(case)
    if case.actions is not None:
        said = to_shexj(_text(case.actions), case.actions.as_uri())
        _give_code(raw, {one["name"]: one.get("code") for one in said["startActs"]})
    return json.dumps(raw, default=_number)


def _text(path: Path) -> str:
    # As it stands: a line break in a text may be \r\n.
    return path.read_bytes().decode()


def _number(number: object) -> float:
    assert isinstance(number, Decimal)
    return float(number)


def _shexj(case: Case) -> dict[str, Any]:
    text = _text(case.schema)
    if case.schema.suffix == ".json":
        found: dict[str, Any] = json.loads(text, parse_float=Decimal)
        return found
    return to_shexj(text, case.schema.as_uri())


def _give_code(raw: Any, codes: dict[str, str | None]) -> None:
    waiting = [raw]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            for action in (*one.get("semActs", ()), *one.get("startActs", ())):
                action.setdefault("code", codes.get(action["name"]))
            waiting += one.values()


def _compiled(case: Case, schema: Schema) -> bool:
    engine = (_Greedy if "Greedy" in case.traits else Engine)(schema)
    graph = read_graph(case.data)
    run = Run(engine)
    return all(engine.test(shape).holds(graph.node(focus), run) for focus, shape in case.pairs)


def main(arguments: list[str]) -> int:
    """Run a manifest; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.shextest")
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--both", action="store_true", help="ask the reference engine always")
    given = parser.parse_args(arguments)
    cases = read_manifest(given.manifest)
    engines: Counter[str] = Counter()
    wrong = differing = 0
    for case in cases:
        try:
            found = answer(case)
            theirs = by_reference(case) if given.both else found.conforms
        except (KgtoolError, OSError, ValueError) as error:
            wrong += 1
            print(f"error  {case.name}: {error}")
            continue
        engines[found.engine] += 1
        if found.conforms != case.conforms:
            wrong += 1
            print(f"wrong  {case.name} ({found.engine}): {found.conforms}, not {case.conforms}")
        if found.conforms != theirs:
            differing += 1
            print(f"differ {case.name}: {found.engine} {found.conforms}, pyrudof {theirs}")
    shares = ", ".join(f"{number} {name}" for name, number in sorted(engines.items()))
    print(f"{len(cases) - wrong} of {len(cases)} right ({shares})")
    if given.both:
        print(f"{differing} differ")
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
