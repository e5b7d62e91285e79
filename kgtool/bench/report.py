"""What a benchmark found: figures, ratios, and on which machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

_PACKAGES = (
    "kgtool",
    "duckdb",
    "msgspec",
    "numpy",
    "pyarrow",
    "pyoxigraph",
    "pyrudof",
    "rapidfuzz",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value; ``unit`` is ``s``, ``ms``, ``us``, ``1/s``, ``MB`` or ``1``."""

    value: float
    unit: str


@dataclass(slots=True)
class Report:
    """Figures by name, ratios by ``"a/b"``, and ``more`` that belongs to one benchmark.

    ``absent`` names peers that are not installed: they were not measured.
    """

    bench: str
    figures: dict[str, Figure] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: float, unit: str) -> None:
        """Note one figure."""
        self.figures[name] = Figure(value, unit)

    def compare(self, name: str, one: str, other: str) -> None:
        """Note how many times *one*'s figure goes into *other*'s."""
        self.ratios[name] = self.figures[other].value / self.figures[one].value

    def to_dict(self) -> dict[str, Any]:
        """The report as the contract has it."""
        return {
            "bench": self.bench,
            "machine": machine(),
            "versions": versions(),
            "figures": {
                name: {"value": figure.value, "unit": figure.unit}
                for name, figure in self.figures.items()
            },
            "ratios": self.ratios,
            "absent": self.absent,
            **self.more,
        }


def machine() -> dict[str, Any]:
    """What this was measured on."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(pages / 2**30, 1),
    }


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that do the work."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def seconds(work: Callable[[], object], *, runs: int = 5) -> float:
    """Median wall time of ``runs`` calls, after one that is not counted."""
    work()
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return median(taken)


def peer(python: Path, script: str, arguments: Sequence[str], *, limit: float) -> Any:
    """Run a script with the peers' interpreter; gives the JSON that it prints, or none.

    None where the interpreter or the peer is not installed, or takes longer than ``limit`` seconds.
    """
    if not python.exists():
        return None
    try:
        done = subprocess.run(
            [python, "-W", "ignore", "-c", script, *arguments],
            capture_output=True,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), "")
