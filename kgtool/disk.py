"""What lies under a folder: a disk of this machine or one that machines share, perhaps full."""

from __future__ import annotations

import errno
import re
from pathlib import Path

# Their locks and memory maps are not those that SQLite's WAL and RocksDB rely on.
SHARED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "beegfs", "ceph", "gfs2", "gpfs"}
    | {"lustre", "ocfs2", "fuse.ceph", "fuse.glusterfs", "fuse.sshfs"}
)

_MOUNTS = Path("/proc/self/mountinfo")

# strerror(3) of ENOSPC and EDQUOT, what SQLite says, and what ``ndarray.tofile`` says.
_FULL = ("No space left on device", "Disk quota exceeded", "database or disk is full")
_SHORT = re.compile(r"\d+ requested and \d+ written")


def filesystem(path: Path, mounts: str | None = None) -> str:
    """Kind of the file system that holds *path* (``ext4``, ``nfs4``); empty where it is not known.

    Links are followed as far as they lead to something.

    *mounts* is the text of ``/proc/self/mountinfo`` (proc(5)); by default it is read.
    """
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
    whole = path.resolve()
    found, depth = "", -1
    for line in mounts.splitlines():
        mounted, _, kind = line.partition(" - ")
        fields = mounted.split()
        if len(fields) < 5 or not kind:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        # Of two at the same place, the later one covers the earlier.
        if len(point.parts) >= depth and whole.is_relative_to(point):
            found, depth = kind.split()[0], len(point.parts)
    return found


def is_shared(path: Path) -> bool:
    """Whether other machines share the disk under *path*."""
    return filesystem(path) in SHARED


def is_full(error: Exception) -> bool:
    """Whether an error says that a disk, or a quota on it, is full.

    RocksDB, DuckDB and databases say so in words, and NumPy says only that it wrote less than it
    was given (``ndarray.tofile``).
    """
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    said = str(error)
    return any(words in said for words in _FULL) or bool(_SHORT.fullmatch(said))
