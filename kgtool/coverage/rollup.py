"""Totals of every collection at once: what a table of many partners reads from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgtool.coverage.columns import Rank
from kgtool.coverage.groups import Counts
from kgtool.coverage.matrix import HAVE, NOT_EXPECTED, Measured, measured, settle
from kgtool.coverage.measures import HasQualifier, Measure, names_partner
from kgtool.coverage.planes import Planes
from kgtool.views.cube import Bits, Cube, Places


@dataclass(frozen=True, slots=True)
class Rollup:
    """For each node of ``cube.nodes``: its items, counts (nodes, measures, 7), what is expected.

    ``asked`` says for each node and measure whether it is expected of any of the items. The last
    row, of no node, is empty: what a partner has that nothing belongs to.
    """

    items: Counts
    counts: Counts
    asked: npt.NDArray[np.bool_]


def roll_up(
    planes: Planes, measures: Sequence[tuple[Measure, Measure | None]], rank: Rank
) -> Rollup:
    """Count measures, each with the condition of its being expected (none: of every item).

    Bits are counted once by segment and summed up by node; each item of a node counts once.
    """
    cube = planes.cube
    items = _by_node(cube, cube.sizes)
    counts = np.zeros((len(items), len(measures), 7), dtype=np.int64)
    asked = np.ones((len(items), len(measures)), dtype=np.bool_)
    for number, (measure, condition) in enumerate(measures):
        one = measured(planes, measure, rank, frozenset(), condition)
        for column, plane in one.columns:
            if plane is not None:
                counts[:, number, column] = _by_node(cube, _by_segment(cube, plane))
        if one.expected is not None:
            asked[:, number] = _by_node(cube, _by_segment(cube, one.expected)) > 0
        if names_partner(measure) and isinstance(measure, HasQualifier):
            _name_partners(planes, measure, rank, one, counts[:, number])
    settle(items, counts)
    return Rollup(
        np.append(items, 0),
        np.concatenate([counts, np.zeros_like(counts, shape=(1, *counts.shape[1:]))]),
        np.concatenate([asked, np.zeros_like(asked, shape=(1, len(measures)))]),
    )


def rolls_up(measure: Measure) -> bool:
    """Whether :func:`roll_up` can count it: what names ``@partner``, only if it does just that."""
    return not names_partner(measure) or isinstance(measure, HasQualifier)


def _name_partners(
    planes: Planes, measure: HasQualifier, rank: Rank, one: Measured, counts: Counts
) -> None:
    """Count what names ``@partner``, which is each node in turn: it has no plane of its own."""
    nodes, places = _naming(planes.cube, *planes.named_in(measure, rank))
    counts[:, HAVE] = np.bincount(nodes, minlength=len(counts))
    if one.not_expected is not None:  # so far, all of which it is not expected: none had it
        absent = _bits(one.not_expected, places)
        counts[:, NOT_EXPECTED] -= np.bincount(nodes[absent], minlength=len(counts))


def _naming(cube: Cube, places: Places, values: npt.NDArray[np.uint32]) -> tuple[Places, Places]:
    """Nodes and places of their items where a value names the node or what is below it."""
    here = np.isin(values, cube.known)
    places, values = places[here], values[here]
    back, wholes = cube.above.pairs(np.searchsorted(cube.known, values))
    places = places[back]
    at = np.searchsorted(cube.nodes.qids, wholes)
    at = np.minimum(at, max(len(cube.nodes.qids) - 1, 0))
    segments = cube.segment_of_byte[places >> 3].astype(np.int64)
    known = cube.nodes.holds(at, segments) & (cube.nodes.qids[at] == wholes)
    pairs = np.unique(at[known].astype(np.int64) * len(cube.items) + places[known])
    nodes, of_node = np.divmod(pairs, max(len(cube.items), 1))
    return nodes, of_node


def _bits(plane: Bits, places: Places) -> npt.NDArray[np.bool_]:
    inside: npt.NDArray[np.bool_] = (plane[places >> 3] >> (places & 7).astype(np.uint8)) & 1 != 0
    return inside


def _by_segment(cube: Cube, plane: Bits) -> Counts:
    if not len(cube.starts):
        return np.zeros(0, np.int64)
    return np.add.reduceat(np.bitwise_count(plane), cube.starts, dtype=np.int64)


def _by_node(cube: Cube, counts: Counts) -> Counts:
    nodes = cube.nodes
    if not len(nodes.qids):
        return np.zeros(0, np.int64)
    return np.add.reduceat(counts[nodes.segments], nodes.offsets[:-1], dtype=np.int64)
