"""Copying what never changes to a disk of this machine: whole or not at all, one process a time."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from kgtool.disk import is_full
from kgtool.durable import sync_tree
from kgtool.errors import DiskFull
from kgtool.locks import alone

_SPARE = 64 * 2**20  # bytes that are left to others on the disk


class Copying:
    """The copies of one workspace, in a folder of their own below *folder*.

    ``what`` names in messages what is copied.
    """

    def __init__(self, home: Path, folder: Path, what: str) -> None:
        name = sha256(os.fsencode(home.absolute())).hexdigest()[:12]
        self.folder = folder / name
        self._what = what

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """While the block runs nobody else copies; what a killed process left is removed before."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with alone(self.folder / "copy.lock"):
            for left in self.folder.glob(".*"):
                shutil.rmtree(left, ignore_errors=True)
            yield

    def make(self, original: Path, target: Path, before: Path | None) -> None:
        """Copy a folder; what the copy *before* has already is linked, not read again.

        :raises DiskFull: there is not enough room; nothing is left of the copy.
        :raises FileNotFoundError: a file of the original went meanwhile; the same.
        """
        draft = target.with_name(f".{target.name}")
        try:
            self._fill(draft, original, before)
            sync_tree(draft)
            draft.rename(target)
        except OSError as error:
            if is_full(error):
                raise self._full() from error
            raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _fill(self, draft: Path, original: Path, before: Path | None) -> None:
        linked: list[tuple[Path, Path]] = []
        copied: list[Path] = []
        for file in sorted(path for path in original.rglob("*") if path.is_file()):
            part = file.relative_to(original)
            if before is not None and _same(file, before / part):
                linked.append((before / part, part))
            else:
                copied.append(part)
        needed = sum((original / part).stat().st_size for part in copied)
        free = shutil.disk_usage(self.folder).free
        if free < needed + _SPARE:
            raise self._full(needed, free)
        for part in [*(part for _, part in linked), *copied]:
            (draft / part).parent.mkdir(parents=True, exist_ok=True)
        for known, part in linked:
            os.link(known, draft / part)
        for part in copied:
            shutil.copy2(original / part, draft / part)

    def _full(self, needed: int = 0, free: int = 0) -> DiskFull:
        where = self.folder
        want = (
            f"A copy of {self._what} needs {needed / 1e6:,.0f} MB in {where}, which has "
            f"{free / 1e6:,.0f} MB"
            if needed
            else f"The disk of {where} filled up while {self._what} was copied"
        )
        return DiskFull(
            f"{want}; it is read from the shared disk, which is slow and has no graph.",
            operator="Make space there, or set KGTOOL_CACHE_FOLDER to a larger disk; then restart.",
        )


def _same(original: Path, copy: Path) -> bool:
    # What is copied is never changed; copies keep their times.
    try:
        there = copy.stat()
    except OSError:
        return False
    here = original.stat()
    return (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)
