"""The house: which room may use which. Arrows go one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# A room may import itself, the rooms named here, and nothing else of kgtool.
BASE = "errors settings files messages disk durable locks spreadsheet"
MAY_USE = {
    "errors": "",
    "disk": "",
    "durable": "",
    "locks": "errors",
    "spreadsheet": "errors messages",
    "settings": "errors",
    "files": "errors messages",
    "messages": "errors",
    "entities": "errors",
    "sources": f"{BASE} entities",
    "views": f"{BASE} entities",
    "coverage": "errors messages entities views",
    "checks": "errors files messages entities views",
    "reconcile": "errors messages entities views",
    "partners": "errors messages spreadsheet entities views",
    "drafts": "errors messages durable spreadsheet entities checks reconcile",
    "writes": f"{BASE} entities drafts sources",
    "reports": "errors messages entities coverage partners",
    "store": "errors settings disk messages entities partners drafts",
    "sample": "errors entities",
    "service": f"{BASE} entities sources views coverage checks reconcile partners drafts writes "
    "reports store sample",
    "wiring": f"{BASE} entities sources views coverage checks reconcile partners drafts writes "
    "reports store sample service",
    "bench": f"{BASE} entities sources views coverage checks reconcile partners drafts writes "
    "reports store sample service wiring api",
    "cli": f"{BASE} entities views coverage checks reconcile partners drafts writes reports "
    "sample service wiring bench",
    "api": f"{BASE} entities sources views coverage checks reconcile partners drafts writes "
    "reports store sample service wiring",
}

# These rooms are pure: they open no connection and read no clock and no environment.
PURE = {"entities", "coverage", "checks", "reconcile", "drafts", "partners"}
OUTSIDE = {"httpx2", "requests", "socket", "urllib.request", "sqlite3", "os.environ"}

# Libraries with one home (and the benchmarks, where they are peers).
HOMES = {
    "httpx2": {"sources"},
    "SPARQLWrapper": {"sources"},
    "wikibaseintegrator": {"writes"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "fastapi": {"api"},
    "starlette": {"api"},
    "pyrudof": {"checks"},
    "click": {"cli"},
}


def _modules() -> list[tuple[str, Path]]:
    found = []
    for folder, prefix in ((ROOT / "kgtool", ""), (ROOT / "api", "api")):
        for path in sorted(folder.rglob("*.py")):
            room = prefix or path.relative_to(folder).parts[0].removesuffix(".py")
            if room not in ("__init__", "__main__"):
                found.append((room, path))
    return found


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(("room", "path"), _modules(), ids=lambda value: str(value)[-60:])
def test_a_module_uses_only_the_rooms_above_it(room: str, path: Path) -> None:
    allowed = {room, *MAY_USE[room].split()}
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "kgtool" and len(parts) > 1 and parts[1] != "__version__":
            assert parts[1] in allowed, f"{path.name} ({room}) may not use {name}"
        home = HOMES.get(parts[0])
        if home is not None and room != "bench":
            assert room in home, f"{parts[0]} has its home in {home}, not in {room}"
        if room in PURE:
            assert not any(name.startswith(outside) for outside in OUTSIDE), (
                f"{path.name} ({room}) is pure and may not use {name}"
            )


def test_every_room_has_a_row() -> None:
    assert {room for room, _ in _modules()} <= set(MAY_USE)


def test_the_top_level_is_the_one_that_was_agreed() -> None:
    assert not {"api", "queries", "shapes"} & {p.name for p in (ROOT / "kgtool").iterdir()}
