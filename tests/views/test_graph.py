"""The graph: what was written can be asked for, and a patched graph equals one built anew."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtool.entities import Item, Profile, Property, Term, load_profile, parse_entity, to_json
from kgtool.entities.rdf import to_ntriples
from kgtool.errors import WorkspaceError
from kgtool.service.loading import Loading
from kgtool.views.generation import Workspace
from kgtool.views.graph import GraphView, build, open_graph, patch
from tests.builders import item, snak, statement
from tests.entities.strategies import items

WIKIDATA = load_profile("wikidata")


def triples(store: ox.Store) -> set[str]:
    """All triples, blank nodes without their labels: these are told apart by what they stand in."""
    return {
        " ".join("_:" if isinstance(term, ox.BlankNode) else str(term) for term in quad.triple)
        for quad in store
    }


def test_what_was_built_can_be_asked_for(tmp_path: Path) -> None:
    rembrandt = item("Q5598", P31="Q5", labels={"en": "Rembrandt"})
    work = item("Q219831", statement("P170", "Q5598", references=[[snak("P248", "Q190804")]]))
    count = build([rembrandt, work], tmp_path / "graph", WIKIDATA)
    store = open_graph(tmp_path / "graph")
    assert len(store) == count
    answer = store.query(
        "SELECT ?label WHERE { <http://www.wikidata.org/entity/Q219831>"
        " <http://www.wikidata.org/prop/direct/P170>/"
        "<http://www.w3.org/2000/01/rdf-schema#label> ?label }"
    )
    assert isinstance(answer, ox.QuerySolutions)
    assert [row["label"] for row in answer] == [ox.Literal("Rembrandt", language="en")]


def test_a_graph_is_read_only_and_may_be_open_more_than_once(tmp_path: Path) -> None:
    build([item("Q1", P31="Q5")], tmp_path / "graph", WIKIDATA)
    first, second = open_graph(tmp_path / "graph"), open_graph(tmp_path / "graph")
    assert len(first) == len(second)
    with pytest.raises(RuntimeError, match="read-write"):
        first.update("DELETE WHERE { ?s ?p ?o }")


def test_no_graph_is_made_on_a_disk_that_machines_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("kgtool.views.graph.is_shared", lambda path: True)
    loading = Loading(Workspace(tmp_path), WIKIDATA, [GraphView(WIKIDATA)])
    loading.load([(1, to_json(item("Q1", P31="Q5")))], source="test")
    assert "Set KGTOOL_CACHE_FOLDER to a local disk" in caplog.text
    with Workspace(tmp_path).reading() as generation, pytest.raises(WorkspaceError):
        open_graph(generation.path / "graph")


def test_a_missing_graph_is_an_error_of_the_workspace(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="no graph"):
        open_graph(tmp_path / "none")


@settings(max_examples=15, deadline=None)
@given(st.lists(items(), max_size=4), st.lists(items(), max_size=3), st.data())
def test_a_patched_graph_equals_one_built_anew(
    before: list[Item], changes: list[Item], data: st.DataObject
) -> None:
    world = {entity.id: entity for entity in before}
    known = sorted(world)
    # Some changes concern what is there, some are new; some entities go.
    changed = {}
    for change in changes:
        id = data.draw(st.sampled_from([change.id, *known]))
        changed[id] = Item(
            id,
            labels=change.labels,
            descriptions=change.descriptions,
            aliases=change.aliases,
            claims=change.claims,
            sitelinks=change.sitelinks,
        )
    gone = [id for id in known if id not in changed and data.draw(st.booleans())]
    after = {id: entity for id, entity in {**world, **changed}.items() if id not in gone}

    folder = Path(tempfile.mkdtemp())
    try:
        build(world.values(), folder / "before", WIKIDATA)
        untouched = triples(open_graph(folder / "before"))
        patch(folder / "before", folder / "patched", changed.values(), gone, WIKIDATA)
        build(after.values(), folder / "anew", WIKIDATA)
        assert triples(open_graph(folder / "patched")) == triples(open_graph(folder / "anew"))
        assert triples(open_graph(folder / "before")) == untouched
    finally:
        shutil.rmtree(folder)


def test_a_change_of_the_workspace_patches_the_graph(tmp_path: Path) -> None:
    works = [item(f"Q{n}", P31="Q3305213", P195="Q190804") for n in range(1, 60)]
    changed = [item("Q1", P31="Q3305213", P170="Q5598"), item("Q99", P195="Q190804")]
    after = {entity.id: entity for entity in [*works, *changed] if entity.id != "Q2"}
    for name, steps in {"one": [works], "two": [list(after.values())]}.items():
        loading = Loading(Workspace(tmp_path / name), WIKIDATA, [GraphView(WIKIDATA)])
        for step in steps:
            loading.load(enumerate(map(to_json, step), start=1))
        if name == "one":
            loading.apply(changed, ["Q2"])
    found = []
    for name in ("one", "two"):
        with Workspace(tmp_path / name).reading() as generation:
            found.append(triples(open_graph(generation.path / "graph")))
    assert found[0] == found[1]


def test_properties_are_patched_too(tmp_path: Path) -> None:
    old = Property("external-id", "P350", labels={"en": Term("en", "RKDimages")})
    new = Property("external-id", "P350", labels={"en": Term("en", "RKDimages ID")})
    build([old, item("Q1", P350="1")], tmp_path / "before", WIKIDATA)
    patch(tmp_path / "before", tmp_path / "patched", [new], [], WIKIDATA)
    build([new, item("Q1", P350="1")], tmp_path / "anew", WIKIDATA)
    assert triples(open_graph(tmp_path / "patched")) == triples(open_graph(tmp_path / "anew"))
    patch(tmp_path / "patched", tmp_path / "without", [], ["P350"], WIKIDATA)
    build([item("Q1", P350="1")], tmp_path / "without-anew", WIKIDATA)
    assert triples(open_graph(tmp_path / "without")) == triples(
        open_graph(tmp_path / "without-anew")
    )


@pytest.mark.long
def test_the_real_entities_load_to_the_last_triple(shared: Path, tmp_path: Path) -> None:
    entities = []
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as lines:
        for line in lines:
            entity = parse_entity(line)
            if isinstance(entity, Item | Property):
                entities.append(entity)
    entities = entities[::8]
    count = build(entities, tmp_path / "graph", WIKIDATA)
    # The engine keeps numbers by value, so "+5" and "5" are one: let it count in memory, too.
    written = ox.Store()
    for entity in entities:
        written.load(to_ntriples(entity, WIKIDATA), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    assert count == len(written)


def test_profiles_with_another_base_work(tmp_path: Path) -> None:
    other = Profile(
        name="own",
        title="Own",
        concept_base="http://127.0.0.1:8181/",
        page_base="http://127.0.0.1:8181/wiki/",
        action_api="http://127.0.0.1:8181/w/api.php",
        data_base="http://127.0.0.1:8181/wiki/Special:EntityData/",
    )
    build([item("Q1", P1="Q2")], tmp_path / "before", other)
    patch(tmp_path / "before", tmp_path / "after", [], ["Q1"], other)
    assert len(open_graph(tmp_path / "after")) == 0
