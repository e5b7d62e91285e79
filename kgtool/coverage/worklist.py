"""Worklists: the items behind a gap, page by page in the order of their numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from kgtool.views.classes import Numbers
from kgtool.views.cube import Bits, Cube


class ListedItem(Struct, frozen=True):
    """One item to work on."""

    id: str
    label: str


class Collection(Struct, frozen=True):
    """A collection and how many items are directly in it."""

    id: str
    label: str
    items: int


class Worklist(Struct, frozen=True, omit_defaults=True):
    """One page: ``count`` items in all; ``next`` goes into ``after`` for the page that follows.

    ``warnings`` are there if a measure names what nothing in the workspace has. ``as_of`` says of
    when the workspace is (ISO 8601).
    """

    count: int
    items: list[ListedItem]
    next: str | None
    warnings: list[str] = []
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Numbers of the items of one page, and how many there are in all."""

    count: int
    items: Numbers
    more: bool


def page(cube: Cube, chosen: Bits, after: int, limit: int | None) -> Page:
    """The ``limit`` items of lowest number above ``after`` in a plane; no limit: all above.

    Costs the bytes of the plane and the items chosen, whichever page it is.
    """
    bytes_ = np.flatnonzero(chosen)
    count = int(np.bitwise_count(chosen[bytes_]).sum())
    bits = np.flatnonzero(np.unpackbits(chosen[bytes_], bitorder="little"))
    items = cube.items[bytes_[bits >> 3] * 8 + (bits & 7)]
    if after:
        items = items[items > after]
    if limit is not None and len(items) > limit:
        first = np.sort(np.partition(items, limit)[:limit])
        return Page(count, first, True)
    return Page(count, np.sort(items), False)
