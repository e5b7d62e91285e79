"""Loading: nothing lost, nothing half done, whatever happens in between."""

from __future__ import annotations

import contextlib
import csv
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtool.bench.worlds import World
from kgtool.entities import Item, load_profile, to_json
from kgtool.errors import Busy, DiskFull, InputError, UsageError, WorkspaceError
from kgtool.service.loading import Loading
from kgtool.settings import Settings
from kgtool.views.entities import Entities
from kgtool.views.generation import Workspace
from kgtool.views.labels import Labels, LabelsView
from kgtool.views.segment import Block, blocks_of, write_segments
from kgtool.views.tables import connect
from kgtool.wiring import build
from tests.builders import item
from tests.conftest import absent

WIKIDATA = load_profile("wikidata")
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def loading(home: Path) -> Loading:
    return Loading(Workspace(home), WIKIDATA, [LabelsView()], lambda: NOON)


def numbered(items: list[Item]) -> list[tuple[int, bytes]]:
    return [(number, to_json(one)) for number, one in enumerate(items, start=1)]


def content(home: Path) -> dict[str, bytes]:
    with Workspace(home).reading() as generation:
        return {entity.id: to_json(entity) for entity in Entities(generation)}


def spoken(home: Path) -> list[tuple[str, str]]:
    with Workspace(home).reading() as generation:
        return Labels.open(generation).spoken(range(1, 100), ["sv", "en"])


def claims(home: Path) -> list[tuple[object, ...]]:
    with Workspace(home).reading() as generation, connect(generation) as tables:
        return tables.execute(
            "SELECT item, property, value_item FROM claims ORDER BY ALL"
        ).fetchall()


def test_real_entities_load_with_nothing_lost(tmp_path: Path, shared: Path) -> None:
    folder = shared / "entities"
    with gzip.open(folder / "wikidata_entities.jsonl.gz") as file:
        loaded = loading(tmp_path).load(enumerate(file.read().splitlines(), start=1))
    with (folder / "wikidata_entities_index.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = [row for row in rows if row["type"] != "lexeme"]
    counts = loaded.counts
    assert counts.items == sum(row["type"] == "item" for row in rows)
    assert counts.properties == sum(row["type"] == "property" for row in rows)
    assert counts.other_kinds == {"lexemes": len(rows) - len(known)}
    assert counts.statements == sum(int(row["statements"]) for row in known)
    assert counts.labels == sum(int(row["labels"] or 0) for row in known)
    assert counts.sitelinks == sum(int(row["sitelinks"] or 0) for row in known)
    assert counts.broken == []
    assert set(content(tmp_path)) == {row["id"] for row in known}


def test_a_broken_line_is_counted_and_the_rest_is_loaded(tmp_path: Path) -> None:
    told: list[int] = []
    lines = [(1, to_json(item("Q1"))), (2, b'{"type":"item",'), (3, b"[7]"), (4, b'{"id":5}')]
    loaded = loading(tmp_path).load(lines, on_broken=lambda number, _: told.append(number))
    assert told == [2, 3, 4]
    assert [number for number, _ in loaded.counts.broken] == [2, 3, 4]
    assert list(content(tmp_path)) == ["Q1"]


def test_input_without_any_entity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"No entity was found in notes\.txt"):
        loading(tmp_path).load([(1, b"hello")], source="notes.txt")
    with pytest.raises(WorkspaceError, match="is empty"):
        content(tmp_path)


@pytest.mark.long
@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(
                st.tuples(
                    st.integers(1, 9),
                    st.sampled_from(["Q5", "Q6"]),
                    st.sampled_from(["sv", "fr", "de"]),
                ),
                max_size=5,
            ),
            st.sets(st.integers(1, 9), max_size=2),
        ),
        max_size=5,
    )
)
def test_a_series_of_changes_equals_a_fresh_load(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[list[tuple[int, str, str]], set[int]]],
) -> None:
    home = tmp_path_factory.mktemp("home")
    truth = {"Q77": item("Q77", P31="Q1")}
    loading(home).load(numbered(list(truth.values())))
    for changed, gone in steps:
        items = [
            item(f"Q{number}", P31=kind, labels={language: f"{number} {kind}"})
            for number, kind, language in changed
        ]
        loading(home).apply(items, [f"Q{number}" for number in gone])
        for number in gone:
            truth.pop(f"Q{number}", None)
        truth |= {one.id: one for one in items}
    fresh = tmp_path_factory.mktemp("fresh")
    loading(fresh).load(numbered(list(truth.values())))
    assert content(home) == content(fresh)
    assert claims(home) == claims(fresh)
    assert spoken(home) == spoken(fresh)


def test_many_changes_are_compacted(tmp_path: Path) -> None:
    for round in range(20):
        loading(tmp_path).apply([item("Q1", P31=f"Q{round + 1}"), item(f"Q{round + 100}")])
    with Workspace(tmp_path).reading() as generation:
        assert len(generation.segments) <= 13
    assert claims(tmp_path) == [(1, 31, 20)]


def test_several_threads_write_what_one_writes(tmp_path: Path) -> None:
    lines = list(enumerate(World(700).lines(), start=1))
    lines += [(number + 700, line) for number, line in lines[:50]]
    loading(tmp_path / "one").load(lines)
    workspace = Workspace(tmp_path / "many")
    with workspace.writing() as stage:
        folders = [stage.path / "segments" / name for name in ("0000", "0001")]
        counts = write_segments(folders, WIKIDATA, blocks_of([*lines, (9999, b"{")]))
        assert counts.items == 750
        assert [number for number, _ in counts.broken] == [9999]
        made = loading(tmp_path / "many")
        made._finish(stage, None, folders, set(), source="", sample=False)
    assert content(tmp_path / "many") == content(tmp_path / "one")
    assert claims(tmp_path / "many") == claims(tmp_path / "one")


def test_labels_of_untouched_segments_are_not_written_again(tmp_path: Path) -> None:
    loading(tmp_path).load(numbered([item("Q1", labels={"sv": "en"})]))
    loading(tmp_path).apply([item("Q2", labels={"sv": "två"})])
    first, second = (
        tmp_path / "generations" / number / "labels" / "0000" / "texts.bin" for number in "12"
    )
    assert first.samefile(second)
    assert spoken(tmp_path)[:2] == [("en", "sv"), ("två", "sv")]


def test_what_a_view_raises_ends_the_load(tmp_path: Path) -> None:
    class Failing(LabelsView):
        def build(self, *_: object) -> None:
            raise UsageError("no such view")

    with pytest.raises(UsageError, match="no such view"):
        Loading(Workspace(tmp_path), WIKIDATA, [Failing()]).load(numbered([item("Q1")]))
    assert Workspace(tmp_path).current() == 0


_LOAD = """
import sys
from pathlib import Path
from kgtool.bench.worlds import World
from kgtool.entities import load_profile
from kgtool.service.loading import Loading
from kgtool.settings import Settings
from kgtool.views.generation import Workspace
made = Loading(Workspace(Path(sys.argv[1])), load_profile("wikidata"), [])
print("started", flush=True)
made.load(enumerate(World(1500, seed=int(sys.argv[2])).lines()))
"""


def test_a_kill_at_any_instant_leaves_a_whole_generation(tmp_path: Path) -> None:
    chance = random.Random(20261101)
    loading(tmp_path).load(enumerate(World(300).lines()))
    killed = 0
    before = content(tmp_path)
    for round in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", _LOAD, str(tmp_path), str(round)], stdout=subprocess.PIPE
        )
        assert writer.stdout
        writer.stdout.readline()
        time.sleep(chance.random() * 0.6)
        writer.send_signal(signal.SIGKILL)
        killed += writer.wait() == -signal.SIGKILL
        writer.stdout.close()
        after = content(tmp_path)
        assert len(after) in (len(before), 1500)
        assert after.keys() >= before.keys()
        assert len(claims(tmp_path)) > 0
        before = after
    assert killed
    loading(tmp_path).load(enumerate(World(300, seed=99).lines()))
    left = [path.name for path in (tmp_path / "generations").glob(".*")]
    assert left == []


def test_only_one_process_writes(tmp_path: Path) -> None:
    with Workspace(tmp_path).writing(), pytest.raises(Busy, match="Another process is writing"):
        loading(tmp_path).load(numbered([item("Q1")]))


def test_old_generations_go_and_readers_keep_theirs(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    loading(tmp_path).load(numbered([item("Q1")]))
    with workspace.reading() as held:
        for number in range(2, 6):
            loading(tmp_path).load(numbered([item(f"Q{number}")]))
        assert workspace.collect(keep=1) == [4, 3, 2]
        assert [entity.id for entity in Entities(held)] == ["Q1"]
    assert workspace.collect(keep=1) == [1]
    assert set(content(tmp_path)) == {"Q1", "Q2", "Q3", "Q4", "Q5"}


def test_space_is_checked_before_anything_is_built(tmp_path: Path) -> None:
    loading(tmp_path).load(numbered([item("Q1")]))
    with pytest.raises(DiskFull, match="the workspace is as it was"):
        loading(tmp_path).load(numbered([item("Q2")]), size=10**17)
    assert set(content(tmp_path)) == {"Q1"}


def test_the_space_that_is_asked_for_is_enough_and_not_absurd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(Workspace, "need_space", lambda self, amount: asked.append(amount))
    lines = list(enumerate(World(1500).lines(), start=1))
    tool = build(Settings(home=tmp_path))
    tool.loading.load(lines, size=sum(len(line) for _, line in lines))
    (generation,) = (tmp_path / "generations").iterdir()
    used = sum(file.stat().st_size for file in generation.rglob("*") if file.is_file())
    assert used <= asked[0] <= 4 * used


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """A disk of that size at a folder; gives what makes it another size."""
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        absent("Mounting a small disk needs root and mount.")
    folder.mkdir()
    at = str(folder)
    subprocess.run([str(mount), "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at], check=True)
    try:
        yield lambda size: print(
            subprocess.check_output([str(mount), "-o", f"remount,size={size}", at])
        )
    finally:
        subprocess.run(["umount", "-l", at], check=True)


def test_a_disk_that_fills_up_leaves_the_workspace_whole(tmp_path: Path) -> None:
    small = tmp_path / "small"
    with small_disk(small, "1m"):
        loading(small).load(numbered([item("Q1")]))
        with pytest.raises(DiskFull, match="is full; the workspace is as it was"):
            loading(small).load(enumerate(World(3000).lines()))
        assert set(content(small)) == {"Q1"}
        loading(small).load(numbered([item("Q2")]))
        assert set(content(small)) == {"Q1", "Q2"}


@pytest.mark.long
def test_whichever_view_fills_the_disk_the_load_fails_clearly_and_succeeds_with_space(
    tmp_path: Path,
) -> None:
    """Each view is written by a library of its own, with its own way to say that a disk is full."""
    small = tmp_path / "small"
    with small_disk(small, "1m") as resize, contextlib.closing(build(Settings(home=small))) as tool:
        tool.loading.load(numbered([item("Q1")]))
        failed = 0
        for size in ["1m", "2m", "4m", "8m", "16m"]:
            resize(size)
            try:
                tool.loading.load(enumerate(World(400).lines()))
            except DiskFull as error:
                failed += 1
                assert "as it was" in error.message and "kgtool gc" in error.operator
                assert set(content(small)) == {"Q1"}
                assert [p.name for p in (small / "generations").iterdir()] == ["1"]
            else:
                break
        assert failed > 2
        resize("400m")
        tool.loading.load(enumerate(World(400).lines()))
        assert len(content(small)) > 400


def set_format(meta: Path, format: int) -> None:
    said = json.loads(meta.read_text())
    meta.write_text(json.dumps(said | {"format": format}))


def test_a_workspace_of_an_older_version_is_refused_until_it_is_made_anew(tmp_path: Path) -> None:
    loading(tmp_path).load(numbered([item("Q1", labels={"sv": "ett"}, P31="Q5"), item("Q2")]))
    loading(tmp_path).load(numbered([item("Q2", P31="Q6")]))
    set_format(tmp_path / "generations" / "2" / "meta.json", 1)
    (
        tmp_path / "generations" / "2" / "segments" / "0000" / "columns" / "claims.parquet"
    ).write_text("as it was then")
    with pytest.raises(WorkspaceError, match=r"older kgtool \(format 1") as raised:
        content(tmp_path)
    assert "kgtool load" in raised.value.operator
    loading(tmp_path).load(numbered([item("Q3")]))
    assert set(content(tmp_path)) == {"Q1", "Q2", "Q3"}
    assert claims(tmp_path) == [(1, 31, 5), (2, 31, 6)]
    assert spoken(tmp_path)[0] == ("ett", "sv")


def test_a_sync_without_changes_makes_an_older_workspace_anew(tmp_path: Path) -> None:
    loading(tmp_path).load(numbered([item("Q1", P31="Q5")]))
    set_format(tmp_path / "generations" / "1" / "meta.json", 1)
    assert loading(tmp_path).apply([]) == 2
    assert claims(tmp_path) == [(1, 31, 5)]
    assert loading(tmp_path).apply([]) == 2


def test_a_workspace_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    loading(tmp_path).load(numbered([item("Q1")]))
    meta = tmp_path / "generations" / "1" / "meta.json"
    set_format(meta, 7)
    with pytest.raises(WorkspaceError, match=r"newer kgtool \(format 7"):
        content(tmp_path)
    assert meta.exists()


def test_what_goes_wrong_with_one_of_several_segments_ends_the_load(tmp_path: Path) -> None:
    folders = [tmp_path / "0000", tmp_path / "0001"]
    lines = list(enumerate(World(400).lines(), start=1))

    def torn() -> Iterator[Block]:
        yield from blocks_of(lines)
        raise InputError("The file is not complete.")

    with pytest.raises(InputError, match="not complete"):
        write_segments(folders, WIKIDATA, torn())

    (tmp_path / "file").write_text("")
    beyond = [tmp_path / "0002", tmp_path / "file" / "0003"]
    with pytest.raises(NotADirectoryError):
        write_segments(beyond, WIKIDATA, (block for _ in range(50) for block in blocks_of(lines)))
