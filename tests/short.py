"""Which of many parameters the short form of the suite tries; the full form tries all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def short(count: int, values: Iterable[Any]) -> list[Any]:
    """The values as parameters; all after the first *count* are for the full form only."""
    return [one if place < count else _long(one) for place, one in enumerate(values)]


def _long(value: Any) -> Any:
    parts = value if isinstance(value, tuple) else (value,)
    return pytest.param(*parts, marks=pytest.mark.long)
