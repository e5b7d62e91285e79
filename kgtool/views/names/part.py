"""A part of an index in the making, open for reading: see :mod:`kgtool.views.names.part_writer`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from kgtool.views.names.arrays import ArrayFile, Entry


class PartMeta(msgspec.Struct, frozen=True):
    """What a part says of itself: its arrays, and what the numbers in them stand for.

    ``values`` and ``texts`` count the values of each property, and those that may be identifiers.
    """

    arrays: dict[str, Entry]
    languages: list[str]
    properties: list[str]
    types: list[str]
    values: list[int]
    texts: list[int]
    parents: dict[str, list[str]]


class Part:
    """A finished part, open for reading."""

    def __init__(self, folder: Path) -> None:
        self.meta = msgspec.json.decode((folder / "part.json").read_bytes(), type=PartMeta)
        self.arrays = ArrayFile(folder / "arrays.bin", self.meta.arrays)
