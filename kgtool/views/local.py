"""Copies of generations on a disk of this machine, where the workspace is on a shared one (NFS).

::

    <folder>/<workspace>/copy.lock          held by whoever copies
    <folder>/<workspace>/17-0f3a2b1c/       a generation as it is in the workspace
    <folder>/<workspace>/names-18ad…-2f1/   the index that ``kgtool names`` made

Views are mapped into memory and the graph is opened by RocksDB: over a network the one is slow and
the other loses data. All processes of a machine share one copy. It appears whole or not at all, and
a file that the copy before has already is linked, not read again. Copies that nobody reads are
removed when a newer one is there.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import msgspec

from kgtool.disk import filesystem, is_shared
from kgtool.errors import DiskFull, WorkspaceError
from kgtool.views.copying import Copying
from kgtool.views.generation import Generation, Workspace

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
    return LocalCopies(workspace, _local(folder))


def names_folder(home: Path, folder: Path) -> Callable[[], Path]:
    """Where the index of ``kgtool names`` is read: in the workspace, or a copy in *folder*.

    :raises WorkspaceError: as :func:`source`.
    """
    kept = home / "names"
    if not folder.parts:
        return lambda: kept
    return LocalNames(kept, Copying(home, _local(folder), "the index of names")).path


def _local(folder: Path) -> Path:
    if is_shared(folder):
        raise WorkspaceError(
            f"{folder} is on {filesystem(folder)}, a disk that machines share: copies are of no "
            "use there.",
            operator="Set KGTOOL_CACHE_FOLDER to a folder on a disk of this machine.",
        )
    return folder


class LocalCopies:
    """Generations of a workspace, read from copies below *folder*."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self._workspace = workspace
        self._copying = Copying(workspace.home, folder, "the newest generation")
        self._folder = self._copying.folder
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
        with self._copying.turn():  # others wait here, and find it made
            if target.is_dir():
                return
            before = max(self._copies(), key=lambda one: one.stat().st_mtime_ns, default=None)
            self._remove(keep={before, target})
            self._copying.make(generation.path, target, before)
            self._remove(keep={target})

    def _copies(self) -> list[Path]:
        return [path for path in self._folder.iterdir() if (path / "reader.lock").exists()]

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


class LocalNames:
    """The index of names that ``kgtool names`` made in *folder*, read from a copy.

    Who has opened an older copy keeps reading it: its files go when they are closed.
    """

    def __init__(self, folder: Path, copying: Copying) -> None:
        self._folder = folder
        self._copying = copying
        self._too_large = ""  # for the disk; said once

    def path(self) -> Path:
        """The folder of the copy, made now if the index is newer; the original if there is none.

        Where the disk is too small for it, this says so in the log and gives the original.
        """
        while (name := self._name()) and name != self._too_large:
            target = self._copying.folder / name
            if not target.is_dir():
                try:
                    self._copy(target)
                except FileNotFoundError:
                    continue  # a new index took the place of the one that was copied
                except DiskFull as error:
                    self._too_large = name
                    _log.error("%s", error)
                    break
            return target
        return self._folder

    def _copy(self, target: Path) -> None:
        with self._copying.turn():
            if target.is_dir():
                return
            older = list(self._copying.folder.glob("names-*"))
            before = max(older, key=lambda one: one.stat().st_mtime_ns, default=None)
            self._copying.make(self._folder, target, before)
            if self._name() != target.name:
                shutil.rmtree(target)
                raise FileNotFoundError(target)
            for one in older:
                shutil.rmtree(one, ignore_errors=True)

    def _name(self) -> str:
        """Changes with the index; empty where there is none."""
        try:
            found = (self._folder / "index.json").stat()
        except FileNotFoundError:
            return ""
        return f"names-{found.st_mtime_ns:x}-{found.st_ino:x}"
