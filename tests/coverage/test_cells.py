"""Cells as values and as the text of JSON: two ways to the same."""

from __future__ import annotations

import json

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kgtool.coverage import cells

MEASURES = ["P18", "P170.ref", "Lsv", 'shape:artwork/P217 and "ü"']
_count = st.one_of(
    st.integers(0, 3),
    st.integers(9_990, 10_010),
    st.integers(0, 18).map(lambda power: 10**power),
    st.integers(0, 10**18),
)


def _text(counts: cells.Counts, measures: list[str]) -> str:
    between = [b"[", *[b","] * (len(counts) - 1), b"]"]
    return cells.text(counts, measures, "P18", between).decode()


@settings(deadline=None)  # the first time, it is compiled
@given(
    st.lists(st.lists(_count, min_size=28, max_size=28), min_size=1, max_size=4),
    st.integers(0, 4),
)
def test_the_text_is_that_of_the_values(rows: list[list[int]], width: int) -> None:
    counts = np.array(rows, dtype=np.int64).reshape(len(rows), 4, 7)[:, :width]
    measures = MEASURES[:width]
    values = list(cells.values(counts, measures, "P18"))
    assert _text(counts, measures) == msgspec.json.encode(values).decode()


def test_a_long_table_is_written_whole() -> None:
    counts = np.zeros((40_000, 2, 7), dtype=np.int64)
    counts[:, :, cells.HAVE] = np.arange(80_000).reshape(-1, 2)
    rows = json.loads(_text(counts, ["P18", "P170"]))
    assert len(rows) == 40_000
    assert (rows[-1]["P18"]["have"], rows[-1]["P170"]["have"]) == (79_998, 79_999)
    assert rows[-1]["P18"]["ready_to_upload"] == 0
    assert "ready_to_upload" not in rows[-1]["P170"]
