"""Starts writers quickly: imports once, then forks one for each line that it reads.

A line is the folder of a workspace; the answer is the writer's process id, and when it has ended,
how: ``end STATUS``.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import msgspec

from kgtool.entities import Profile
from kgtool.settings import Settings
from kgtool.writes import BatchFolder, Run, lease


def write(home: Path) -> None:
    """Go on with the one batch of a workspace, as ``kgtool draft resume`` does."""
    raw = msgspec.json.decode((home / "settings.json").read_bytes())
    settings = Settings(**{**raw, "home": home})
    profile = msgspec.json.decode((home / "profile.json").read_bytes(), type=Profile)
    batches = BatchFolder(home)
    with lease(home):
        Run(batches.open(next(batches.ids())), settings, profile).apply()


def main() -> None:
    """Fork for each line of standard input until it ends."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                write(Path(line.strip()))
            except Exception:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(f"end {status}", flush=True)


if __name__ == "__main__":
    main()
