"""The name index on disk: increments equal a rebuild, kills leave the old state."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kgtool.entities import Item, StringValue, load_profile, parse_entity
from kgtool.errors import NotFound, WorkspaceError
from kgtool.reconcile.matcher import Reconciler
from kgtool.reconcile.query import Condition, Query
from kgtool.views.names.index import Origin, build_index, open_index, update_index
from kgtool.views.names.record import NameRecord, merge, record

from .world import RECORDS, candidates, index, reconciler

WORDS = ["monet", "claude", "claud", "museum", "musée", "rijks", "van", "gogh", "lyon", "c"]
PROFILE = load_profile("wikidata")

records = st.builds(
    lambda n, names, type, born: NameRecord(
        f"Q{n}", {"en": " ".join(names)}, types=[type], begin=[born], ids={"P245": [str(5000 + n)]}
    ),
    st.integers(1, 60),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    st.sampled_from(["Q5", "Q33506"]),
    st.integers(1800, 1810),
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(records, min_size=5, max_size=40, unique_by=lambda r: r.id),
    st.lists(records, max_size=8, unique_by=lambda r: r.id),
    st.sets(st.integers(1, 60), max_size=4),
    st.lists(
        st.lists(st.sampled_from([*WORDS, "monnet", "lion"]), min_size=1, max_size=3),
        min_size=1,
        max_size=5,
    ),
)
def test_increments_answer_like_a_rebuild(
    base: list[NameRecord], changed: list[NameRecord], gone: set[int], asked: list[list[str]]
) -> None:
    removed = {f"Q{n}" for n in gone}
    latest = {r.id: r for r in base if r.id not in removed} | {r.id: r for r in changed}
    queries = [Query(name=" ".join(words), types=("Q5",)) for words in asked]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old = build_index(folder / "a", base, Origin("a"))
        patched = update_index(folder / "a", changed, removed)
        rebuilt = build_index(
            folder / "b", latest.values(), Origin("b"), rarity=patched.rarity
        ).sharing(patched)
        assert len(patched) == len(rebuilt) == len(latest)
        ours = Reconciler(patched, PROFILE).match(queries)
        theirs = Reconciler(rebuilt, PROFILE).match(queries)
        assert [_shown(a) for a in map(candidates, ours)] == [
            _shown(a) for a in map(candidates, theirs)
        ]
        assert len(Reconciler(old, PROFILE).match(queries)) == len(queries)  # readers go on


def _shown(answer: list) -> list:  # type: ignore[type-arg]
    return [(c.id, c.score, c.match, c.matched_name) for c in answer]


def test_compacts_when_much_has_changed(tmp_path: Path) -> None:
    many = [NameRecord(f"Q{n}", {"en": f"name{n}"}) for n in range(200)]
    build_index(tmp_path, many, Origin("x"))
    small = update_index(tmp_path, [replace(many[3], labels={"en": "other"})])
    assert len(small.segments) == 2
    large = update_index(tmp_path, [replace(r, labels={"en": "new"}) for r in many[:50]])
    assert len(large.segments) == 1
    assert len(large) == 200
    assert large.record("Q3") == replace(many[3], labels={"en": "new"})


def test_an_update_may_start_from_another_folder(tmp_path: Path) -> None:
    index(tmp_path / "one")
    update_index(
        tmp_path / "two", [NameRecord("Q1", {"en": "new"})], ["Q296"], start=tmp_path / "one"
    )
    shutil.rmtree(tmp_path / "one")
    opened = open_index(tmp_path / "two")
    assert opened.record("Q1") is not None
    assert opened.record("Q296") is None


def test_what_a_killed_build_left_is_swept_away(tmp_path: Path) -> None:
    index(tmp_path)
    left = tmp_path / "segment-000007"
    left.mkdir()
    (left / "half.npy").write_bytes(b"x")
    assert open_index(tmp_path).record("Q296")
    update_index(tmp_path, [NameRecord("Q1", {"en": "new"})])
    assert not left.exists()


def test_damage_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_index(tmp_path)
    index(tmp_path)
    (tmp_path / "index.json").write_text("{")
    with pytest.raises(WorkspaceError, match="damaged"):
        open_index(tmp_path)


def test_records_of_one_id_are_one(tmp_path: Path) -> None:
    twice = [
        NameRecord("Q296", {"en": "Claude Monet"}, ids={"P245": ["1"]}),
        NameRecord("Q296", {"en": "Monet"}, begin=[1840], ids={"P245": ["2"]}),
    ]
    merged = index(tmp_path, twice).record("Q296")
    assert merged == merge(*twice)
    assert merged is not None
    assert merged.labels == {"en": "Claude Monet"}
    assert merged.aliases == {"en": ["Monet"]}
    assert merged.ids == {"P245": ["1", "2"]}


def test_real_entities_become_records(shared: Path) -> None:
    import gzip

    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as lines:
        entities = {e.id: e for line in lines if isinstance(e := parse_entity(line), Item)}
    adams = record(entities["Q42"], PROFILE)
    assert adams.types == ["Q5"]
    assert (adams.begin, adams.end) == ([1952], [2001])
    assert adams.ids["P569"] == ["1952-03-11"]
    values = {
        s.mainsnak.datavalue.value
        for s in entities["Q42"].claims["P214"]
        if isinstance(s.mainsnak.datavalue, StringValue)
    }
    assert set(adams.ids["P214"]) <= values


def test_suggests_while_people_type(tmp_path: Path) -> None:
    from kgtool.reconcile.suggest import Suggester

    suggester = Suggester(reconciler(tmp_path, RECORDS))
    assert suggester.entities("rijks")[0].id == "Q190804"
    assert suggester.entities("Rijksmusem Amsterdm")[0].id == "Q190804"
    assert suggester.entities("Q296")[0].name == "Claude Monet"
    assert len(suggester.entities("", limit=3)) == 3
    first, second = suggester.entities("", 2), suggester.entities("", 2, offset=2)
    assert not {s.id for s in first} & {s.id for s in second}
    assert [s.id for s in suggester.types("museum")][:1] == ["Q33506"]
    assert suggester.types("art mus")[0].broader == (("Q33506", "museum"),)
    assert suggester.properties("P245")[0].id == "P245"
    assert [s.id for s in suggester.properties_of_type("Q33506")] == [
        "P131", "P625", "P791", "P856", "country",
    ]  # fmt: skip


def test_merged_ids_lead_to_their_entity(tmp_path: Path) -> None:
    monet = NameRecord("Q296", {"en": "Claude Monet"}, types=["Q5"])
    old = NameRecord("Q900009004", {"en": "Klod Mone"}, {"fr": ["Monnet"]}, same_as="Q296")
    older = NameRecord("Q900009005", same_as="Q900009004")
    for place, order in enumerate([[monet, old, older], [older, old, monet]]):
        built = build_index(tmp_path / str(place), order, Origin("x"))
        assert len(built) == 1
        assert built.redirects.target("Q900009005") == "Q296"
        found = built.record("Q900009005")
        assert found is not None
        assert (found.id, found.labels) == ("Q296", {"en": "Claude Monet"})
        assert set(found.names()) == {"Claude Monet", "Klod Mone", "Monnet"}
        assert set(built.redirects.same("Q900009004")) == {"Q296", "Q900009004", "Q900009005"}
        matcher = Reconciler(built, PROFILE)
        asked = matcher.match([Query(name="Klod Mone"), Query(ids=("Q900009005",))])
        assert [candidates(one)[0].id for one in asked] == ["Q296", "Q296"]


def test_a_merge_can_come_later_and_be_undone(tmp_path: Path) -> None:
    two = [NameRecord("Q1", {"en": "Monet"}), NameRecord("Q2", {"en": "Klod Mone"})]
    build_index(tmp_path, [*two, *(NameRecord(f"Q{n}") for n in range(10, 40))], Origin("x"))
    merged = update_index(tmp_path, [NameRecord("Q2", {"en": "Klod Mone"}, same_as="Q1")])
    assert merged.redirects.target("Q2") == "Q1"
    assert len(merged) == 31
    found = merged.record("Q2")
    assert found is not None
    assert (found.labels, found.aliases) == ({"en": "Monet"}, {"en": ["Klod Mone"]})
    again = update_index(tmp_path, [two[1]])
    assert again.redirects.target("Q2") == "Q2"
    assert again.record("Q2") == two[1]


def test_redirects_that_only_others_know_of(tmp_path: Path) -> None:
    built = build_index(tmp_path, [NameRecord("Q1"), NameRecord("Q2")], Origin("x"))
    led = built.leading({"Q8": "Q9", "Q9": "Q1", "Q2": "Q1", "Q6": "Q7", "Q7": "Q6"})
    assert led.redirects.target("Q8") == "Q1"
    assert led.redirects.target("Q2") == "Q2"  # it is here, so it is none
    found = led.record("Q8")
    assert found is not None
    assert found.id == "Q1"
    assert built.record("Q8") is None  # an opened index never changes


def test_entities_without_names_can_be_indexed(tmp_path: Path) -> None:
    nameless = [NameRecord(f"Q{n}", ids={"P170": ["Q30"]}) for n in range(1, 30)]
    built = build_index(tmp_path / "a", nameless, Origin("x"))
    asked = [
        Query(name="Monet"),
        Query(ids=("Q2",)),
        Query(properties=(Condition("P170", ("Q30",)),), limit=50),
        Query(name="Monet", properties=(Condition("P170", ("Q30",)),)),
    ]
    found = [candidates(one) for one in Reconciler(built, PROFILE).match(asked)]
    assert [len(one) for one in found[:3]] == [0, 1, 29]
    build_index(tmp_path / "b", [NameRecord("Q100", {"en": "Monet"}), *nameless], Origin("x"))
    grown = update_index(tmp_path / "b", [NameRecord("Q3"), NameRecord("Q4")])
    assert candidates(Reconciler(grown, PROFILE).match([Query(name="Monet")])[0])[0].id == "Q100"
