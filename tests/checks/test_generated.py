"""All engines agree on worlds made by chance; ``python -m tests.checks.long`` tries many more."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.compare import compare


@settings(max_examples=12, deadline=None, derandomize=False)
@given(st.integers(min_value=0, max_value=10**9))
def test_engines_agree(seed: int) -> None:
    assert compare(seed, 16, columns=seed % 3 == 0).differences == []


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 500, 50))
def test_engines_agree_on_many(first: int) -> None:
    for seed in range(first, first + 50):
        assert compare(seed).differences == []
