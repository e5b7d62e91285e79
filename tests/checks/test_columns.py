"""Columns say of all items at once what the compiled checks say of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import numpy as np
import pytest

from kgtool import files
from kgtool.checks.arrays import Numbers
from kgtool.checks.checker import Checker, parse
from kgtool.entities import Entity, Item, Property, to_json
from kgtool.views.columns import TABLES
from kgtool.views.extract.writer import ColumnsWriter
from tests.checks.worlds import WIKIDATA, real_entities, subclasses
from tests.short import short

SHAPES = [name for name in files.shape_names() if "/" not in name]


def connected(folder: Path, entities: Iterable[Entity]) -> duckdb.DuckDBPyConnection:
    writer = ColumnsWriter(folder, WIKIDATA)
    for one in entities:
        writer.add(to_json(one) + b"\n")
    writer.close()
    connection = duckdb.connect()
    for name in TABLES:
        connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{folder}/{name}.parquet')")
    return connection


def datatypes(entities: Iterable[Entity]) -> Callable[[str], str]:
    known: dict[str, str] = {}
    for one in entities:
        if isinstance(one, Property):
            known[one.id] = one.datatype
        for statements in one.claims.values():
            for statement in statements:
                snaks = [statement.mainsnak]
                snaks += [s for all in statement.qualifiers.values() for s in all]
                known |= {s.property: s.datatype for s in snaks if s.datatype}
    return lambda property: known.get(property, "")


def numbers_of(below: Callable[[str], Iterable[str]]) -> Callable[[str], Numbers]:
    return lambda root: np.array(sorted(int(id[1:]) for id in below(root)), np.uint32)


@pytest.fixture(scope="module")
def tables(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    return connected(tmp_path_factory.mktemp("columns"), real_entities(shared).values())


@pytest.mark.parametrize("name", short(4, SHAPES))
def test_they_agree_on_every_real_item(
    name: str, shared: Path, tables: duckdb.DuckDBPyConnection
) -> None:
    entities = real_entities(shared)
    below = subclasses(shared)
    checker = Checker(parse(name, WIKIDATA), WIKIDATA, below, entities.get)
    items = {int(one.id[1:]): one for one in entities.values() if isinstance(one, Item)}
    numbers = np.array(sorted(items), np.uint32)
    over = checker.over(tables, numbers_of(below), datatypes(entities.values()))
    conforming, failing = over.failing(numbers)

    expected: dict[str, set[int]] = {}
    for number in numbers.tolist():
        for finding in checker.check(items[number]):
            expected.setdefault(finding.fault.constraint, set()).add(number)
    ours = [checker.conforms(items[number]) for number in numbers.tolist()]
    assert conforming.tolist() == ours
    assert {name: set(numbers[mask].tolist()) for name, mask in failing.items()} == expected
