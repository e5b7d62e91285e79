"""A workspace on a disk that machines share is read from copies on a local one."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from kgtool import sample
from kgtool.disk import is_shared
from kgtool.entities import to_json
from kgtool.errors import WorkspaceError
from kgtool.settings import Settings
from kgtool.views.generation import Workspace
from kgtool.views.local import LocalCopies, source
from kgtool.views.names.record import NameRecord
from kgtool.views.snapshot import Snapshots
from kgtool.wiring import Kgtool, build

MUSEUM = "Q190804"
_context = multiprocessing.get_context("spawn")


@pytest.fixture
def shared_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks as if it were on NFS."""
    folder = tmp_path / "shared"
    folder.mkdir()
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:4 / {folder} rw - nfs4 s:/x rw\n")
    monkeypatch.setattr("kgtool.disk._MOUNTS", mounts)
    return folder


@pytest.fixture
def home(shared_disk: Path, sample_home: Path) -> Path:
    """The sample's workspace, there."""
    return Path(shutil.copytree(sample_home, shared_disk / "home"))


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return tmp_path / "local"


@pytest.fixture
def tool(home: Path, local: Path, tmp_path: Path) -> Kgtool:
    database = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    return build(Settings(home=home, cache_folder=local, database_url=database))


def copies(local: Path) -> list[Path]:
    return sorted(path for path in local.glob("*/[0-9]*-*") if path.is_dir())


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def inodes(generation: Path) -> set[int]:
    """Of the segments' files."""
    return {path.stat().st_ino for path in generation.glob("segments/*/*/*")}


def add(tool: Kgtool, count: int = 1) -> None:
    """Load some items once more, as a sync does: a new generation."""
    lines = [to_json(entity) for entity in sample.entities()][:count]
    tool.loading.load(enumerate(lines, start=1), source="once more", sample=True)


def test_answers_come_from_the_copy_and_are_the_same(tool: Kgtool, home: Path, local: Path) -> None:
    snapshot = tool.snapshots.current()
    assert snapshot.generation.path.is_relative_to(local)
    assert not is_shared(snapshot.generation.path)
    number = tool.workspace.current()
    assert files(snapshot.generation.path) == files(home / "generations" / str(number))
    direct = build(Settings(home=home, database_url="sqlite://"))
    assert tool.coverage.matrix(MUSEUM).to_json() == direct.coverage.matrix(MUSEUM).to_json()
    assert tool.sparql.select("ASK {}").rows is not None
    tool.close()


def test_a_change_is_copied_and_the_rest_is_linked(tool: Kgtool, home: Path, local: Path) -> None:
    before = tool.snapshots.current()
    kept = inodes(before.generation.path)
    add(tool)
    after = tool.snapshots.current()
    assert after.generation.number == before.generation.number + 1
    assert len(copies(local)) == 2, "the one before is still read"
    assert kept and kept < inodes(after.generation.path)
    original = home / "generations" / str(after.generation.number)
    assert files(after.generation.path) == files(original)
    path = before.generation.path
    del before
    add(tool)
    assert tool.snapshots.current().generation.number == after.generation.number + 1
    assert not path.exists(), "nobody reads it any more"


def test_a_number_that_comes_again_is_another_generation(home: Path, local: Path) -> None:
    reader = LocalCopies(Workspace(home), local)
    with reading_path(reader) as first:
        number = reader.current()
    meta = home / "generations" / str(number) / "meta.json"
    meta.write_bytes(meta.read_bytes().replace(b'"as_of":"2', b'"as_of":"3'))
    with reading_path(reader) as second:
        assert second != first


class reading_path:
    """The path that is read while the block runs."""

    def __init__(self, reader: LocalCopies) -> None:
        self._reading = reader.reading()

    def __enter__(self) -> Path:
        return self._reading.__enter__().path

    def __exit__(self, *error: Any) -> None:
        self._reading.__exit__(*error)


def _inode(home: Path, local: Path) -> int:
    with source(home, local).reading() as generation:
        return (generation.path / "meta.json").stat().st_ino


def test_processes_share_one_copy(home: Path, local: Path) -> None:
    with _context.Pool(3) as pool:
        found = pool.starmap(_inode, [(home, local)] * 6)
    assert len(set(found)) == 1 and len(copies(local)) == 1


def name_things(tool: Kgtool, *names: str) -> None:
    """Index names as ``kgtool names`` does."""
    records = [NameRecord(f"Q{n}", {"en": name}) for n, name in enumerate(names, start=1)]
    tool.reconcile.index_names(records, "a table")


def test_names_are_read_from_a_copy_too(tool: Kgtool, home: Path, local: Path) -> None:
    name_things(tool, "Ada Lovelace")
    first = tool.reconcile.reconciler().index
    assert first.folder.is_relative_to(local)
    assert files(first.folder) == files(home / "names")
    assert tool.reconcile.reconciler().index.folder == first.folder
    name_things(tool, "Ada Lovelace", "Mary Somerville")
    [found] = tool.reconcile.suggest("entity", "Mary", 5)
    assert found.id == "Q2"
    second = tool.reconcile.reconciler().index
    assert second.folder.is_relative_to(local) and second.folder != first.folder
    assert list(local.glob("*/names-*")) == [second.folder]
    tool.reconcile.forget_names()
    generation = tool.snapshots.current().generation.path
    assert tool.reconcile.reconciler().index.folder == generation / "names"


def test_names_that_do_not_fit_are_read_where_they_are(
    tool: Kgtool,
    home: Path,
    local: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    name_things(tool, "Ada Lovelace")
    usage = shutil.disk_usage(home)._replace(free=1000)
    monkeypatch.setattr("kgtool.views.copying.shutil.disk_usage", lambda _: usage)
    assert tool.reconcile.reconciler().index.folder == home / "names"
    assert tool.reconcile.suggest("entity", "Ada", 5)[0].id == "Q1"
    [said] = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert "KGTOOL_CACHE_FOLDER" in said and "the index of names" in said


def _stop_in_the_middle(home: Path, local: Path) -> None:
    copy = shutil.copy2
    done: list[Any] = []

    def slow(source: Any, target: Any) -> Any:
        if len(done) == 3:
            time.sleep(600)
        done.append(source)
        return copy(source, target)

    shutil.copy2 = slow  # type: ignore[assignment]
    _inode(home, local)


def test_a_process_that_is_killed_while_copying_leaves_nothing_half(
    home: Path, local: Path
) -> None:
    process = _context.Process(target=_stop_in_the_middle, args=(home, local))
    process.start()
    until = time.monotonic() + 60
    while len([p for p in local.rglob("*") if p.is_file()]) < 4 and time.monotonic() < until:
        time.sleep(0.05)
    assert process.pid and list(local.glob("*/.*-*")), "it was in the middle"
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert copies(local) == []
    with source(home, local).reading() as generation:
        original = home / "generations" / str(generation.number)
        assert files(generation.path) == files(original)
    assert not list(local.glob("*/.*")), "what it left is gone"


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_where_the_local_disk_is_full_the_shared_one_is_read_and_this_is_said(
    tool: Kgtool,
    home: Path,
    local: Path,
    when: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: object) -> object:
        raise OSError(errno.ENOSPC, "No space left on device")

    if when == "before":
        usage = shutil.disk_usage(home)._replace(free=1000)
        monkeypatch.setattr("kgtool.views.copying.shutil.disk_usage", lambda _: usage)
    else:
        monkeypatch.setattr("kgtool.views.copying.shutil.copy2", full)
    path = tool.snapshots.current().generation.path
    assert path.is_relative_to(home)
    assert tool.coverage.matrix(MUSEUM).groups
    [said] = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert "KGTOOL_CACHE_FOLDER" in said and str(local) in said
    assert not [one for one in local.glob("*/*") if one.is_dir()]
    # The graph is not opened there.
    with pytest.raises(WorkspaceError, match="RocksDB"):
        from kgtool.views.graph import open_graph

        open_graph(path / "graph")


def test_copies_are_refused_on_a_shared_disk(home: Path, shared_disk: Path) -> None:
    with pytest.raises(WorkspaceError, match="KGTOOL_CACHE_FOLDER"):
        source(home, shared_disk / "copies")


def test_a_service_goes_on_from_the_generation_before_while_the_next_is_copied(
    tool: Kgtool, home: Path, local: Path
) -> None:
    snapshots = Snapshots(source(home, local))
    snapshots.patient = True
    before = snapshots.current()
    add(tool)
    turn = os.open(next(local.glob("*/copy.lock")), os.O_RDWR)
    fcntl.flock(turn, fcntl.LOCK_EX)  # somebody copies, slowly
    assert snapshots.current() is before and snapshots.number() == before.generation.number
    os.close(turn)
    until = time.monotonic() + 60
    while snapshots.number() == before.generation.number and time.monotonic() < until:
        time.sleep(0.05)
    assert snapshots.number() == before.generation.number + 1


def test_a_graph_for_a_shared_disk_is_made_on_the_local_one(
    shared_disk: Path, local: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    without = build(Settings(home=shared_disk / "a", database_url=database))
    add(without, 30)
    assert "KGTOOL_CACHE_FOLDER" in caplog.text
    with_copies = build(Settings(home=shared_disk / "b", cache_folder=local, database_url=database))
    add(with_copies, 30)
    assert (shared_disk / "b" / "generations" / "1" / "graph").is_dir()
    assert with_copies.sparql.select("SELECT ?s { ?s ?p ?o } LIMIT 2").rows
    with_copies.close()
    with pytest.raises(WorkspaceError, match="no graph"):
        without.sparql.select("ASK {}")
    without.close()


@pytest.mark.parametrize(
    ("given", "state", "said"),
    [
        ({}, "look", "answers are slow"),
        ({"cache_folder": "local"}, "good", "free for copies"),
        ({"cache_folder": "shared/x"}, "wrong", "machines share"),
        ({"database_url": ""}, "wrong", "SQLite loses data"),
    ],
)
def test_doctor_tells(
    home: Path, tmp_path: Path, given: dict[str, str], state: str, said: str
) -> None:
    more: dict[str, Any] = {"database_url": f"sqlite:///{tmp_path / 'registry.sqlite'}"} | given
    if "cache_folder" in given:
        more["cache_folder"] = tmp_path / given["cache_folder"]
    found = build(Settings(home=home, **more)).doctor.examine(offline=True)
    assert [one for one in found if one.what == "disk" and one.state == state and said in one.said]
