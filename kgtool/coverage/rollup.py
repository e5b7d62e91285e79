"""Totals of every collection at once: what a table of many partners reads from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgtool.coverage.groups import Counts
from kgtool.coverage.matrix import Measured, settle
from kgtool.views.cube import Bits, Cube


def roll_up(cube: Cube, measures: Sequence[Measured]) -> tuple[Counts, Counts]:
    """For each node of ``cube.nodes``: its items, and its counts array (nodes, measures, 7).

    Bits are counted once by segment and summed up by node; each item of a node counts once.
    """
    items = _by_node(cube, cube.sizes)
    counts = np.zeros((len(items), len(measures), 7), dtype=np.int64)
    for number, one in enumerate(measures):
        for column, plane in one.columns:
            if plane is not None:
                counts[:, number, column] = _by_node(cube, _by_segment(cube, plane))
    settle(items, counts)
    return items, counts


def _by_segment(cube: Cube, plane: Bits) -> Counts:
    if not len(cube.starts):
        return np.zeros(0, np.int64)
    return np.add.reduceat(np.bitwise_count(plane), cube.starts, dtype=np.int64)


def _by_node(cube: Cube, counts: Counts) -> Counts:
    nodes = cube.nodes
    if not len(nodes.qids):
        return np.zeros(0, np.int64)
    return np.add.reduceat(counts[nodes.segments], nodes.offsets[:-1], dtype=np.int64)
