"""Commands in a process of their own: how long, how much processor time, how much memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import NamedTuple

from kgtool.views.generation import Generation, link_tree
from kgtool.wiring import Kgtool

_EVERY = 0.2  # seconds between two looks at the memory


class Run(NamedTuple):
    """Seconds of wall and of processor time; megabytes.

    ``memory`` is what all processes had of their own at the same time, ``largest`` what the largest
    one had at most together with pages of files, which the system takes back when it needs them.
    """

    seconds: float
    cpu: float
    memory: float
    largest: float


def ran(home: Path, *arguments: str) -> Run:
    """Run ``kgtool`` with these arguments in the workspace *home*, without the graph.

    :raises CalledProcessError: the command failed; what it said was printed.
    """
    command = [sys.executable, "-m", "kgtool", *arguments]
    env = os.environ | {"KGTOOL_HOME": str(home), "KGTOOL_GRAPH_ENTITIES": "0"}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    peak = _Peak(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    memory = peak.end()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(seconds, used.ru_utime + used.ru_stime, memory / 2**20, used.ru_maxrss / 1024)


def alone(tool: Kgtool, scratch: Path) -> Iterator[tuple[str, float]]:
    """Each view of the current generation, built again by itself, and its processor time."""
    with tool.workspace.reading() as current:
        again = Generation(scratch, current.meta)
        link_tree(current.path / "segments", scratch / "segments")
        if (current.path / "dead").is_dir():
            link_tree(current.path / "dead", scratch / "dead")
        for view in tool.views():
            started = _used()
            view.build(again, None, None)
            yield view.name, _used() - started


def _used() -> float:
    """Seconds of processor time of this process and of those that it has waited for."""
    return sum(sum(getrusage(who)[:2]) for who in (RUSAGE_SELF, RUSAGE_CHILDREN))


class _Peak:
    """Looks at the memory of a process and of those that it starts, until it ends."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most = pid, 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> int:
        """The most bytes that they had."""
        self._ended.set()
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY):
            self._most = max(self._most, sum(map(_own, _tree(self._pid))))


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            tasks = list(Path(f"/proc/{one}/task").iterdir())
            found += [int(n) for task in tasks for n in (task / "children").read_text().split()]
        except OSError:  # it has ended
            continue
    return found


def _own(pid: int) -> int:
    """Bytes of memory of a process that are not pages of files."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(
        1024 * int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "RssShmem:"))
    )
