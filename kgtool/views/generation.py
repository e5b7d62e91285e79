"""Generations: the published states of a workspace, each whole, each immutable.

::

    <home>/CURRENT                 number of the generation that readers open
    <home>/writer.lock             held by whoever writes
    <home>/generations/17/         meta.json, reader.lock, segments/0000/…, dead/0000.npy, one
                                   folder for each other view

A writer builds generation N+1 in a folder of its own beside N, syncs it to disk and replaces
``CURRENT``: a kill at any instant leaves N. Readers hold a shared lock on theirs, so that
collecting old generations passes them over. Segments are immutable and hard-linked from one
generation to the next; ``dead`` names the entities of a segment that later ones replaced.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from kgtool.disk import is_full
from kgtool.durable import replace_file, sync_folder, sync_tree
from kgtool.errors import Busy, DiskFull, EmptyWorkspace, NotFound, WorkspaceError
from kgtool.locks import alone
from kgtool.messages.words import Words
from kgtool.views.stored import stored

FORMAT = 2  # of views; what is kept of entities has been the same in all formats


class Meta(msgspec.Struct, frozen=True):
    """What a generation says of itself. ``as_of`` is ISO 8601 in UTC."""

    number: int
    as_of: str
    format: int = FORMAT
    wikibase: str = "wikidata"
    sample: bool = False
    items: int = 0
    properties: int = 0
    statements: int = 0
    labels: int = 0
    sitelinks: int = 0
    triples: int | None = None
    sources: list[str] = []


@dataclass(frozen=True)
class Generation:
    """One generation, open for reading. ``path`` holds its files."""

    path: Path
    meta: Meta

    @property
    def outdated(self) -> bool:
        """Whether an older kgtool wrote it: its kept entities can be read, its views cannot."""
        return self.meta.format < FORMAT

    @property
    def number(self) -> int:
        """Counts up from 1 with every load or sync."""
        return self.meta.number

    @cached_property
    def segments(self) -> list[Path]:
        """Folders of the segments, oldest first."""
        folder = self.path / "segments"
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def dead(self, segment: Path) -> npt.NDArray[np.uint64] | None:
        """Sorted keys of the entities in a segment that don't count any more, if any."""
        path = self.path / "dead" / f"{segment.name}.npy"
        return stored(path) if path.exists() else None


class Workspace:
    """The folder in which everything is kept."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._generations = home / "generations"

    def current(self) -> int:
        """Number of the generation that readers open; 0 where nothing was loaded yet."""
        try:
            return int((self.home / "CURRENT").read_text())
        except FileNotFoundError:
            return 0
        except ValueError:
            raise WorkspaceError(
                Words("error-workspace-number"),
                operator=Words("operator-restore", (str(self.home),)),
            ) from None

    def is_near(self) -> bool:
        """Whether readers need not wait for a copy: here they never do."""
        return True

    def generations(self) -> list[int]:
        """Numbers of all generations that are kept, oldest first."""
        if not self._generations.is_dir():
            return []
        return sorted(int(p.name) for p in self._generations.iterdir() if p.name.isdecimal())

    @contextlib.contextmanager
    def reading(self, *, outdated: bool = False) -> Iterator[Generation]:
        """The current generation, protected from being collected while the block runs.

        With ``outdated``, one that an older kgtool wrote, too.

        :raises WorkspaceError: nothing was loaded yet, or another kgtool wrote it.
        """
        while True:
            number = self.current()
            if number == 0:
                raise EmptyWorkspace(
                    Words("error-workspace-empty"),
                    operator=Words(
                        "operator-load", ("kgtool load FILE", "kgtool demo", str(self.home))
                    ),
                )
            folder = self._generations / str(number)
            try:
                lock = os.open(folder / "reader.lock", os.O_RDONLY)
            except FileNotFoundError:
                if self.current() == number:
                    raise WorkspaceError(
                        Words("error-workspace-missing", (str(number),)),
                        operator=Words("operator-restore-or-load", (str(self.home),)),
                    ) from None
                continue  # a newer one was published and this one collected meanwhile
            try:
                fcntl.flock(lock, fcntl.LOCK_SH)
                if not (folder / "meta.json").exists():
                    continue
                generation = Generation(folder, _read_meta(folder))
                if generation.outdated and not outdated:
                    raise WorkspaceError(
                        Words("error-workspace-old", (str(generation.meta.format), str(FORMAT))),
                        operator=Words(
                            "operator-load-once-more", ("kgtool load FILE", str(self.home))
                        ),
                    )
                yield generation
                return
            finally:
                os.close(lock)

    @contextlib.contextmanager
    def reading_past(self, number: int) -> Iterator[Generation]:
        """A generation that is kept, protected from being collected while the block runs.

        It may be ``outdated``: then only its entities can be read.

        :raises NotFound: it was collected, or never was.
        """
        folder = self._generations / str(number)
        try:
            lock = os.open(folder / "reader.lock", os.O_RDONLY)
        except FileNotFoundError:
            raise NotFound(Words("error-generation-gone", (str(number),))) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
            if not (folder / "meta.json").exists():
                raise NotFound(Words("error-generation-gone", (str(number),)))
            yield Generation(folder, _read_meta(folder))
        finally:
            os.close(lock)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Stage]:
        """The only writer: a stage for the next generation, discarded unless it is published.

        :raises Busy: another process is writing.
        :raises DiskFull: the disk filled up meanwhile; nothing was changed.
        """
        self._generations.mkdir(parents=True, exist_ok=True)
        busy = Busy(Words("error-workspace-busy"), hint=Words("error-try-done"))
        with alone(self.home / "writer.lock", busy):
            for left in self._generations.glob(".*"):  # from a writer that was killed
                shutil.rmtree(left, ignore_errors=True)
            stage = Stage(self, self.current() + 1)
            try:
                yield stage
            except Exception as error:
                if is_full(error):
                    raise DiskFull(
                        Words("error-disk-full"),
                        operator=Words("operator-space-gc", (str(self.home), "kgtool gc")),
                    ) from error
                raise
            finally:
                shutil.rmtree(stage.path, ignore_errors=True)

    def collect(self, keep: int) -> list[int]:
        """Remove all but the newest ``keep`` generations that nobody reads; gives their numbers."""
        current = self.current()
        removed: list[int] = []
        for number in self.generations()[::-1][max(keep, 1) :]:
            if number == current:
                continue
            folder = self._generations / str(number)
            lock = os.open(folder / "reader.lock", os.O_RDWR)  # as NFS wants it for this lock
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            else:
                trash = self._generations / f".gone-{number}"
                folder.rename(trash)
                shutil.rmtree(trash)
                removed.append(number)
            finally:
                os.close(lock)
        return removed

    def need_space(self, amount: int) -> None:
        """Check before building that ``amount`` bytes are free.

        :raises DiskFull: they are not; nothing was changed.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.home).free
        if free < amount:
            raise DiskFull(
                Words("error-disk-needs", (round(amount / 1e6), round(free / 1e6))),
                operator=Words("operator-space-home", (str(self.home), "kgtool gc", "KGTOOL_HOME")),
            )


class Stage:
    """Generation N+1 while it is built, seen by nobody else."""

    def __init__(self, workspace: Workspace, number: int) -> None:
        self._workspace = workspace
        self.number = number
        self.path = workspace.home / "generations" / f".{number}.building"
        self.path.mkdir()
        (self.path / "segments").mkdir()

    def publish(self, meta: Meta) -> Generation:
        """Make this generation the current one. After this returns it survives a power cut."""
        (self.path / "meta.json").write_bytes(msgspec.json.encode(meta))
        (self.path / "reader.lock").touch()
        sync_tree(self.path)
        final = self.path.parent / str(self.number)
        if final.exists():  # published by a writer that was killed before it could say so
            shutil.rmtree(final)
        self.path.rename(final)
        sync_folder(final.parent)
        replace_file(self._workspace.home / "CURRENT", f"{self.number}\n".encode())
        return Generation(final, meta)


def link_tree(source: Path, target: Path) -> None:
    """Hard-link the immutable files below ``source`` into ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            link_tree(entry, target / entry.name)
        else:
            os.link(entry, target / entry.name)


def _read_meta(folder: Path) -> Meta:
    data = (folder / "meta.json").read_bytes()
    made_by = msgspec.json.decode(data).get("format", 0)
    if made_by > FORMAT:
        raise WorkspaceError(
            Words("error-workspace-new", (str(made_by), str(FORMAT))),
            operator=Words("operator-upgrade", ("KGTOOL_HOME", str(folder))),
        )
    return msgspec.json.decode(data, type=Meta)
