"""Tests of members put together, as quickly as Python can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kgtool.checks.engine import Arcs

MOST_VALUES = 50_000


def anything(_: object) -> bool:
    """Whatever it is."""
    return True


def itself(whole: Any) -> Any:
    """A whole that is its own part."""
    return whole


def counted(
    members: Callable[[Any], Iterable[Any] | None], fits: Callable[[Any], bool], arcs: Arcs
) -> Callable[[Any], bool]:
    """Whether enough members fit, and no other is there unless EXTRA lets it."""
    needed, loose = arcs.min == 1, arcs.extra
    if loose and not needed:
        return anything
    if loose:

        def one_fits(whole: object) -> bool:
            for member in members(whole) or ():  # noqa: SIM110 a generator is twice as dear
                if fits(member):
                    return True
            return False

        return one_fits

    def all_fit(whole: object) -> bool:
        found = members(whole)
        if not found:
            return not needed
        for member in found:  # noqa: SIM110 a generator is twice as dear
            if not fits(member):
                return False
        return True

    return all_fit


def every(tests: Sequence[Callable[[Any], bool] | None]) -> Callable[[Any], bool] | None:
    """A test that is all of these; ``None`` where one is missing."""
    parts = [one for one in tests if one is not None]
    if len(parts) < len(tests):
        return None
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        one, other = parts
        return lambda whole: one(whole) and other(whole)
    return lambda whole: all(part(whole) for part in parts)


def some(tests: Sequence[Callable[[Any], bool] | None]) -> Callable[[Any], bool] | None:
    """A test that is any of these; ``None`` where one is missing."""
    parts = [one for one in tests if one is not None]
    if len(parts) < len(tests):
        return None
    if len(parts) == 2:
        one, other = parts
        return lambda whole: one(whole) or other(whole)
    return lambda whole: any(part(whole) for part in parts)


def remembering(test: Callable[[str], bool]) -> Callable[[str], bool]:
    """The same test, asked once for each text."""
    known: dict[str, bool] = {}

    def remembered(text: str) -> bool:
        verdict = known.get(text)
        if verdict is None:
            if len(known) > MOST_VALUES:
                known.clear()
            verdict = known[text] = test(text)
        return verdict

    return remembered
