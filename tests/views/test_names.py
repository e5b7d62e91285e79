"""The names of a generation are those of its entities, however it was written."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtool.bench.worlds import World
from kgtool.entities import (
    Item,
    Monolingual,
    MonolingualValue,
    OtherKind,
    Statement,
    Time,
    TimeValue,
    load_profile,
    parse_entity,
    to_json,
)
from kgtool.entities.bulk import parse_bulk
from kgtool.entities.profile import NameProperties
from kgtool.errors import WorkspaceError
from kgtool.service.loading import Loading
from kgtool.views.generation import Generation, Meta, Workspace
from kgtool.views.names import from_generation
from kgtool.views.names.build import build_segment
from kgtool.views.names.index import FORMAT, Index, open_index
from kgtool.views.names.record import KINDS, plain, record
from kgtool.views.names.view import NamesView
from kgtool.views.segment import blocks_of, write_segment, write_segments
from tests.builders import item, snak, statement
from tests.views.test_columns import values

WIKIDATA = load_profile("wikidata")

snaks = st.builds(
    lambda property, data, kind: snak(property, data if kind == "value" else None, kind=kind),
    st.sampled_from(
        ["P31", "P279", "P17", "P569", "P571", "P570", "P214", "P1448", "P742", "P4294967295"]
    ),
    values,
    st.sampled_from(["value", "value", "somevalue", "novalue"]),
)
ends = st.builds(
    lambda property, kind: snak(property, "then" if kind == "value" else None, kind=kind),
    st.sampled_from(["P580", "P582", "P582"]),
    st.sampled_from(["value", "somevalue", "novalue"]),
)
statements = st.builds(
    lambda one, rank, qualifiers: statement(
        one.property, one.datavalue, kind=one.snaktype, rank=rank, qualifiers=qualifiers
    ),
    snaks,
    st.sampled_from(["preferred", "normal", "normal", "deprecated"]),
    st.lists(ends, max_size=2),
)
texts = st.one_of(st.sampled_from(["Monet", 'a "quoted" \\ one', "д'Орсе"]), st.text(max_size=6))
items = st.lists(
    st.builds(
        lambda number, made, terms, aliases, links: item(
            f"Q{number}",
            *made,
            labels=terms,
            descriptions=terms,
            aliases=aliases,
            sitelinks=links,
        ),
        st.one_of(st.integers(1, 30), st.integers(1, 4_294_967_295)),
        st.lists(statements, max_size=6),
        st.dictionaries(st.sampled_from(["en", "sv", "zh-hans"]), texts),
        st.dictionaries(st.sampled_from(["en", "ja"]), st.lists(texts, min_size=1, max_size=3)),
        st.dictionaries(st.sampled_from(["svwiki", "commonswiki"]), texts),
    ),
    min_size=1,
    max_size=5,
)


def loading(home: Path) -> Loading:
    return Loading(Workspace(home), WIKIDATA, [NamesView(WIKIDATA)])


def names(home: Path) -> Index:
    with Workspace(home).reading() as generation:
        return open_index(generation.path / NamesView.name)


@pytest.mark.parametrize(
    ("time", "precision", "text"),
    [
        ("+1840-11-14T00:00:00Z", 11, "1840-11-14"),
        ("-0044-03-00T00:00:00Z", 10, "-0044-03"),
        ("+1801-00-00T00:00:00Z", 7, "18XX"),
        ("+1001-00-00T00:00:00Z", 6, "1XXX"),
        ("-12000-00-00T00:00:00Z", 5, "-1XXXX"),
        ("+0000-00-00T00:00:00Z", 2, "XXXX"),  # of no more digits than the year has
    ],
)
def test_what_is_not_known_of_a_year_is_marked(time: str, precision: int, text: str) -> None:
    assert (
        plain(TimeValue(Time(time, precision, "http://www.wikidata.org/entity/Q1985727"))) == text
    )


@settings(max_examples=60, deadline=None)
@given(items)
def test_records_say_what_the_entities_say(
    tmp_path_factory: pytest.TempPathFactory, given_items: list[Item]
) -> None:
    home = tmp_path_factory.mktemp("home")
    loading(home).load(enumerate(map(to_json, given_items), start=1))
    index = names(home)
    last = {one.id: one for one in given_items}
    assert len(index) == len(last)
    for id, one in last.items():
        assert index.record(id) == record(one, WIKIDATA)


def _official(text: str, language: str, **more: Any) -> Statement:
    return statement("P1448", MonolingualValue(Monolingual(text, language)), **more)


OFFICE = item(
    "Q1",
    _official("Office of Weights", "en", rank="preferred"),
    _official("Amt für Maße", "de"),
    _official("Office of Scales", "en", qualifiers=[snak("P582", kind="somevalue")]),
    _official("Office of Errors", "en", rank="deprecated"),
    _official("Scales Office", "en", qualifiers=[snak("P582", kind="novalue")]),
    statement("P742", "Old Balance"),
    statement("P742", kind="somevalue"),
    labels={"en": "Weighing office"},
    aliases={"en": ["Office of Weights", "WO"]},
)


def test_names_that_statements_give_are_names() -> None:
    assert record(OFFICE, WIKIDATA).names() == {
        "Weighing office": ("label", "en"),
        "Office of Weights": ("official", "en"),  # an alias, too
        "Amt für Maße": ("official", "de"),
        "Office of Scales": ("former", "en"),
        "Scales Office": ("official", "en"),
        "Old Balance": ("pseudonym", "und"),
        "WO": ("alias", "en"),
    }
    assert record(OFFICE, WIKIDATA).ids["P1448"] == ["Office of Weights"]


def test_another_wiki_names_its_own_properties() -> None:
    other = msgspec.structs.replace(WIKIDATA, names=NameProperties(short=["P742"]))
    assert [one.kind for one in record(OFFICE, other).stated] == ["short"]
    none = msgspec.structs.replace(WIKIDATA, names=NameProperties())
    assert record(OFFICE, none).stated == []


def test_names_are_the_same_built_at_once_or_added_later(tmp_path: Path) -> None:
    others = [item(f"Q{n}", labels={"en": f"Bureau {n}"}) for n in range(2, 120)]
    plain_office = item("Q1", labels={"en": "Weighing office"})
    whole, grown = loading(tmp_path / "whole"), loading(tmp_path / "grown")
    whole.load(enumerate(map(to_json, [OFFICE, *others]), start=1))
    grown.load(enumerate(map(to_json, [plain_office, *others]), start=1))
    grown.load(enumerate(map(to_json, [OFFICE]), start=1))
    built, patched = names(tmp_path / "whole"), names(tmp_path / "grown")
    assert (len(built.segments), len(patched.segments)) == (1, 2)
    assert built.record("Q1") == patched.record("Q1") == record(OFFICE, WIKIDATA)

    def spelled(index: Index) -> list[tuple[str, str, str]]:
        place = index.find("Q1")
        assert place
        segment = index.segments[place[0]]
        return [
            (segment.name_text[n], KINDS[segment.name_rank[n]], segment.languages[code])
            for n in np.flatnonzero(segment.name_entity == place[1])
            for code in [segment.name_language[n]]
        ]

    assert spelled(built) == spelled(patched)
    assert len(spelled(built)) == 7


def test_an_index_of_real_entities_is_that_of_their_records(tmp_path: Path, shared: Path) -> None:
    with gzip.open(shared / "entities" / "wikidata_entities.jsonl.gz") as file:
        lines = file.read().splitlines()
    loading(tmp_path / "home").load(enumerate(lines, start=1))
    records = [
        record(entity, WIKIDATA)
        for line in lines
        if not isinstance(entity := parse_entity(line), OtherKind)
    ]
    made = build_segment(tmp_path / "made", records)
    assert len(made) > 1000
    kinds = {one.kind for found in records for one in found.stated}
    assert {"official", "short", "native", "former"} <= kinds
    assert_same(names(tmp_path / "home").segments[0].folder, made.folder)


def assert_same(one: Path, other: Path) -> None:
    for name in ("arrays.bin", "segment.json", "parents.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def segments(folder: Path, count: int, lines: list[tuple[int, bytes]]) -> Generation:
    new = [folder / "segments" / str(n) for n in range(count)]
    if count == 1:
        write_segment(new[0], WIKIDATA, blocks_of(lines))
    else:
        write_segments(new, WIKIDATA, blocks_of(lines))
    return Generation(folder, Meta(1, "2026-11-01T12:00:00+00:00"))


@pytest.mark.long
def test_several_processes_index_what_one_indexes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(from_generation, "FEW", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    lines = list(enumerate(World(800).lines(), start=1))
    for count in (1, 2, 3):
        made = segments(tmp_path / str(count), count, lines)
        NamesView(WIKIDATA).build(made, None, None)
    folder = Path("names/segment-000001")
    assert_same(tmp_path / "1" / folder, tmp_path / "2" / folder)
    assert_same(tmp_path / "1" / folder, tmp_path / "3" / folder)


def test_what_one_of_several_processes_raises_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(from_generation, "FEW", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    made = segments(tmp_path, 2, list(enumerate(World(20).lines(), start=1)))
    (made.segments[1] / "columns" / "terms.parquet").unlink()
    with pytest.raises(FileNotFoundError):
        NamesView(WIKIDATA).build(made, None, None)


def test_a_killed_process_leaves_the_names_as_they_were_and_the_next_load_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(from_generation, "FEW", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    lines = list(World(600).lines())
    loading(tmp_path).load(enumerate(lines[:300]))
    others = set(multiprocessing.active_children())  # of tests that ran here before

    def kill_one() -> None:
        while not (ours := set(multiprocessing.active_children()) - others):
            time.sleep(0.01)
        pid = ours.pop().pid
        assert pid
        os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    with pytest.raises(WorkspaceError, match="died; the workspace is as it was"):
        loading(tmp_path).load(enumerate(lines[300:]))
    killer.join()
    assert not set(multiprocessing.active_children()) - others
    assert len(names(tmp_path)) == 300
    loading(tmp_path).load(enumerate(lines[300:]))
    assert len(names(tmp_path)) == 600


def test_small_changes_are_added_and_large_ones_build_all_anew(tmp_path: Path) -> None:
    world = World(700)
    lines = list(world.lines())
    work = loading(tmp_path)
    work.load(enumerate(lines[:300]))
    work.load(enumerate(lines[290:310]))
    assert len(names(tmp_path).segments) == 2
    work.load(enumerate(lines[200:]))
    index = names(tmp_path)
    assert len(index.segments) == 1
    assert len(index) == 700
    for line in lines:
        one: Any = parse_bulk(line)
        assert index.record(one.id) == record(one, WIKIDATA)


def test_an_index_of_another_format_is_built_anew(tmp_path: Path) -> None:
    lines = list(World(300).lines())
    loading(tmp_path).load(enumerate(lines[:290]))
    path = tmp_path / "generations" / "1" / "names" / "index.json"
    text = path.read_text()
    path.write_text(text.replace(f'"format":{FORMAT}', f'"format":{FORMAT - 1}'))
    assert path.read_text() != text
    loading(tmp_path).load(enumerate(lines[290:]))
    assert len(names(tmp_path)) == 300
    shutil.rmtree(tmp_path / "generations" / "2" / "names")
    loading(tmp_path).load(enumerate(lines[:3]))
    assert len(names(tmp_path)) == 300
