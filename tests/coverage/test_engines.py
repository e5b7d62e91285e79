"""Three engines, one answer: the cube, the columns and SPARQL over the graph agree."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kgtool.coverage.expression import parse
from kgtool.coverage.sparql import Sparql
from kgtool.entities import Entity, EntityIdValue, Item, OtherKind, Rank, Statement, parse_entity
from tests.builders import item, snak, statement
from tests.coverage.worlds import WIKIDATA, World, graph_of

PARTNER, PART, OTHER = "Q190804", "Q900000001", "Q900000002"
PAINTING, ARTWORK = "Q3305213", "Q838948"

MEASURES = [
    "P18",
    "P170",
    "P217",
    "P31=Q3305213",
    "P31=Q838948*",
    "P170.ref",
    "P170.goodref",
    "P170.ref=P248",
    "P217.P195",
    f"P217.P195={OTHER}",
    "P217.P195=@partner",
    "Lsv",
    "Lsv.own",
    "Lru",
    "Dsv",
    "Asv",
    "Senwiki",
    "not P18",
    "P18 or P170 and not Lsv",
    "(P18 or P170) and P31=Q838948*",
]
KEPT = [one for one in MEASURES if "@" not in one]

_kinds = st.sampled_from(["value", "value", "value", "somevalue", "novalue"])
_ranks: st.SearchStrategy[Rank] = st.sampled_from(["normal", "normal", "preferred", "deprecated"])
_collections = st.sampled_from([PARTNER, PART, OTHER])


@st.composite
def _statements(draw: st.DrawFn, property: str, values: st.SearchStrategy[str]) -> Statement:
    kind = draw(_kinds)
    qualifiers = []
    if property == "P217":
        qualifiers = [
            snak("P195", draw(_collections) if of == "value" else None, kind=of)
            for of in draw(st.lists(_kinds, max_size=2, unique=True))
        ]
    if property == "P195" and draw(st.integers(0, 4)) == 0:
        qualifiers = [snak("P582", "Q900000009" if kind == "value" else None, kind=kind)]
    sources = st.sampled_from(["P248", "P143", "P3452"])
    references = [
        [snak(source, "Q900000005") for source in draw(st.lists(sources, min_size=1, unique=True))]
        for _ in range(draw(st.integers(0, 2)))
    ]
    value = draw(values) if kind == "value" else None
    return statement(
        property,
        value,
        kind=kind,
        rank=draw(_ranks),
        qualifiers=qualifiers,
        references=references,
    )


_values = {
    "P18": st.just("Picture.jpg"),
    "P31": st.sampled_from([PAINTING, ARTWORK, "Q87167"]),
    "P170": st.sampled_from(["Q5598", "Q41264"]),
    "P195": _collections,
    "P217": st.just("SK-A-1"),
}
_texts = st.sampled_from(["Nightwatch", "Ночной дозор", "夜警", "1642"])


@st.composite
def _items(draw: st.DrawFn, number: int) -> Item:
    made = [
        draw(_statements(property, values))
        for property, values in _values.items()
        for _ in range(draw(st.integers(0, 2)))
    ]
    languages = st.sampled_from(["sv", "mul", "en"])
    return item(
        f"Q{910_000_000 + number}",
        *made,
        labels=draw(st.dictionaries(languages, _texts)),
        descriptions=draw(st.dictionaries(languages, _texts, max_size=1)),
        aliases={code: ["Alias"] for code in draw(st.sets(languages, max_size=2))},
        sitelinks=draw(st.sampled_from([{}, {"enwiki": "Nightwatch"}])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> list[Item]:
    """Some works, a partner with a part, another partner, and the classes."""
    works = [draw(_items(number)) for number in range(draw(st.integers(1, 10)))]
    part = item(PART, P361=[PARTNER][: draw(st.integers(0, 1))])
    whole = item(PARTNER, P527=[OTHER][: draw(st.integers(0, 1))])
    classes = [item(PAINTING, P279=ARTWORK), item(ARTWORK)]
    return [*works, part, whole, *classes]


def _ids(store: ox.Store, query: str) -> set[str]:
    found = store.query(query)
    assert isinstance(found, ox.QuerySolutions)
    return {solution["item"].value.rpartition("/")[2] for solution in found}


def _below(entities: Iterable[Entity], partner: str = PARTNER) -> set[str]:
    """A partner and what is, however deep, a part of it, found on the entities themselves."""
    parts: dict[str, set[str]] = {}
    for one in entities:
        for property in ("P361", "P527"):
            for made in one.claims.get(property, []):
                value = made.mainsnak.datavalue
                over = any(end.snaktype != "novalue" for end in made.qualifiers.get("P582", []))
                if made.rank == "deprecated" or over or not isinstance(value, EntityIdValue):
                    continue
                whole, part = value.value.id, one.id
                if property == "P527":
                    whole, part = part, whole
                parts.setdefault(whole, set()).add(part)
    found, front = {partner}, [partner]
    while front:
        new = parts.get(front.pop(), set()) - found
        found |= new
        front += new
    return found


def _agree(
    world: World, store: ox.Store, measures: list[str], collections: set[str], qid: str
) -> None:
    sparql = Sparql(WIKIDATA)
    where = sparql.members(collections)
    members = _ids(store, sparql.items(where, "true"))
    for rank in ("truthy", "any"):
        matrix = world.coverage.matrix(qid, measures=measures, rank=rank)
        total = matrix.groups[0]
        assert total.items == len(members), rank
        for text in measures:
            cell = total.measures[str(parse(text))]
            states = sparql.states(parse(text), rank, collections)
            counted = {
                name: len(_ids(store, sparql.items(where, condition)))
                for name, condition in states.items()
            }
            ours = {
                "have": cell.have,
                "unknown_value": cell.unknown_value,
                "no_value": cell.no_value,
                "barred": cell.barred,
            }
            assert {name: ours[name] for name in counted} == counted, (text, rank)
            assert not any(ours[name] for name in ours.keys() - counted.keys()), (text, rank)
            assert total.items == sum(counted.values()) + cell.missing
            listed = world.coverage.gaps(qid, [text], rank=rank, limit=None)
            there = " || ".join(f"({condition})" for condition in states.values())
            lacking = _ids(store, sparql.items(where, f"!({there})"))
            assert {one.id for one in listed.items} == lacking, (text, rank)
            assert listed.count == cell.missing


def _groups_agree(
    world: World, store: ox.Store, measure: str, collections: set[str], qid: str
) -> None:
    sparql = Sparql(WIKIDATA)
    where = sparql.members(collections)
    for rank in ("truthy", "any"):
        for by, group in (
            ("type", sparql.values("P31", rank)),
            ("P170", sparql.values("P170", rank)),
            ("collection", sparql.members(collections, "?found")),
        ):
            matrix = world.coverage.matrix(qid, by=by, measures=[measure], rank=rank)
            for condition, ours in (
                ("true", {(g.kind, g.group): g.items for g in matrix.groups[1:]}),
                (
                    sparql.holds(parse(measure), rank, collections),
                    {(g.kind, g.group): g.measures[measure].have for g in matrix.groups[1:]},
                ),
            ):
                counted = {}
                answer = store.query(sparql.counts(where, condition, group))
                assert isinstance(answer, ox.QuerySolutions)
                for solution in answer:
                    key = solution["group"]
                    size = int(solution["items"].value)
                    if key is None:
                        counted["none", None] = size
                    elif key.value == "unknown":
                        counted["unknown", None] = size
                    else:
                        counted["value", key.value.rpartition("/")[2]] = size
                assert {k: n for k, n in ours.items() if n} == counted, (by, rank, condition)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each world takes a while
)
@given(worlds(), st.booleans())
def test_every_engine_counts_the_same(entities: list[Item], ready: bool) -> None:
    store = graph_of(entities)
    collections = _below(entities)
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), entities, KEPT if ready else [])
        _agree(world, store, MEASURES, collections, PARTNER)
        _groups_agree(world, store, "P170", collections, PARTNER)


@pytest.fixture(scope="module")
def real(shared: Path) -> list[Entity]:
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as lines:
        parsed = [parse_entity(line) for line in lines]
    return [one for one in parsed if not isinstance(one, OtherKind)]


@pytest.mark.long
def test_every_engine_counts_the_same_on_real_entities(real: list[Entity], tmp_path: Path) -> None:
    store = graph_of(one for one in real if isinstance(one, Item))
    world = World(tmp_path, real, KEPT)
    for qid in ("Q518155", "Q924335"):
        assert world.coverage.matrix(qid, measures=[]).items.tolist() > [0]
        collections = _below(real, qid)
        _agree(world, store, MEASURES, collections, qid)
        _groups_agree(world, store, "P170", collections, qid)
