"""The questions over the flawed world: in memory, in Virtuoso, in a workspace."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kgtool.bench.virtuoso import Virtuoso
from kgtool.entities import (
    Item,
    parse_entity,
    to_json,
)
from kgtool.sample import entities as sample_entities
from kgtool.service.queries import Queries
from kgtool.settings import Settings
from kgtool.sources.sparql import SparqlEndpoint
from kgtool.wiring import build

from .worlds import Embedded, flawed, triples


@pytest.fixture(scope="package")
def queries() -> Queries:
    graph = Embedded(triples(*flawed()))
    return Queries(lambda endpoint: graph)


@pytest.fixture(scope="package")
def world(shared: Path) -> bytes:
    """The sample, the flawed world and a slice of the real entities, without dates BCE."""
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as file:
        real = [one for one in map(parse_entity, file) if isinstance(one, Item)]
    known = {one.id for one in sample_entities()}
    chosen = [one for one in real[::6] if one.id not in known and b'"time":"-' not in to_json(one)]
    assert len(chosen) > 100
    # Virtuoso stops loading at a point on another globe: "<http://…/Q405> Point(2 3)".
    lines = triples(*flawed(), *chosen).splitlines(keepends=True)
    return b"".join(line for line in lines if b'"<http' not in line)


@pytest.fixture(scope="package")
def peer_address(
    world: bytes, need_program: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    for program in ("virtuoso-t", "isql-vt"):
        need_program(program, package="virtuoso-opensource")
    with Virtuoso(tmp_path_factory.mktemp("virtuoso"), buffers=10_000) as server:
        server.load([world])
        yield server.address


@pytest.fixture(scope="package")
def peer(peer_address: str) -> SparqlEndpoint:
    return SparqlEndpoint(peer_address, "kgtool tests (kgtool@example.org)")


@pytest.fixture(scope="package")
def embedded(world: bytes) -> Embedded:
    return Embedded(world)


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    lines = folder / "sample.jsonl"
    lines.write_bytes(b"\n".join(to_json(one) for one in [*sample_entities(), *flawed()]))
    tool = build(Settings(home=folder / "workspace"))
    tool.load_files([str(lines)])
    tool.close()
    return folder / "workspace"
