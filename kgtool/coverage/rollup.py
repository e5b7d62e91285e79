"""Totals of every collection at once: what a table of many partners reads from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgtool.coverage.cells import HAVE, NOT_EXPECTED, Counts
from kgtool.coverage.columns import Rank
from kgtool.coverage.counting import Measured, measured
from kgtool.coverage.measures import HasQualifier, Measure, names_partner
from kgtool.coverage.planes import Planes
from kgtool.views.cube import Bits, Cube, Places


@dataclass(frozen=True, slots=True)
class Rollup:
    """One measure: for each node of ``cube.nodes`` its counts (nodes, 7) without what is missing.

    ``asked`` says for each node whether the measure is expected of any of the items. The last row
    is that of a partner that nothing belongs to.
    """

    counts: npt.NDArray[np.uint32]
    asked: npt.NDArray[np.bool_]


def sizes(cube: Cube) -> Counts:
    """The items of each node, and none for a partner that nothing belongs to."""
    return np.append(cube.nodes.sizes(cube.present), 0)


def roll_up(planes: Planes, measure: Measure, condition: Measure | None, rank: Rank) -> Rollup:
    """Count a measure that is expected where ``condition`` holds (none: of every item).

    Costs one pass over the bytes of its planes; each item of a node counts once.
    """
    nodes = planes.cube.nodes
    counts = np.zeros((len(nodes.qids) + 1, 7), dtype=np.int64)
    asked = np.ones(len(counts), dtype=np.bool_)
    one = measured(planes, measure, rank, frozenset(), condition)
    for column, plane in one.columns:
        counts[:-1, column] = nodes.sizes(plane)
    if one.expected is not None:
        asked = np.append(nodes.sizes(one.expected) > 0, False)
    if names_partner(measure) and isinstance(measure, HasQualifier):
        _name_partners(planes, measure, rank, one, counts)
    return Rollup(counts.astype(np.uint32), asked)


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
