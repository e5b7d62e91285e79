"""Copies of generations on a disk of this machine, where the workspace is on a shared one (NFS).

::

    <folder>/<workspace>/copy.lock          held by whoever copies
    <folder>/<workspace>/17-0f3a2b1c/       a generation as it is in the workspace

Views are mapped into memory and the graph is opened by RocksDB: over a network the one is slow and
the other loses data. All processes of a machine share one copy. It appears whole or not at all, and
a file that the copy before has already is linked, not read again. Copies that nobody reads are
removed when a newer one is there.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import msgspec

from kgtool.disk import filesystem, is_shared
from kgtool.errors import DiskFull, WorkspaceError
from kgtool.views.generation import Generation, Workspace, sync_tree

_SPARE = 64 * 2**20  # bytes that are left to others on the disk
_log = logging.getLogger("kgtool.views")


class Source(Protocol):
    """Where readers get generations from."""

    def current(self) -> int:
        """Number of the newest generation; 0 where nothing was loaded yet."""

    def reading(self) -> contextlib.AbstractContextManager[Generation]:
        """The newest generation, protected from being removed while the block runs."""

    def is_near(self) -> bool:
        """Whether the newest generation can be read without waiting for its copy."""


def source(home: Path, folder: Path) -> Source:
    """The workspace in *home*, read through copies in *folder* if one is named.

    :raises WorkspaceError: the folder is on a disk that machines share.
    """
    workspace = Workspace(home)
    if not folder.parts:
        return workspace
    if is_shared(folder):
        raise WorkspaceError(
            f"{folder} is on {filesystem(folder)}, a disk that machines share: copies are of no "
            "use there.",
            operator="Set KGTOOL_CACHE_FOLDER to a folder on a disk of this machine.",
        )
    return LocalCopies(workspace, folder)


class LocalCopies:
    """Generations of a workspace, read from copies below *folder*."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self._workspace = workspace
        name = sha256(os.fsencode(workspace.home.absolute())).hexdigest()[:12]
        self._folder = folder / name
        self._too_large: set[str] = set()  # for the disk; said once

    def current(self) -> int:
        """Number of the newest generation; 0 where nothing was loaded yet."""
        return self._workspace.current()

    def is_near(self) -> bool:
        """Whether the newest generation is copied, or will not be."""
        if self.current() == 0:
            return True
        with self._workspace.reading() as generation:
            name = _name(generation)
        return name in self._too_large or (self._folder / name).is_dir()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Generation]:
        """A copy of the newest generation, made now if there is none.

        Where the disk is too small for it, this says so in the log and gives the generation in the
        workspace itself.

        :raises WorkspaceError: nothing was loaded yet, or a newer kgtool wrote it.
        """
        with contextlib.ExitStack() as held:
            # Held until the copy is made, then given back: the copy is all that is read.
            original = held.enter_context(contextlib.ExitStack())
            generation = original.enter_context(self._workspace.reading())
            name = _name(generation)
            if name not in self._too_large:
                try:
                    path = self._locked(generation, name, held)
                    original.close()
                    generation = Generation(path, generation.meta)
                except DiskFull as error:
                    self._too_large.add(name)
                    _log.error("%s", error)
            yield generation

    def _locked(self, generation: Generation, name: str, held: contextlib.ExitStack) -> Path:
        """The copy, made if it is not there, and kept from being removed."""
        path = self._folder / name
        while not _lock(path / "reader.lock", held):
            self._copy(generation, path)
        return path

    def _copy(self, generation: Generation, target: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.ExitStack() as held:
            # Others wait here, and find it made.
            turn = os.open(self._folder / "copy.lock", os.O_RDWR | os.O_CREAT, 0o600)
            held.callback(os.close, turn)
            fcntl.flock(turn, fcntl.LOCK_EX)
            for left in self._folder.glob(".*"):  # of a process that was killed
                shutil.rmtree(left, ignore_errors=True)
            if target.is_dir():
                return
            before = max(self._copies(), key=lambda one: one.stat().st_mtime_ns, default=None)
            self._remove(keep={before, target})
            draft = target.with_name(f".{target.name}")
            try:
                self._fill(draft, generation.path, before)
                sync_tree(draft)
                draft.rename(target)
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise self._full() from error
                raise
            finally:
                shutil.rmtree(draft, ignore_errors=True)
            self._remove(keep={target})

    def _copies(self) -> list[Path]:
        return [path for path in self._folder.iterdir() if (path / "reader.lock").exists()]

    def _fill(self, draft: Path, original: Path, before: Path | None) -> None:
        linked: list[Path] = []
        copied: list[Path] = []
        for file in sorted(path for path in original.rglob("*") if path.is_file()):
            part = file.relative_to(original)
            same = before is not None and _same(file, before / part)
            (linked if same else copied).append(part)
        needed = sum((original / part).stat().st_size for part in copied)
        free = shutil.disk_usage(self._folder).free
        if free < needed + _SPARE:
            raise self._full(needed, free)
        for part in [*linked, *copied]:
            (draft / part).parent.mkdir(parents=True, exist_ok=True)
        for part in linked:
            assert before is not None
            os.link(before / part, draft / part)
        for part in copied:
            shutil.copy2(original / part, draft / part)

    def _remove(self, keep: set[Path | None]) -> None:
        """Remove copies that nobody reads."""
        for path in self._copies():
            if path in keep:
                continue
            with contextlib.ExitStack() as held:
                if not _lock(path / "reader.lock", held, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    continue
                gone = path.with_name(f".gone-{path.name}")
                path.rename(gone)
                shutil.rmtree(gone)

    def _full(self, needed: int = 0, free: int = 0) -> DiskFull:
        where = self._folder
        want = (
            f"A copy of the newest generation needs {needed / 1e6:,.0f} MB in {where}, which has "
            f"{free / 1e6:,.0f} MB"
            if needed
            else f"The disk of {where} filled up while the newest generation was copied"
        )
        return DiskFull(
            f"{want}; it is read from the shared disk, which is slow and has no graph.",
            operator="Make space there, or set KGTOOL_CACHE_FOLDER to a larger disk; then restart.",
        )


def _name(generation: Generation) -> str:
    """Of a copy: a number can come again after a restore, what a generation says of itself not."""
    said = sha256(msgspec.json.encode(generation.meta)).hexdigest()[:8]
    return f"{generation.number}-{said}"


def _lock(path: Path, held: contextlib.ExitStack, how: int = fcntl.LOCK_SH) -> bool:
    """Lock a copy until *held* ends; false where it is not there, or somebody else has it."""
    try:
        lock = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    with contextlib.ExitStack() as opened:
        opened.callback(os.close, lock)
        try:
            fcntl.flock(lock, how)
        except BlockingIOError:
            return False
        if not path.exists():  # removed while we waited
            return False
        held.push(opened.pop_all())
    return True


def _same(original: Path, copy: Path) -> bool:
    # Files of generations are never changed; copies keep their times.
    try:
        there = copy.stat()
    except OSError:
        return False
    here = original.stat()
    return (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)
