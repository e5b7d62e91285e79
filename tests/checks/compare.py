"""Do compiled checks, columns and pyrudof agree on a world made by chance?"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from kgtool.checks.checker import Checker, Parsed
from kgtool.checks.entity_nodes import Referrers
from kgtool.checks.reference import BASE, to_shexj, validate
from kgtool.checks.schema import Unsupported
from kgtool.checks.terms import Iri
from kgtool.checks.tokens import expanded
from kgtool.entities import EntityIdValue, Item
from kgtool.entities.rdf import RdfWriter
from kgtool.errors import InputError
from tests.checks.generated import DATATYPES, HEAD, World
from tests.checks.test_columns import connected
from tests.checks.worlds import WIKIDATA


def schema_text(text: str, base: str = BASE) -> str:
    """ShExC as the reference engine reads it: with names written in full."""
    return f"BASE <{base}>\n{expanded(text)}"


def referring(items: Iterable[Item]) -> Referrers:
    """Which of these have an entity as a value: in claims, or in qualifiers."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for item in items:
        for statements in item.claims.values():
            for one in statements:
                for table, snaks in (
                    ("claims", [one.mainsnak]),
                    ("qualifiers", [snak for all in one.qualifiers.values() for snak in all]),
                ):
                    for snak in snaks:
                        if isinstance(snak.datavalue, EntityIdValue):
                            key = (table, snak.property, snak.datavalue.value.id)
                            found.setdefault(key, {})[item.id] = None
    return lambda table, property, id: found.get((table, property, id), {})


class Outcome(NamedTuple):
    """How many nodes were compared, who answered, and where engines differ."""

    nodes: int
    compiled: bool
    columns: bool
    differences: list[str]


def compare(seed: int, count: int = 40, *, columns: bool = True) -> Outcome:
    """Make the world of that seed and ask all engines."""
    world = World(seed)
    text, entities = world.schema(), world.entities(count)
    shown = text.removeprefix(HEAD)
    try:
        parsed = Parsed("generated", to_shexj(text), {})
    except InputError as error:  # chance made shapes that negate each other
        assert "through NOT" in error.message
        return Outcome(0, False, False, [])
    items = list(entities.values())
    writer = RdfWriter(WIKIDATA)
    data = b"".join(map(writer.triples, items))
    pairs = [(Iri(WIKIDATA.entity_iri(one.id)), None) for one in items]
    theirs = [said.conforms for said in validate(schema_text(text), data, pairs)]
    try:
        checker = Checker(parsed, WIKIDATA, None, entities.get, referrers=referring(items))
    except Unsupported:
        return Outcome(count, False, False, [])
    judged = [(one, said) for one, said in zip(items, theirs, strict=True) if _can(checker, one)]
    items, theirs = [one for one, _ in judged], [said for _, said in judged]
    if not items:
        return Outcome(count, False, False, [])
    ours = [checker.conforms(one) for one in items]
    differences = [
        f"seed {seed}, {one.id}: compiled {a}, pyrudof {b}\n{shown}"
        for one, a, b in zip(items, ours, theirs, strict=True)
        if a != b
    ]
    differences += [
        f"seed {seed}, {one.id}: conforms {a}, but {len(found)} findings\n{shown}"
        for one, a in zip(items, ours, strict=True)
        if bool(found := checker.check(one)) == a
    ]
    differences += [
        f"seed {seed}, {one.id}: quickly {quick}, by walk {slow}\n{shown}"
        for one in items
        if (quick := checker.check(one)) != (slow := checker.walk(one))
    ]
    covered = columns and _by_columns(checker, items, ours, seed, shown, differences)
    return Outcome(count, True, covered, differences)


def _can(checker: Checker, one: Item) -> bool:
    """Whether the compiled schema judges an entity: not where arcs lead back from a value."""
    try:
        checker.conforms(one)
        checker.walk(one)
    except (Unsupported, InputError):
        return False
    return True


def _by_columns(
    checker: Checker,
    items: list[Item],
    ours: list[bool],
    seed: int,
    shown: str,
    differences: list[str],
) -> bool:
    numbers = np.array([int(one.id[1:]) for one in items], np.uint32)
    order = np.argsort(numbers)
    with TemporaryDirectory() as folder:
        tables = connected(Path(folder) / "columns", items)
        over = checker.over(
            tables,
            lambda root: np.array([int(root[1:])], np.uint32),
            lambda property: DATATYPES.get(property, ""),
        )
        try:
            conforming, failing = over.failing(numbers[order])
        except Unsupported:
            return False
        finally:
            tables.close()
    if conforming.tolist() != [ours[place] for place in order.tolist()]:
        differences.append(f"seed {seed}: columns {conforming}, compiled {ours}\n{shown}")
    named = {name: set(numbers[order][mask].tolist()) for name, mask in failing.items()}
    told: dict[str, set[int]] = {}
    for one in items:
        for finding in checker.check(one):
            told.setdefault(finding.fault.constraint, set()).add(int(finding.node[1:]))
    if named != told:
        differences.append(f"seed {seed}: columns {named}, findings {told}\n{shown}")
    return True
