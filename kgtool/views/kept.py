"""The kept entities: their JSON lines, compressed in frames, found by id.

Two files: ``lines.zst`` holds zstd frames of some 128 KB of lines each; ``index.npy`` is sorted by
key and says in which frame a line lies. Everything else can be made again from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import zstandard

from kgtool.views.stored import stored

_FRAME = 128 * 1024
_LEVEL = 1
_INDEX = np.dtype(
    [
        ("key", "<u8"),
        ("frame", "<u8"),
        ("length", "<u4"),
        ("start", "<u4"),
        ("size", "<u4"),
        ("number", "<u4"),  # of the line in what was loaded
    ]
)
_KINDS = {"Q": 0, "P": 1}
_LETTERS = "QP"
PROPERTIES = 1 << 32  # the keys of properties begin here

Keys = npt.NDArray[np.uint64]


def key_of(id: str) -> int:
    """Number that stands for an item's or a property's id.

    :raises ValueError: it is not such an id.
    """
    if id[:1] not in _KINDS or not id[1:].isdecimal():
        raise ValueError(f"{id!r} is not the id of an item or a property")
    return _KINDS[id[0]] << 32 | int(id[1:])


def id_of(key: int) -> str:
    """The id that a key stands for."""
    return f"{_LETTERS[key >> 32]}{key & 0xFFFFFFFF}"


class KeptWriter:
    """Writes lines in the order in which they come; compresses beside the caller."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._file = (folder / "lines.zst").open("wb", buffering=0)
        self._pool = ThreadPoolExecutor(1)
        self._waiting: list[Future[bytes]] = []
        self._lines: list[bytes] = []
        self._size = 0
        self._keys: list[npt.NDArray[np.uint64]] = []
        self._sizes: list[npt.NDArray[np.uint32]] = []
        self._frames: list[tuple[int, int, int]] = []  # offset, length, lines
        self._frame_keys: list[int] = []
        self._frame_numbers: list[int] = []
        self._numbers: list[npt.NDArray[np.uint32]] = []
        self._offset = 0

    def add(self, key: int, line: bytes, number: int = 0) -> None:
        """Keep one line, without line end; ``number`` is its place in what is loaded."""
        self._lines.append(line)
        self._frame_keys.append(key)
        self._frame_numbers.append(number)
        self._size += len(line)
        if self._size >= _FRAME:
            self._end_frame()

    def abandon(self) -> None:
        """Let go of the files without finishing them."""
        self._pool.shutdown()
        self._file.close()

    def close(self) -> Keys:
        """Finish both files. Returns the keys that were added more than once."""
        if self._lines:
            self._end_frame()
        while self._waiting:
            self._write_one()
        self._pool.shutdown()
        self._file.close()
        index = np.zeros(sum(map(len, self._keys)), dtype=_INDEX)
        position = 0
        for keys, sizes, numbers, (offset, length, count) in zip(
            self._keys, self._sizes, self._numbers, self._frames, strict=True
        ):
            part = index[position : position + count]
            part["key"] = keys
            part["frame"] = offset
            part["length"] = length
            part["size"] = sizes
            part["number"] = numbers
            part["start"][1:] = np.cumsum(sizes[:-1] + 1)
            position += count
        index = index[np.argsort(index["key"], kind="stable")]
        twice = index["key"][1:] == index["key"][:-1]
        np.save(self._folder / "index.npy", index)
        repeated: Keys = np.unique(index["key"][1:][twice])
        return repeated

    def _end_frame(self) -> None:
        block = b"\n".join(self._lines)
        self._keys.append(np.array(self._frame_keys, dtype=np.uint64))
        self._sizes.append(np.array([len(line) for line in self._lines], dtype=np.uint32))
        self._numbers.append(np.array(self._frame_numbers, dtype=np.uint32))
        self._lines, self._frame_keys, self._frame_numbers, self._size = [], [], [], 0
        self._waiting.append(self._pool.submit(_compress, block))
        if len(self._waiting) > 4:
            self._write_one()

    def _write_one(self) -> None:
        data = self._waiting.pop(0).result()
        self._file.write(data)
        count = len(self._keys[len(self._frames)])
        self._frames.append((self._offset, len(data), count))
        self._offset += len(data)


class Kept:
    """Reads what a :class:`KeptWriter` wrote. Where a key was added twice, the last line counts."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lines.zst"
        self._index: npt.NDArray[np.void] = stored(folder / "index.npy", mapped=True)

    @property
    def keys(self) -> Keys:
        """All keys, sorted."""
        keys: Keys = self._index["key"]
        return keys

    @property
    def identity(self) -> tuple[int, int]:
        """The same for two that are one file: generations share their segments by hard links."""
        found = self._path.stat()
        return found.st_dev, found.st_ino

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Which of some keys are here."""
        return among(keys, self.keys)

    @property
    def line_numbers(self) -> npt.NDArray[np.uint32]:
        """Beside :attr:`keys`: the places of the lines in what was loaded."""
        numbers: npt.NDArray[np.uint32] = self._index["number"]
        return numbers

    def get(self, keys: Iterable[int]) -> dict[int, bytes]:
        """The lines of those keys that are here. Reads each frame once."""
        wanted = np.unique(np.fromiter(keys, dtype=np.uint64))
        places = np.searchsorted(self.keys, wanted, side="right") - 1
        places = places[places >= 0]
        found = self._index[np.unique(places)]
        found = found[np.isin(found["key"], wanted)]
        if not len(found):
            return {}
        lines: dict[int, bytes] = {}
        at, block = -1, b""
        with self._path.open("rb") as file:
            for key, frame, length, start, size, _ in np.sort(found, order="frame").tolist():
                if frame != at:
                    at = frame
                    file.seek(at)
                    block = _decompress(file.read(length))
                lines[key] = block[start : start + size]
        return lines

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """All keys and lines, in the order in which they were added."""
        last = np.append(self.keys[1:] != self.keys[:-1], True)[: len(self.keys)]
        rows = np.flatnonzero(last)
        order = rows[np.lexsort((self._index["start"][rows], self._index["frame"][rows]))]
        at, block = -1, b""
        with self._path.open("rb") as file:
            for chunk in np.array_split(order, max(1, len(order) // 65536)):
                for key, frame, length, start, size, _ in self._index[chunk].tolist():
                    if frame != at:
                        at = frame
                        file.seek(frame)
                        block = _decompress(file.read(length))
                    yield key, block[start : start + size]


def among(keys: Keys, all: Keys) -> npt.NDArray[np.bool_]:
    """Which of some keys are among sorted ones: by searching, as those are many."""
    if not len(all):
        return np.zeros(len(keys), dtype=np.bool_)
    places = np.minimum(np.searchsorted(all, keys), len(all) - 1)
    return np.asarray(all[places] == keys)


def _compress(block: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL).compress(block)


def _decompress(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data)
