"""Files and folders that survive a kill and a power cut: whole, and on disk when a call returns."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO


def sync_file(file: IO[bytes] | IO[str]) -> None:
    """Force to disk what was written to an open file."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Force a folder's entries to disk: which files it holds, not what is in them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(path: Path) -> None:
    """Force a folder and all that is in it to disk."""
    for folder, _, files in os.walk(path):
        for name in files:
            handle = os.open(Path(folder) / name, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(Path(folder))


def write_file(path: Path, content: bytes) -> None:
    """Write a file that nobody reads yet; a kill may leave part of it."""
    with path.open("wb") as file:
        file.write(content)
        sync_file(file)


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file so that a kill at any instant leaves the old or the new content, whole."""
    draft = path.with_name(f".{path.name}.new")
    write_file(draft, content)
    draft.replace(path)
    sync_folder(path.parent)
