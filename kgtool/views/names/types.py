"""Types and their subclasses: which types fall under a type."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path

from kgtool.errors import InputError


class TypeTree:
    """The closure of *subclass of* (P279), computed when asked and remembered."""

    def __init__(self, parents: Mapping[str, Iterable[str]]) -> None:
        self._parents = {child: list(above) for child, above in parents.items()}
        self._children: dict[str, list[str]] = {}
        for child, above in self._parents.items():
            for parent in above:
                self._children.setdefault(parent, []).append(child)
        self._below: dict[str, dict[str, int]] = {}

    def below(self, type: str) -> dict[str, int]:
        """*type* and every class under it, with the steps down to each; cycles are harmless."""
        if type not in self._below:
            self._below[type] = self._reach(type, self._children)
        return self._below[type]

    def above(self, type: str) -> dict[str, int]:
        """*type* and every class above it, with the steps up to each."""
        return self._reach(type, self._parents)

    def edges(self) -> list[tuple[str, str]]:
        """Every (child, parent), sorted."""
        return sorted((child, parent) for child, up in self._parents.items() for parent in up)

    @staticmethod
    def _reach(start: str, edges: Mapping[str, list[str]]) -> dict[str, int]:
        found = {start: 0}
        waiting = [start]
        for here in waiting:
            for neighbour in edges.get(here, ()):
                if neighbour not in found:
                    found[neighbour] = found[here] + 1
                    waiting.append(neighbour)
        return found


def read_edges(path: Path) -> dict[str, list[str]]:
    """``child<TAB>parent`` lines with a heading, plain or ``.gz``.

    :raises InputError: a line has not two ids; says which.
    """
    parents: dict[str, list[str]] = {}
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), 1):
            if number == 1 and row == ["child", "parent"]:
                continue
            if len(row) != 2:
                raise InputError(f"{path}, line {number}: expected child, tab, parent.")
            parents.setdefault(row[0], []).append(row[1])
    return parents
