"""Which file system a folder is on, and what is refused on one that machines share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from kgtool.disk import filesystem, is_full
from kgtool.errors import DiskFull, WorkspaceError
from kgtool.store import Database

MOUNTS = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /data rw - nfs4 server:/export rw,vers=4.2
31 30 8:2 / /data/local rw shared:2 master:1 - xfs /dev/sdb rw
32 22 0:41 / /with\040space rw - cifs //server/share rw
33 22 0:42 / /twice rw - ext4 /dev/sdc rw
34 22 0:43 / /twice rw - nfs server:/b rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/x", "ext4"),
        ("/data", "nfs4"),
        ("/data/project/kgtool", "nfs4"),
        ("/data/local/x", "xfs"),
        ("/database", "ext4"),
        ("/with space/x", "cifs"),
        ("/twice/x", "nfs"),
    ],
)
def test_the_deepest_and_latest_mount_counts(path: str, kind: str) -> None:
    assert filesystem(Path(path), MOUNTS) == kind


def test_nothing_known_is_nothing() -> None:
    assert filesystem(Path("/x"), "") == ""


def test_sqlite_is_refused_on_a_shared_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgtool.store.database.is_shared", lambda path: True)
    with pytest.raises(WorkspaceError, match="KGTOOL_DATABASE_URL"):
        _ = Database("", tmp_path / "r.sqlite").engine
    assert not (tmp_path / "r.sqlite").exists()


FULL = "/dev/full"  # null(4): whatever is written to it finds no space


@pytest.mark.skipif(not Path(FULL).is_char_device(), reason="There is no /dev/full here.")
@pytest.mark.parametrize(
    "write",
    [
        lambda: Path(FULL).write_bytes(b"x"),
        lambda: np.arange(100_000).tofile(FULL),
    ],
)
def test_a_full_disk_is_known_whoever_writes(write: Callable[[], object]) -> None:
    with pytest.raises(OSError) as raised:
        write()
    assert is_full(raised.value)


def test_a_database_on_a_full_disk_says_so(tmp_path: Path) -> None:
    database = Database("", tmp_path / "r.sqlite")
    database.upgrade()
    with pytest.raises(DiskFull, match="nothing was kept"), database.begin() as connection:
        connection.execute(text("PRAGMA max_page_count = 1"))  # as many as there are, at least
        connection.execute(text("CREATE TABLE more (a)"))
        connection.execute(text("INSERT INTO more VALUES (zeroblob(10000000))"))


def test_other_failures_are_not_a_full_disk() -> None:
    for error in (FileNotFoundError(2, "No such file"), OSError("broken"), ValueError("3 and 4")):
        assert not is_full(error)
