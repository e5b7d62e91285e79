"""People in the files of plans and batches: who decided a row, who permitted, whose account wrote.

What a row would write is left alone: its hash proves that nobody changed it since.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from kgtool.drafts import Plan, read_plan, write_plan
from kgtool.store.people import pattern
from kgtool.views.generation import replace_file

_HEAD = ("title", "summary", "source", "permission", "approval", "by")


class Papers:
    """The plans, batches and journals of one workspace."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def naming(self, name: str) -> list[str]:
        """The files in which somebody is named, relative to the workspace."""
        journals = [path for path in self._journals() if name in _accounts(path)]
        plans = [path for path in self._plans() if _names(read_plan(path), name)]
        return [str(path.relative_to(self._home)) for path in (*journals, *plans)]

    def take_out(self, name: str, instead: str) -> int:
        """Put *instead* in place of a name; returns how many files changed."""
        changed = 0
        for path in self._journals():
            if name in _accounts(path):
                lines = path.read_bytes().splitlines()
                kept = (_anonymous(line, name, instead) + b"\n" for line in lines)
                replace_file(path, b"".join(kept))
                changed += 1
        for path in self._plans():
            plan = read_plan(path)
            if _names(plan, name):
                write_plan(_without(plan, name, instead), path)
                changed += 1
        return changed

    def names(self) -> set[str]:
        """The accounts that journals name, and whoever had plans made."""
        accounts = {name for path in self._journals() for name in _accounts(path)}
        return accounts | {by for path in self._plans() if (by := read_plan(path).by)}

    def texts(self) -> Iterator[str]:
        """What of every plan may name somebody."""
        for path in self._plans():
            yield from _said(read_plan(path))

    def _journals(self) -> list[Path]:
        return sorted((self._home / "batches").glob("*/journal.jsonl"))

    def _plans(self) -> list[Path]:
        kept = (self._home / "plans").glob("*.json")
        return sorted([*kept, *(self._home / "batches").glob("*/plan.json")])


def _accounts(path: Path) -> set[str]:
    entries = (msgspec.json.decode(line) for line in path.read_bytes().splitlines())
    return {account for entry in entries if (account := entry.get("account"))}


def _anonymous(line: bytes, name: str, instead: str) -> bytes:
    entry = msgspec.json.decode(line)
    if entry.get("account") == name:
        entry["account"] = instead
    return msgspec.json.encode(entry)


def _said(plan: Plan) -> Iterator[str]:
    yield from (getattr(plan, key) for key in _HEAD)
    yield from (row.decided for row in plan.rows if row.decided)


def _names(plan: Plan, name: str) -> bool:
    wanted = pattern(name)
    return any(wanted.search(text) for text in _said(plan))


def _without(plan: Plan, name: str, instead: str) -> Plan:
    def replaced(text: str) -> str:
        return pattern(name).sub(lambda _: instead, text)

    rows = [replace(row, decided=replaced(row.decided)) for row in plan.rows]
    return replace(plan, rows=rows, **{key: replaced(getattr(plan, key)) for key in _HEAD})
