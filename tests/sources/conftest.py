"""A client that never really waits."""

from __future__ import annotations

import pytest

from kgtool.sources.http import HttpClient


@pytest.fixture
def slept() -> list[float]:
    """Every pause that was made, in seconds; none is really waited for."""
    return []


@pytest.fixture
def client(slept: list[float]) -> HttpClient:
    return HttpClient("kgtool test", timeout=0.5, attempts=4, sleep=slept.append)
