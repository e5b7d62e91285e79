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
    compounds = table.pop("compounds")
    found: dict[str, set[str]] = {}
    for groups in table.values():
        for group in groups:
            words = set(group.split())
            for word in words:
                found.setdefault(word, set()).update(words)
    parts = {
        first + last: found.get(means, {means}) | found.get(head, {head})
        for means, firsts in compounds["firsts"].items()
        for first in firsts.split()
        for head, lasts in compounds["lasts"].items()
        for last in lasts.split()
    }
    # A compound says what each of its parts says, but not what other compounds say.
    for compound, words in parts.items():
        for word in words:
            found.setdefault(word, {word}).add(compound)
    for compound, words in parts.items():
        found.setdefault(compound, {compound}).update(words - parts.keys() | {compound})
    return {word: frozenset(group) for word, group in found.items()}


def equivalents(word: str) -> frozenset[str]:
    """Words that say the same in other languages: given names, institutions, countries."""
    return _groups().get(word, frozenset())
