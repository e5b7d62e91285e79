"""Blocks of lines → rows, block by block."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kgtool.entities import Profile
from kgtool.views.extract import cells as c
from kgtool.views.extract.scan import scan
from kgtool.views.extract.tables import Columns, tables_of
from kgtool.views.extract.words import Words

_ROOM = 2 << 20  # bytes of lines that are flattened before Arrow takes over


class Lines(NamedTuple):
    """What the lines of a block are (``BLANK``, ``ITEM_LINE``, …), where their entities start and
    end, and the keys of these."""

    kind: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    key: npt.NDArray[np.int64]


class Extractor:
    """Flattens lines of entity JSON; the rows wait until they are taken."""

    def __init__(self, profile: Profile) -> None:
        self._poor = np.array(
            sorted(int(property[1:]) for property in profile.poor_references), np.int64
        )
        self._subclass_of = int((profile.properties.subclass_of or "P0")[1:])
        self._words = Words()
        self._size = _ROOM
        self._room = c.room_for(self._size)
        self._held = 0
        self._statements = 0
        self.totals = np.zeros(3, np.int64)  # statements, labels and sitelinks

    def fits(self, size: int) -> bool:
        """Whether a block of ``size`` bytes fits beside the rows that wait."""
        return self._held + size <= self._size

    def add(self, block: bytes) -> Lines:
        """Flatten the lines of a block, which ends with a line end.

        Where it does not fit, rows must have been taken before.
        """
        if not self.fits(len(block)):
            assert self._held == 0
            self._size = len(block)
            self._room = c.room_for(self._size)
        data = np.frombuffer(block, np.uint8)
        room, at, line = self._room, 0, 0
        self._held += len(data)
        while True:
            words = self._words.tables
            words.seen.fill(0)
            at, line = scan(
                data,
                at,
                self._poor,
                *room,
                *words,
                line,
            )
            if at >= len(data):
                return Lines(*room.lines[:, :line].copy())
            self._words.grow()

    def take(self) -> dict[str, Columns]:
        """The rows since the last time, as :func:`tables_of` gives them."""
        tables = tables_of(self._room, self._statements + 1, self._subclass_of)
        counts = self._room.counts
        self._statements += int(counts[c.MAIN])
        self.totals += counts[c.STATEMENTS :]
        counts.fill(0)
        self._held = 0
        return tables

    def words(self, column: str) -> pa.Array:
        """The words of a dictionary column."""
        words = [b"L", b"D", b"A"] if column == "kind" else self._words.spelled(column)
        return pa.array(words, pa.binary()).cast(pa.string())
