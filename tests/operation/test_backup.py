"""What was saved comes back, whole, anywhere; what is damaged changes nothing."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import IO, Any, NoReturn

import msgspec
import pytest
import zstandard

from kgtool.errors import DiskFull, InputError, UsageError, WorkspaceError
from kgtool.service.backup import Backups
from kgtool.service.callers import OPERATOR
from kgtool.settings import Settings
from kgtool.store import Copy
from kgtool.wiring import Kgtool, build


def state(tool: Kgtool) -> dict[str, Any]:
    """All that a person could miss."""
    current = tool.snapshots.current()
    home = tool.settings.home
    return {
        "rows": list(Copy(tool.database).lines()),
        "entities": sorted(current.entities.lines()),
        "meta": msgspec.structs.replace(current.generation.meta, number=0),
        "batches": {
            p.name: p.read_bytes()
            for p in (home / "batches").rglob("*")
            if p.is_file() and not p.name.startswith(".")  # half written when it was killed
        },
    }


def restore(tool: Kgtool, path: Path, *, replace: bool = False) -> Any:
    return tool.backups.restore(path, replace=replace, forget_again=tool.people.take_out_again)


def test_nothing_is_lost_when_a_workspace_is_destroyed(
    tool: Kgtool, tmp_path: Path, data_key: str
) -> None:
    before = state(tool)
    saved = tool.backups.make(tmp_path / "backups")
    tool.close()
    shutil.rmtree(tool.settings.home)
    again = build(Settings(home=tool.settings.home, data_key=data_key))
    done = restore(again, saved)
    assert state(again) == before
    assert done.rows["contact"] == 1
    assert done.forgotten == 0
    contact = again.partners.get("Q190804", OPERATOR).contacts[0]
    assert contact.address == "cy@example.org"
    assert again.sparql.select("SELECT ?s WHERE { ?s ?p ?o } LIMIT 1").rows
    again.close()


def test_a_backup_moves_to_another_workspace_and_new_rows_get_numbers_of_their_own(
    tool: Kgtool, tmp_path: Path, data_key: str
) -> None:
    saved = tool.backups.make(tmp_path / "backups", entities=False)
    other = build(Settings(home=tmp_path / "other", data_key=data_key))
    done = restore(other, saved)
    assert done.generation is None
    assert other.requests.make(OPERATOR, title="x", description="y").id == 2
    other.close()


def test_what_is_here_is_only_replaced_when_that_is_said(tool: Kgtool, tmp_path: Path) -> None:
    saved = tool.backups.make(tmp_path / "backups")
    before = state(tool)
    tool.requests.make(OPERATOR, title="later", description="y")
    with pytest.raises(UsageError, match="--replace"):
        restore(tool, saved)
    restore(tool, saved, replace=True)
    tool.close()
    assert state(build(tool.settings)) == before


def test_a_restore_that_was_killed_can_be_repeated(
    tool: Kgtool, tmp_path: Path, data_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(tool)
    saved = tool.backups.make(tmp_path / "backups")
    other = build(Settings(home=tmp_path / "other", data_key=data_key))
    with monkeypatch.context() as patch:
        patch.setattr(other.backups, "_put_files", _killed)
        with pytest.raises(KeyboardInterrupt):
            restore(other, saved)
    restore(other, saved)
    assert state(other) == before
    other.close()


@pytest.mark.parametrize("harm", ["cut", "flipped", "nothing", "no backup"])
def test_a_damaged_backup_changes_nothing(tool: Kgtool, tmp_path: Path, harm: str) -> None:
    saved = tool.backups.make(tmp_path / "backups")
    content = saved.read_bytes()
    match harm:
        case "cut":
            content = content[: len(content) // 2]
        case "flipped":
            middle = len(content) // 2
            content = content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
        case "nothing":
            content = b""
        case "no backup":
            content = zstandard.compress(b"hello" * 1000)
    saved.write_bytes(content)
    before = state(tool)
    with pytest.raises(InputError):
        restore(tool, saved, replace=True)
    assert state(tool) == before


def test_a_path_that_leads_out_is_not_followed(tool: Kgtool, tmp_path: Path) -> None:
    import io
    import tarfile

    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        info = tarfile.TarInfo("../../outside")
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    path = tmp_path / "evil.tar.zst"
    path.write_bytes(zstandard.compress(plain.getvalue()))
    with pytest.raises(InputError):
        restore(tool, path, replace=True)
    assert not list(tmp_path.rglob("outside"))


def test_old_backups_are_removed_but_for_the_newest(tool: Kgtool, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"kgtool-2020010{day}T000000Z.tar.zst").touch()
    newest = tool.backups.make(folder, entities=False, keep=2)
    kept = sorted(p.name for p in folder.glob("kgtool-*"))
    assert kept == ["kgtool-20200103T000000Z.tar.zst", newest.name]


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EIO, WorkspaceError)],
)
def test_what_hinders_a_backup_is_told_and_leaves_nothing(
    tool: Kgtool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[WorkspaceError],
) -> None:
    def fails(self: Backups, file: IO[bytes], *rest: object) -> NoReturn:
        file.write(b"begun")
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Backups, "_write", fails)
    folder = tmp_path / "backups"
    with pytest.raises(WorkspaceError, match=os.strerror(number)) as caught:
        tool.backups.make(folder)
    assert type(caught.value) is kind
    assert not list(folder.glob("*.zst*")) and not list(folder.glob(".*"))


def test_a_folder_that_is_none_is_told(tool: Kgtool, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="could not be written") as caught:
        tool.backups.make(tmp_path / "file" / "folder")
    assert not isinstance(caught.value, DiskFull)
