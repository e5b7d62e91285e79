"""Plans that the service keeps: read once, listed by their heads, decided one row at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from kgtool.drafts import OUTCOMES, Plan, followed, read_plan, write_plan
from kgtool.errors import NotFound
from kgtool.locks import alone
from kgtool.messages.words import Words


class _Row(Struct, frozen=True):
    outcome: str


class _Head(Struct, frozen=True):
    id: str
    title: str
    wiki: str
    made: datetime
    by: str = ""
    rows: list[_Row] = []


class Summary(Struct, frozen=True):
    """A plan in a list; ``counts`` has its rows by outcome."""

    id: str
    title: str
    wiki: str
    when: datetime
    by: str
    counts: dict[str, int]


class KeptPlans:
    """The folder ``<home>/plans``, one file a plan."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "plans"
        # A plan's rows are proved by their hashes whenever it is read: a page should not wait.
        self._plan = lru_cache(4)(_read)
        self._summary = lru_cache(1000)(_summary)

    def keep(self, plan: Plan) -> None:
        """Keep a plan under its id."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_plan(plan, self._folder / f"{plan.id}.json")

    def get(self, id: str) -> Plan:
        """A plan that was kept.

        :raises NotFound: there is none of that id.
        """
        path = self._folder / f"{id}.json"
        if not id.isalnum() or not path.is_file():
            raise NotFound(Words("error-no-plan", (id,)))
        return self.read(path)

    def read(self, path: Path) -> Plan:
        """The plan in a file, wherever it is."""
        return self._plan(path, path.stat().st_mtime_ns)

    def ids(self) -> list[str]:
        """Ids, newest first."""
        return [path.stem for path in self.files()]

    def summary_of(self, path: Path) -> Summary:
        """What the plan in a file says of itself; read again only where the file changed."""
        return self._summary(path, path.stat().st_mtime_ns)

    def follow(self, redirects: Mapping[str, str]) -> None:
        """Let kept plans name the items that merged ones lead to now."""
        for path in self.files():
            content = path.read_bytes()
            if any(f'"{source}"'.encode() in content for source in redirects):
                with self.alone():
                    plan = self.get(path.stem)
                    after = followed(plan, redirects)
                    if after is not plan:
                        self.keep(after)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """While the block runs, nobody else changes the plan: the second to decide waits."""
        with alone(self._folder / "plans.lock"):
            yield

    def files(self) -> list[Path]:
        """The plans' files, newest first."""
        return sorted(
            self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True
        )


def _read(path: Path, changed: int) -> Plan:
    return read_plan(path)


def _summary(path: Path, changed: int) -> Summary:
    head = msgspec.json.decode(path.read_bytes(), type=_Head)
    outcomes = [row.outcome for row in head.rows]
    counts = {"rows": len(outcomes)} | {name: outcomes.count(name) for name in OUTCOMES}
    return Summary(head.id, head.title, head.wiki, head.made, head.by, counts)
