"""Backups: everything that cannot be made again, in one file, and back.

A backup is a zstd-packed tar file with ``backup.json`` (what it is, with the SHA-256 of each part),
``database.jsonl``, ``forgotten.json``, plans and batches, the state of syncs, indexes of names and,
unless left out, the current generation. It does not depend on the kind of database: what was saved
from SQLite can be restored into PostgreSQL. Personal fields stay encrypted; the key is not in it.
Jobs are not in it either: what was asked for then must not be begun again.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec
import zstandard
from msgspec import Struct

from kgtool import __version__
from kgtool.disk import is_full
from kgtool.durable import replace_file, sync_file, sync_folder
from kgtool.errors import DiskFull, InputError, NotFound, UsageError, WorkspaceError
from kgtool.service.forgotten import FILE as FORGOTTEN
from kgtool.service.forgotten import Forgotten, spread
from kgtool.store import Copy
from kgtool.views.generation import Meta, Workspace
from kgtool.writes import BatchFolder

FORMAT = 1
_HEAD = "backup.json"
_DATABASE = "database.jsonl"
_FOLDERS = ("batches", "plans", "sync", "names")  # of the workspace, besides generations
_WHERE = "backups.json"  # folders that hold backups, to reach them when somebody is forgotten
_UNFINISHED = "restore.unfinished"


class Head(Struct, frozen=True):
    """What a backup says of itself; ``files`` are SHA-256 sums by path."""

    made: datetime
    kgtool: str
    schema: str
    generation: int | None
    files: dict[str, str]
    format: int = FORMAT


class Restored(Struct, frozen=True):
    """What came back: rows by table, people who stay forgotten, batches that were not finished."""

    made: datetime
    generation: int | None
    rows: dict[str, int]
    forgotten: int
    batches: list[str]


class Backups:
    """Makes and restores backups of one workspace and its database."""

    def __init__(self, workspace: Workspace, copy: Copy, clock: Callable[[], datetime]) -> None:
        self._workspace = workspace
        self._home = workspace.home
        self._copy = copy
        self._clock = clock

    def make(self, folder: Path, *, entities: bool = True, keep: int | None = None) -> Path:
        """Write a backup into *folder*; returns its path. Readers and writers go on meanwhile.

        Without *entities* the current generation is left out: it can be loaded or synced again.
        *keep* removes all but so many of the newest.

        :raises DiskFull: there is not enough room; nothing was changed.
        :raises WorkspaceError: the folder cannot be written to, something of the workspace cannot
            be read, or the database cannot be reached.
        """
        made = self._clock().replace(microsecond=0)
        path = folder / f"kgtool-{made:%Y%m%dT%H%M%SZ}.tar.zst"
        with _told("The backup could not be written"):
            folder.mkdir(parents=True, exist_ok=True)
            self._remember(folder)
            Forgotten.read(self._home / FORGOTTEN).write(self._home / FORGOTTEN)
            spread(Forgotten.read(self._home / FORGOTTEN), [folder])
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            try:
                with draft.open("wb") as file:
                    self._write(file, made, entities)
                    sync_file(file)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            sync_folder(folder)
            if keep is not None:
                for old in sorted(folder.glob("kgtool-*.tar.zst"))[: -max(keep, 1)]:
                    old.unlink()
        return path

    def restore(
        self, path: Path, *, replace: bool, forget_again: Callable[[Forgotten, datetime], int]
    ) -> Restored:
        """Bring workspace and database to the state of a backup.

        *forget_again* takes out whoever was forgotten after a time; it gets the lists of this
        workspace, of the backup and of the folder where it lies. A restore that was killed can be
        repeated.

        :raises NotFound: there is no such file.
        :raises InputError: the file is damaged or no backup; nothing was changed.
        :raises UsageError: something is here already, and *replace* was not said.
        """
        if not path.is_file():
            raise NotFound(f"There is no backup {path}.")
        self._check_room(replace)
        known = Forgotten.read(self._home / FORGOTTEN, path.parent / FORGOTTEN)
        with self._unpacked(path) as staging:
            head = _checked_head(staging, path)
            known = known.merged(Forgotten.read(staging / FORGOTTEN))
            (self._home / _UNFINISHED).touch()
            known.write(self._home / FORGOTTEN)
            with (staging / _DATABASE).open("rb") as lines:
                rows = self._copy.put_back(lines, head.schema)
            self._put_files(staging, head)
        forgotten = forget_again(known, head.made)
        self._remember(path.parent)
        (self._home / _UNFINISHED).unlink()
        folder = BatchFolder(self._home)
        batches = sorted(folder.ids())
        for id in batches:
            folder.open(id).comes_from_backup(head.made.timestamp())
        return Restored(head.made, head.generation, rows, forgotten, batches)

    def _write(self, file: IO[bytes], made: datetime, entities: bool) -> None:
        sums: dict[str, str] = {}
        packer = zstandard.ZstdCompressor(level=3, threads=-1)
        with (
            tempfile.TemporaryFile(dir=self._home) as rows,
            packer.stream_writer(file, closefd=False) as packed,
            tarfile.open(fileobj=packed, mode="w|") as tar,
        ):
            rows.writelines(self._copy.lines())
            sums[_DATABASE] = _add(tar, _DATABASE, rows)
            for path in self._files():
                name = path.relative_to(self._home).as_posix()
                sums[name] = _add_file(tar, name, path)
            number: int | None = None
            if entities and self._workspace.current():
                with self._workspace.reading() as generation:
                    number = generation.number
                    for path in sorted(one for one in generation.path.rglob("*") if one.is_file()):
                        name = f"generation/{path.relative_to(generation.path).as_posix()}"
                        sums[name] = _add_file(tar, name, path)
            head = Head(made, __version__, self._copy.schema, number, sums)
            _add(tar, _HEAD, io.BytesIO(msgspec.json.encode(head)))

    def _files(self) -> Iterator[Path]:
        for folder in _FOLDERS:
            for path in sorted((self._home / folder).rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    yield path
        yield self._home / FORGOTTEN

    def _check_room(self, replace: bool) -> None:
        unfinished = (self._home / _UNFINISHED).exists()
        if replace or unfinished:
            return
        if self._workspace.current() or not self._copy.is_empty():
            raise UsageError(
                f"The workspace {self._home} or its database is not empty.",
                hint="Say --replace to put the backup in its place, or set another KGTOOL_HOME.",
            )

    @contextmanager
    def _unpacked(self, path: Path) -> Iterator[Path]:
        self._home.mkdir(parents=True, exist_ok=True)
        staging = self._home / ".restore"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        try:
            with (
                _told(f"{path} could not be unpacked"),
                path.open("rb") as file,
                zstandard.ZstdDecompressor().stream_reader(file) as plain,
                tarfile.open(fileobj=plain, mode="r|") as tar,
            ):
                tar.extractall(staging, filter="data")  # refuses paths that lead out, and devices
        except WorkspaceError:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
            shutil.rmtree(staging)
            raise InputError(
                f"{path} is damaged or no backup: {error}.", hint="Use another backup."
            ) from None
        try:
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _put_files(self, staging: Path, head: Head) -> None:
        for name in _FOLDERS:
            shutil.rmtree(self._home / name, ignore_errors=True)
            if (staging / name).exists():
                (staging / name).rename(self._home / name)
        sync_folder(self._home)
        if head.generation is None:
            return
        with self._workspace.writing() as stage:
            # A number of its own: readers of the present generations are not disturbed.
            generation = staging / "generation"
            for entry in generation.iterdir():
                if entry.name not in ("meta.json", "reader.lock", "segments"):
                    entry.rename(stage.path / entry.name)
            for entry in (generation / "segments").iterdir():
                entry.rename(stage.path / "segments" / entry.name)
            stage.publish(_renumbered(generation / "meta.json", stage.number))

    def _remember(self, folder: Path) -> None:
        known = [str(one) for one in folders_of(self._home)]
        if str(folder.resolve()) not in known:
            self._home.mkdir(parents=True, exist_ok=True)
            replace_file(self._home / _WHERE, msgspec.json.encode([*known, str(folder.resolve())]))


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Tell what the system refuses as an error of ours; ``what`` could not be done."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise DiskFull(f"{what}: {error}.", operator="Make space and try again.") from error
        raise WorkspaceError(
            f"{what}: {error}.", operator="May kgtool read and write there? Is the disk whole?"
        ) from error


def folders_of(home: Path) -> list[Path]:
    """Folders that backups of a workspace were written to."""
    try:
        said = msgspec.json.decode((home / _WHERE).read_bytes(), type=list[str])
    except (FileNotFoundError, msgspec.DecodeError):
        return []
    return [Path(one) for one in said]


def newest(home: Path) -> datetime | None:
    """When the newest backup that can be reached was made."""
    files = [file for folder in folders_of(home) for file in folder.glob("kgtool-*.tar.zst")]
    times = [file.stat().st_mtime for file in files]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> str:
    with path.open("rb") as file:
        return _add(tar, name, file)


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes]) -> str:
    """Add a file as long as it is now, even if it grows meanwhile; returns its SHA-256."""
    info = tarfile.TarInfo(name)
    info.size = left = file.seek(0, os.SEEK_END)
    info.mode = 0o600
    file.seek(0)
    found = hashlib.sha256()
    while left and (block := file.read(min(left, 1 << 20))):
        found.update(block)
        left -= len(block)
    file.seek(0)
    tar.addfile(info, file)
    return found.hexdigest()


def _checked_head(staging: Path, path: Path) -> Head:
    """What the unpacked backup says of itself, if every part is there and whole."""
    hint = "Use another backup."
    try:
        head = msgspec.json.decode((staging / _HEAD).read_bytes(), type=Head)
    except (FileNotFoundError, msgspec.DecodeError):
        raise InputError(f"{path} is no backup of kgtool.", hint=hint) from None
    if head.format > FORMAT:
        raise InputError(f"{path} was made by a newer kgtool.", hint="Upgrade kgtool.")
    for name, expected in head.files.items():
        part = staging / name
        if not part.is_file():
            raise InputError(f"{path} lacks {name}.", hint=hint)
        with part.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                raise InputError(f"{path} is damaged at {name}.", hint=hint)
    return head


def _renumbered(path: Path, number: int) -> Meta:
    return msgspec.structs.replace(msgspec.json.decode(path.read_bytes(), type=Meta), number=number)
