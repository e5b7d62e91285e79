"""Cells as values and as the text of JSON: two ways to the same."""

from __future__ import annotations

import json

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kgtool.coverage import cells

MEASURES = ["P18", "P170.ref", "Lsv", 'shape:artwork/P217 and "ü"']
_count = st.one_of(st.integers(0, 3), st.integers(9_990, 10_010), st.integers(0, 10**12))


@given(st.lists(st.lists(_count, min_size=28, max_size=28), max_size=4), st.integers(1, 4))
def test_the_text_says_what_the_values_say(rows: list[list[int]], width: int) -> None:
    counts = np.array(rows, dtype=np.int64).reshape(len(rows), 4, 7)[:, :width]
    measures = MEASURES[:width]
    texts = list(cells.texts(counts, measures, "P18"))
    values = list(cells.values(counts, measures, "P18"))
    assert [json.loads(bytes(text)) for text in texts] == json.loads(msgspec.json.encode(values))


def test_a_long_table_is_written_in_parts() -> None:
    counts = np.zeros((40_000, 2, 7), dtype=np.int64)
    counts[:, :, cells.HAVE] = np.arange(80_000).reshape(-1, 2)
    texts = list(cells.texts(counts, ["P18", "P170"], "P18"))
    assert len(texts) == 40_000
    last = json.loads(bytes(texts[-1]))
    assert (last["P18"]["have"], last["P170"]["have"]) == (79_998, 79_999)
    assert last["P18"]["ready_to_upload"] == 0
    assert "ready_to_upload" not in last["P170"]


def test_no_measures_are_an_empty_object() -> None:
    counts = np.zeros((2, 0, 7), dtype=np.int64)
    assert list(cells.texts(counts, [], "P18")) == [b"{}", b"{}"]
    assert list(cells.values(counts, [], "P18")) == [{}, {}]
