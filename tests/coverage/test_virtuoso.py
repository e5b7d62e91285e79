"""The measures' SPARQL on a real Virtuoso: the same counts as the cube and pyoxigraph give."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kgtool.bench.virtuoso import Virtuoso
from kgtool.entities import Item
from kgtool.entities.rdf import to_ntriples
from kgtool.entities.scripts import letters_spelled
from tests.builders import item
from tests.coverage import test_engines as engines
from tests.coverage.worlds import WIKIDATA, World, graph_of

pytestmark = pytest.mark.long


class Peer:
    """An endpoint that is asked like a store."""

    def __init__(self, address: str) -> None:
        self._address = address

    def query(self, text: str) -> Any:
        """The answer of the endpoint."""
        form = urlencode({"query": text, "format": "application/sparql-results+json"}).encode()
        with urlopen(self._address, form, timeout=120) as answer:
            return ox.parse_query_results(answer.read(), format=ox.QueryResultsFormat.JSON)


@pytest.fixture(scope="module")
def entities() -> list[Item]:
    """Works in all states, a partner with a part, another one, and classes."""
    works: list[Item] = []
    numbers = itertools.count()

    @settings(
        max_examples=200,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        works.append(data.draw(engines._items(next(numbers))))

    collect()
    return [
        *works,
        item(engines.PART, P361=engines.PARTNER),
        item(engines.PARTNER, P527=engines.OTHER),
        item(engines.PAINTING, P279=engines.ARTWORK),
        item(engines.ARTWORK),
    ]


@pytest.fixture(scope="module")
def peer(
    entities: list[Item], need_program: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peer]:
    for program in ("virtuoso-t", "isql-vt"):
        need_program(program, package="virtuoso-opensource")
    with Virtuoso(tmp_path_factory.mktemp("virtuoso"), buffers=10_000) as server:
        server.load(to_ntriples(one, WIKIDATA) for one in entities)
        yield Peer(server.address)


@pytest.fixture(scope="module")
def world(entities: list[Item], tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"), entities, engines.KEPT)


# What Virtuoso 7.2.5 gets wrong, and the measures that meet it.
BROKEN = {
    "Lsv": "its REGEX reads bytes, not letters: a label in mul is taken for what it is not",
    "Lru": "the same",
    "P18 or P170 and not Lsv": "the same",
}


@pytest.mark.parametrize("measure", [one for one in engines.MEASURES if one not in BROKEN])
def test_virtuoso_counts_the_same(
    world: World, peer: Any, entities: list[Item], measure: str
) -> None:
    engines._agree(world, peer, [measure], engines._below(entities), engines.PARTNER)


def test_virtuoso_groups_the_same(world: World, peer: Any, entities: list[Item]) -> None:
    collections = engines._below(entities)
    engines._groups_agree(world, peer, "P170", collections, engines.PARTNER)


def test_what_virtuoso_breaks_is_known(peer: Peer) -> None:
    assert set(BROKEN) <= set(engines.MEASURES)
    russian = letters_spelled("ru").replace("\\", "\\\\")
    text = f'ASK {{ FILTER(REGEX("Nightwatch", "^{russian}$")) }}'
    assert bool(ox.Store().query(text)) is False
    assert bool(peer.query(text)) is True


def test_the_world_has_every_state(world: World, entities: list[Item]) -> None:
    total = world.coverage.matrix(engines.PARTNER, measures=engines.MEASURES).groups[0]
    assert total.items > 30
    cells = [total.measures[measure] for measure in ("P18", "P170", "P217", "P217.P195")]
    for state in ("have", "no_value", "unknown_value", "missing"):
        assert max(getattr(cell, state) for cell in cells) > 0, state
    engines._agree(
        world,
        graph_of(entities),
        ["P18", "Lru"],
        engines._below(entities),
        engines.PARTNER,
    )
