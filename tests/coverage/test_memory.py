"""What is remembered, and what is forgotten when it grows too large."""

from __future__ import annotations

import numpy as np

from kgtool.coverage.memory import Memory


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    memory = Memory(2_500)
    made: list[str] = []

    def ask(name: str) -> None:
        def make() -> list[np.ndarray[tuple[int], np.dtype[np.uint8]] | None]:
            made.append(name)
            return [np.zeros(1_000, np.uint8), None]

        memory.get(name, make)

    for name in "abacab":
        ask(name)
    assert made == ["a", "b", "c", "b"]


def test_what_is_larger_than_all_is_given_and_kept_alone() -> None:
    memory = Memory(10)
    first = memory.get("large", lambda: {"texts": "x" * 100})
    assert memory.get("large", dict) is first
