"""Words that say the same in other languages, from ``equivalents.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _groups() -> dict[str, frozenset[str]]:
    table = tomllib.loads(
        files("kgtool.reconcile").joinpath("equivalents.toml").read_text(encoding="utf-8")
    )
    found: dict[str, set[str]] = {}
    for groups in table.values():
        for group in groups:
            words = set(group.split())
            for word in words:
                found.setdefault(word, set()).update(words)
    return {word: frozenset(group) for word, group in found.items()}


def equivalents(word: str) -> frozenset[str]:
    """Words that say the same in other languages: given names, institutions, countries."""
    return _groups().get(word, frozenset())
